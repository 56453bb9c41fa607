"""What all tests share: Hypothesis without deadlines, and the code blocks of README and docs as tests.

A `bash` block runs in a shell, a `python` block with the names of those before it. The blocks of a document share one
directory: a fresh one, or the root for the documents that lie there. A block that cannot be executed stands after
`<!-- skip: next "the reason" -->`.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import hypothesis
import pytest
from sybil import Example, Sybil
from sybil.parsers.markdown import CodeBlockParser, PythonCodeBlockParser, SkipParser

# No deadline: how long an example takes says more about a busy machine than about the code.
hypothesis.settings.register_profile("plynx", deadline=None, print_blob=True)
hypothesis.settings.load_profile("plynx")

pytest_plugins = ["plynx_common.testing.servers.fixtures"]  # amqp_url, mongodb_url, s3_url, start_server

ROOT = Path(__file__).parent
SECONDS = 100


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--seed", type=int, help="tests/chaos: replay this seed of the simulation, and print its trace")


def run_bash(example: Example) -> str | None:
    """What the block printed, if it failed."""
    environment = os.environ | {"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", str(example.parsed)],
        cwd=ROOT if Path(example.path).parent == ROOT else example.namespace["directory"].name,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    return f"exit code {done.returncode}:\n{done.stdout}" if done.returncode else None


def make_directory(namespace: dict[str, Any]) -> None:
    namespace["directory"] = tempfile.TemporaryDirectory(prefix="plynx-docs-")


def remove_directory(namespace: dict[str, Any]) -> None:
    namespace["directory"].cleanup()


pytest_collect_file = Sybil(
    parsers=[SkipParser(), CodeBlockParser("bash", run_bash), PythonCodeBlockParser()],
    patterns=["*.md"],
    setup=make_directory,
    teardown=remove_directory,
).pytest()
