"""`plynx config`: what is set, where it comes from, and whether it can work."""

from __future__ import annotations

import asyncio
import os
import re
import sys
from collections.abc import Awaitable, Callable

import typer

from plynx_common.domain.errors import Misconfigured, PlynxError
from plynx_common.runtime.backends import Closable, openers
from plynx_common.runtime.settings import PlatformSettings, variable_of
from plynx_standalone.commands import checks

app = typer.Typer(no_args_is_help=True, add_completion=False, rich_markup_mode=None, help="Settings: check.")
HIDDEN = "(hidden)"
ANSWER_WITHIN = 20.0
"""Seconds."""


@app.callback()
def config() -> None:
    """Settings come from the environment; docs/reference/settings.md lists them all."""


@app.command("check")
def check() -> int:
    """Print every setting and where it comes from, and check that they can work together."""
    from plynx_standalone.embedded import Embedded

    try:
        platform = PlatformSettings.load()
        embedded = Embedded.load()
    except Misconfigured as error:
        return checks.tell([checks.Finding("settings", is_good=False, says=error.message)])
    for settings in (platform, embedded.storage, embedded.scheduler, embedded.worker, embedded.api):
        _print(settings)
    findings = [checks.writable(platform.home), checks.room(platform.home)]
    if not platform.is_embedded:
        findings += asyncio.run(_servers(platform))
    return checks.tell(findings)


async def _servers(platform: PlatformSettings) -> list[checks.Finding]:
    """Whether each server answers as this release needs it; all are asked at once."""
    asked = openers(platform)
    return list(await asyncio.gather(*(_server(setting, asked[setting]) for setting in asked)))


async def _server(setting: str, opens: Callable[[], Awaitable[Closable]]) -> checks.Finding:
    try:
        async with asyncio.timeout(ANSWER_WITHIN):
            await (await opens()).close()
    except TimeoutError:
        return checks.Finding(setting, is_good=False, says=f"no answer within {ANSWER_WITHIN:g} s")
    except PlynxError as error:
        return checks.Finding(setting, is_good=False, says=error.message)
    return checks.Finding(setting, is_good=True, says="answers")


def _without_password(value: str) -> str:
    return re.sub(r"(?<=://)([^/@:]*):[^/@]*@", rf"\1:{HIDDEN}@", value)


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
        shown = HIDDEN if is_secret and value is not None else _without_password(str(value))
        sys.stdout.write(f"{variable:<34} {shown!s:<44} {source}\n")
