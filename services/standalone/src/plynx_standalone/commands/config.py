"""`plynx config`: what is set, where it comes from, and whether it can work."""

from __future__ import annotations

import os
import sys

import typer

from plynx_common.domain.errors import Misconfigured
from plynx_common.runtime.settings import PlatformSettings, variable_of
from plynx_standalone.commands import checks

app = typer.Typer(no_args_is_help=True, add_completion=False, rich_markup_mode=None, help="Settings: check.")
HIDDEN = "(hidden)"


@app.callback()
def config() -> None:
    """Settings come from the environment; docs/reference/settings.md lists them all."""


@app.command("check")
def check() -> int:
    """Print every setting and where it comes from, and check that they can work together."""
    from plynx_standalone.embedded import Embedded

    try:
        embedded = Embedded.load()
    except Misconfigured as error:
        return checks.tell([checks.Finding("settings", is_good=False, says=error.message)])
    for settings in (PlatformSettings.load(), embedded.storage, embedded.scheduler, embedded.worker, embedded.api):
        _print(settings)
    home = embedded.storage.home
    return checks.tell([checks.writable(home), checks.room(home)])


def _print(settings: PlatformSettings) -> None:
    """A service's own settings; the platform's are printed once."""
    own = type(settings).model_fields
    for name, field in own.items():
        if type(settings) is not PlatformSettings and name in PlatformSettings.model_fields:
            continue
        variable = variable_of(type(settings), name, field)
        source = "environment" if variable in os.environ else "default"
        value = getattr(settings, name)
        is_secret = "Secret" in str(field.annotation)
        shown = HIDDEN if is_secret and value is not None else value
        sys.stdout.write(f"{variable:<34} {shown!s:<44} {source}\n")
