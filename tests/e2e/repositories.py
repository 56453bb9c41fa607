"""A git repository with a small C program and a Makefile, as somebody's project would be."""

from __future__ import annotations

import subprocess
from pathlib import Path

PROGRAM = """
#include <stdio.h>
int main(void) { printf("built %s\\n", VERSION); return 0; }
"""
MAKEFILE = "greet: greet.c\n\t$(CC) -DVERSION='\"{version}\"' -o $@ $<\n"


def make_repository(path: Path) -> str:
    """Its first commit builds version 1, its second version 2; returns the first one's hash."""
    path.mkdir()
    git(path, "init", "--quiet", "--initial-branch=main")
    (path / "greet.c").write_text(PROGRAM, encoding="utf-8")
    hashes: list[str] = []
    for version in (1, 2):
        (path / "Makefile").write_text(MAKEFILE.format(version=version), encoding="utf-8")
        git(path, "add", "--all")
        git(path, "commit", "--quiet", "--message", f"Version {version}")
        hashes.append(git(path, "rev-parse", "HEAD"))
    return hashes[0]


def git(path: Path, *arguments: str) -> str:
    who = ["-c", "user.name=Test", "-c", "user.email=test@example.com"]
    done = subprocess.run(["git", *who, *arguments], cwd=path, capture_output=True, text=True, check=True)
    return done.stdout.strip()
