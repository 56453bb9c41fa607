"""Who a worker is: a name with a locked state directory, which counts its incarnations."""

from __future__ import annotations

import os
import re
import socket
import tempfile
from collections.abc import Generator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import structlog

from plynx_common.domain.errors import Misconfigured
from plynx_common.interfaces.clock import Ids
from plynx_common.runtime.home import locked, make_private_directory
from plynx_worker.leftovers import mark_of

WORKER_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,62}")
MOST_NAMESAKES = 100
"""Workers that may share one host's name."""
_DIGITS = 12

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Identity:
    worker: str
    incarnation: str
    """Zero-padded, so that text order is age; random where the worker's name is fresh."""
    state: Path
    """Its own directory, locked while it lives."""
    mark: str
    """In the environment of every process it starts; the same for all incarnations."""


@contextmanager
def identified(home: Path, name: str, ids: Ids) -> Generator[Identity]:
    """Raises `Misconfigured` where the name is taken or its directory cannot be used.

    Without a name it is the host's (`-2`, `-3`, … where another worker has it), and where the home directory cannot be
    written a fresh random one.
    """
    if name and not WORKER_NAME.fullmatch(name):
        raise Misconfigured(f"PLYNX_WORKER_NAME '{name}': expected letters, digits, '-' and '_', at most 63 of them")
    with ExitStack() as stack:
        state = _locked_state(stack, home / "worker", name)
        if state is None:
            state = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="plynx-worker-")))
            log.warning("worker_without_state", home=str(home), state=str(state))
            yield Identity(ids.new("worker-"), ids.new(), state, ids.new())
        else:
            yield Identity(state.name, _next_incarnation(state), state, mark_of(state, ids))


def default_name() -> str:
    """The host's name, as far as it can be a worker's."""
    host = re.sub(r"[^A-Za-z0-9_-]+", "-", socket.gethostname().partition(".")[0]).strip("-_")
    return host[:58] or "worker"


def _locked_state(stack: ExitStack, parent: Path, name: str) -> Path | None:
    """None where nobody asked for a name, and no state can be kept."""
    if name:
        stack.enter_context(locked(parent / name))
        return parent / name
    try:
        make_private_directory(parent)
    except Misconfigured:
        return None
    for candidate in (default_name(), *(f"{default_name()}-{number}" for number in range(2, MOST_NAMESAKES))):
        try:
            stack.enter_context(locked(parent / candidate))
        except Misconfigured:
            continue  # another worker has it
        return parent / candidate
    return None


def _next_incarnation(state: Path) -> str:
    """Durable before it is used: a number that was seen must never come again."""
    path = state / "incarnation"
    try:
        last = int(path.read_text(encoding="ascii"))
    except FileNotFoundError:
        last = 0
    except ValueError as error:
        raise Misconfigured(f"'{path}' holds no number: remove '{state}', and the worker starts afresh") from error
    text = f"{last + 1:0{_DIGITS}d}"
    draft = path.with_suffix(".new")
    with draft.open("w", encoding="ascii") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
    directory = os.open(state, os.O_RDONLY)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)
    return text
