"""The same graphs for `make -j2`: each recipe one bash script, everything else files."""

from __future__ import annotations

import resource
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

from tests.benchmarks.workloads import Links, Shape, script

JOBS = 2

_INPUTS, _OUTPUT = "INPUTS", "OUTPUT"


def makefile(shape: Shape, links: Links, markers: Path, salt: str) -> str:
    """Targets are the markers (order) or the outputs (data), so that a second `make` has nothing to do."""
    recipe = "; ".join(script(links, inputs=_INPUTS, output=_OUTPUT).splitlines()).replace("$", "$$")
    recipe = recipe.replace(_INPUTS, "$^").replace(_OUTPUT, "$@")
    target = "{}" if links == "data" else f"{markers}/{{}}"
    lines = [
        "SHELL := bash",
        "MAKEFLAGS += --no-builtin-rules --silent",
        f"export MARKERS := {markers}",
        f"export SALT := {salt}",
        f"all: {' '.join(target.format(name) for name in shape.nodes)}",
    ]
    for name, parents in shape.nodes.items():
        lines += [f"{target.format(name)}: {' '.join(map(target.format, parents))}", f"\tname={name}; {recipe}"]
    return "\n".join([*lines, ""])


@dataclass(frozen=True, slots=True)
class Made:
    seconds: float
    cpu_seconds: float


def make(shape: Shape, links: Links, directory: Path, markers: Path, salt: str) -> Made:
    """Raises `CalledProcessError` where a recipe fails."""
    directory.mkdir(parents=True, exist_ok=True)
    (directory / "Makefile").write_text(makefile(shape, links, markers, salt), encoding="utf-8")
    return run_make(directory)


def run_make(directory: Path) -> Made:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    started = time.perf_counter()
    subprocess.run(["make", f"-j{JOBS}"], cwd=directory, check=True, stdout=subprocess.DEVNULL)
    seconds = time.perf_counter() - started
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Made(seconds, cpu)
