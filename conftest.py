"""What all tests share: Hypothesis without deadlines, and the code blocks of README and docs as tests.

A `bash` block runs in a shell with the variables and functions of those before it, a `python` block with their names.
The blocks of a document share one directory: a fresh one, or the root for the documents that lie there. A block that
cannot be executed stands after `<!-- skip: next "the reason" -->`; beside all that come after
`<!-- platform: started -->` an embedded platform runs, of which `PLYNX_HOME` tells.
"""

from __future__ import annotations

import asyncio
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import hypothesis
import pytest
from sybil import Document, Example, Region, Sybil
from sybil.parsers.markdown import CodeBlockParser, PythonCodeBlockParser, SkipParser

from tests.scheduling import Scheduling

# No deadline: how long an example takes says more about a busy machine than about the code.
hypothesis.settings.register_profile("plynx", deadline=None, print_blob=True)
hypothesis.settings.load_profile("plynx")

pytest_plugins = ["plynx_common.testing.servers.fixtures"]  # amqp_url, mongodb_url, s3_url, start_server

ROOT = Path(__file__).parent
SECONDS = 100


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """For the way that the Makefile chooses; `None` leaves other ways alone."""
    return Scheduling(config, log) if config.getoption("dist") == "loadfile" else None


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--seed", type=int, help="tests/chaos: replay this seed of the simulation, and print its trace")


SESSION = """\
set -a
[ ! -e "$PLYNX_DOCS_SESSION" ] || . "$PLYNX_DOCS_SESSION"
trap '{ export -p; declare -f; } > "$PLYNX_DOCS_SESSION"' EXIT
"""
"""Before each block: what one sets, the next one knows, as in a terminal into which a reader copies them."""


def run_bash(example: Example) -> str | None:
    """What the block printed, if it failed."""
    directory = example.namespace["directory"].name
    own = {"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}", "PLYNX_DOCS_SESSION": f"{directory}/.session"}
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", SESSION + str(example.parsed)],
        cwd=ROOT if Path(example.path).parent == ROOT else directory,
        env=os.environ | own,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    return f"exit code {done.returncode}:\n{done.stdout}" if done.returncode else None


def platforms(document: Document) -> Iterator[Region]:
    for marker in re.finditer(r"^<!-- platform: started -->$", document.text, re.MULTILINE):
        yield Region(marker.start(), marker.end(), None, start_platform)


def start_platform(example: Example) -> None:
    from tests.e2e.platform import Platform  # noqa: PLC0415 (most tests need none)

    platform = Platform(Path(example.namespace["directory"].name) / "home")
    example.namespace["platform"] = platform
    asyncio.run(platform.start())
    os.environ["PLYNX_HOME"] = str(platform.home)  # for Python's blocks, too


def make_directory(namespace: dict[str, Any]) -> None:
    namespace["directory"] = tempfile.TemporaryDirectory(prefix="plynx-docs-")


def leave_directory(namespace: dict[str, Any]) -> None:
    if "platform" in namespace:
        os.environ.pop("PLYNX_HOME", None)
        namespace["platform"].stop()
    namespace["directory"].cleanup()


pytest_collect_file = Sybil(
    parsers=[SkipParser(), platforms, CodeBlockParser("bash", run_bash), PythonCodeBlockParser()],
    patterns=["*.md"],
    setup=make_directory,
    teardown=leave_directory,
).pytest()
