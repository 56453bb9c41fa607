"""`plynx doctor`: is this machine fit to run the platform?"""

from __future__ import annotations

from plynx_common.domain.errors import Misconfigured
from plynx_standalone.commands import checks


def doctor() -> int:
    """Check this machine: programs, directories, ports."""
    from plynx_standalone.embedded import Embedded

    findings = [
        checks.linux(),
        checks.python_version(),
        checks.program("bash", "scripts of kind bash_jinja2 and command run in it"),
        checks.program("git", "operations that clone repositories use it"),
    ]
    try:
        embedded = Embedded.load()
    except Misconfigured as error:
        return checks.tell([*findings, checks.Finding("settings", is_good=False, says=error.message)])
    home = embedded.storage.home
    api, storage = embedded.api, embedded.storage
    findings += [
        checks.writable(home),
        checks.room(home),
        checks.port_is_free("api port", api.host, api.port, "PLYNX_API_PORT"),
        checks.port_is_free("storage port", storage.host, storage.port, "PLYNX_STORAGE_PORT"),
    ]
    return checks.tell(findings)
