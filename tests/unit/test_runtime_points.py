"""Fail points do nothing until they are armed, and then exactly what was asked, at that hit."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from plynx_common.domain.errors import Misconfigured
from plynx_common.runtime import points
from plynx_common.runtime.points import PointReached, arm, arm_from_environment, holding, point, points_in, raising


async def test_a_point_that_nobody_armed_does_nothing() -> None:
    await point("some.where")
    with arm("some.where.else", raising()):
        await point("some.where")


async def test_an_armed_point_acts_at_its_hit_only() -> None:
    with arm("some.where", raising(), hit=2) as armed:
        await point("some.where")
        assert not armed.happened.is_set()
        with pytest.raises(PointReached):
            await point("some.where")
        await point("some.where")
        assert (armed.hits, armed.happened.is_set()) == (3, True)
    await point("some.where")


async def test_a_held_task_goes_on_when_it_is_let_go() -> None:
    go = asyncio.Event()
    with arm("some.where", holding(go)) as armed:
        task = asyncio.create_task(point("some.where"))
        await armed.happened.wait()
        assert not task.done()
        go.set()
        await task


def test_a_real_process_is_killed_at_the_point_that_its_environment_names() -> None:
    script = (
        "import asyncio\n"
        "from plynx_common.runtime.points import arm_from_environment, point\n"
        "arm_from_environment()\n"
        "async def main():\n"
        "    for number in range(3):\n"
        "        print(number, flush=True)\n"
        "        await point('a.b')\n"
        "asyncio.run(main())\n"
    )
    environment = {**os.environ, "PLYNX_FAIL_POINTS": "x.y=raise, a.b=kill@2"}
    done = subprocess.run([sys.executable, "-c", script], env=environment, capture_output=True, check=False)
    assert (done.returncode, done.stdout) == (-signal.SIGKILL, b"0\n1\n")


@pytest.mark.parametrize("text", ["a.b", "a.b=explode", "a.b=kill@x", "A=kill", "a.b=pause:long"])
def test_what_cannot_be_read_is_refused(text: str) -> None:
    with pytest.raises(Misconfigured, match="PLYNX_FAIL_POINTS"):
        arm_from_environment(text)


def test_the_names_are_found_in_the_code(tmp_path: Path) -> None:
    (tmp_path / "inner").mkdir()
    (tmp_path / "inner" / "one.py").write_text('await point("b.c")\nawait point(\n    "a.b"\n)\n')
    (tmp_path / "two.py").write_text("await point('b.c')\n# point is fun\n")
    assert points_in([tmp_path]) == ("a.b", "b.c")


def test_nothing_stays_armed_after_the_tests() -> None:
    assert not points._armed
