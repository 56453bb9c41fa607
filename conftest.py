"""Executes the code blocks of README and docs: `bash` in a shell, `python` with the names of the blocks before it.

A document's blocks share one directory: a fresh one, or the root for the documents that lie there. A block that cannot
be executed stands after `<!-- skip: next "the reason" -->`.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from sybil import Example, Sybil
from sybil.parsers.markdown import CodeBlockParser, PythonCodeBlockParser, SkipParser

ROOT = Path(__file__).parent
SECONDS = 100


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
