"""Removes whatever a script left behind, whatever permissions it gave it."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

FRESH_BYTES = 4096
"""Size of a directory that never held many names."""


def remove_tree(directory: Path) -> bool:
    """Whether nothing is left. Never raises, never follows a link."""
    try:
        descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
    except PermissionError:
        return _unlocked(directory) and remove_tree(directory)
    except FileNotFoundError:
        return True
    except OSError:
        return False
    try:
        _empty(descriptor)
    except OSError:
        return False
    finally:
        os.close(descriptor)
    try:
        os.rmdir(directory)
    except OSError:
        return False
    return True


def empty_tree(directory: Path) -> bool:
    """Whether it is as good as a fresh private directory now: making and removing one costs ten times more."""
    try:
        descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        _empty(descriptor)
        is_small = os.fstat(descriptor).st_size <= FRESH_BYTES  # it never shrinks, and a large one is slow
        # Access lists would be inherited by what the next script makes.
        return is_small and not os.listxattr(descriptor) and not os.listdir(descriptor)
    except OSError:
        return False
    finally:
        os.close(descriptor)


def _unlocked(path: Path) -> bool:
    try:
        if (os.stat(path, follow_symlinks=False).st_mode & 0o700) == 0o700:
            return False  # it is not its mode that keeps us out
        os.chmod(path, 0o700)
    except OSError:
        return False
    return True


def _empty(top: int) -> None:
    """Depth first by descriptors, without recursion: a script may nest deeper than Python's stack.

    Each level keeps only its name; going up is by `..`, which no link can bend since a directory is entered by its own
    descriptor.
    """
    names: list[str] = []
    current = os.dup(top)
    stuck: set[tuple[int, ...]] = set()
    try:
        while True:
            below = _clear_files(current, stuck)
            if below is not None:
                deeper = _enter(current, below)
                os.close(current)
                current = deeper
                names.append(below)
                continue
            if not names:
                return
            above = os.open("..", os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC, dir_fd=current)
            os.close(current)
            current = above
            _drop_directory(current, names.pop(), stuck)
    finally:
        os.close(current)


def _clear_files(directory: int, stuck: set[tuple[int, ...]]) -> str | None:
    """Removes all files in it; the name of a directory that is still to be emptied."""
    with suppress(OSError):  # another user's: then what follows fails
        os.fchmod(directory, 0o700)
    below: str | None = None
    with os.scandir(directory) as entries:
        for entry in entries:
            if entry.is_dir(follow_symlinks=False):
                if below is None and _key(entry) not in stuck:
                    below = entry.name
                continue
            try:
                os.unlink(entry.name, dir_fd=directory)
            except OSError:
                continue  # immutable, or another user's: the directory will say so
    return below


def _key(entry: os.DirEntry[str]) -> tuple[int, ...]:
    found = entry.stat(follow_symlinks=False)
    return found.st_dev, found.st_ino


def _enter(directory: int, name: str) -> int:
    flags = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
    try:
        return os.open(name, flags, dir_fd=directory)
    except PermissionError:
        os.chmod(name, 0o700, dir_fd=directory)
        return os.open(name, flags, dir_fd=directory)


def _drop_directory(parent: int, name: str, stuck: set[tuple[int, ...]]) -> None:
    try:
        os.rmdir(name, dir_fd=parent)
    except OSError:
        found = os.stat(name, dir_fd=parent, follow_symlinks=False)
        stuck.add((found.st_dev, found.st_ino))
