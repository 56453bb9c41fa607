"""Environments of operations: requirements installed once, failures in words, nothing half-installed used."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import os
import zipfile
from pathlib import Path

import pytest

from plynx_common.domain.failure import Failure, FailureKind
from plynx_common.domain.operation import Environment
from plynx_worker.environment import ScriptEnvironment
from plynx_worker.environments import INSTALLED, Environments
from tests.integration.scripts import Heard, Shell

WHEEL = "Wheel-Version: 1.0\nGenerator: tests\nRoot-Is-Purelib: true\nTag: py3-none-any\n"


def wheel(directory: Path, name: str, *, needs: str = "") -> str:
    """A requirement that names a wheel of one module, built here by hand: no index is asked."""
    path = directory / f"{name}-1.0-py3-none-any.whl"
    files = {
        f"{name}.py": f"NAME = {name!r}\n",
        f"{name}-1.0.dist-info/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n{needs}",
        f"{name}-1.0.dist-info/WHEEL": WHEEL,
    }
    rows = [f"{file},sha256={_hash(text)},{len(text)}\n" for file, text in files.items()]
    record = f"{name}-1.0.dist-info/RECORD"
    with zipfile.ZipFile(path, "w") as archive:
        for file, text in {**files, record: "".join(rows) + f"{record},,\n"}.items():
            archive.writestr(file, text)
    return f"{name} @ file://{path}"


def _hash(text: str) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).decode().rstrip("=")


@pytest.fixture
def environments(shell: Shell, tmp_path: Path) -> Environments:
    return Environments(tmp_path / "environments", shell.processes, ScriptEnvironment(os.environ).installing)


async def test_requirements_are_installed_once_for_all_that_ask_for_them(
    environments: Environments, shell: Shell, tmp_path: Path
) -> None:
    wanted = Environment(requirements=(wheel(tmp_path, "tiny"),))
    heard = Heard()
    first, second = await asyncio.gather(*(environments.interpreter(wanted, heard) for _ in range(2)))
    assert isinstance(first, str)
    assert first == second
    assert bytes(heard.stdout).count(b"Successfully installed tiny-1.0") == 1
    said = Heard()
    outcome = await shell.run(f"{first} -c 'import tiny; print(tiny.NAME)'", said)
    assert (outcome.code, bytes(said.stdout)) == (0, b"tiny\n")


async def test_what_is_needed_and_not_in_the_list_is_named(environments: Environments, tmp_path: Path) -> None:
    wanted = Environment(requirements=(wheel(tmp_path, "needy", needs="Requires-Dist: absent-one\n"),))
    failure = await environments.interpreter(wanted, Heard())
    assert isinstance(failure, Failure)
    assert (failure.kind, failure.retryable) == (FailureKind.TEMPLATE, False)
    assert "needy 1.0 requires absent-one, which is not installed" in failure.message
    assert not any((tmp_path / "environments").iterdir())


async def test_what_died_while_installing_is_installed_anew(environments: Environments, tmp_path: Path) -> None:
    wanted = Environment(requirements=(wheel(tmp_path, "tiny"),))
    python = await environments.interpreter(wanted, Heard())
    assert isinstance(python, str)
    (Path(python).parent.parent / INSTALLED).unlink()
    heard = Heard()
    assert await environments.interpreter(wanted, heard) == python
    assert b"Successfully installed tiny-1.0" in heard.stdout


async def test_an_interpreter_that_is_not_there_is_named_with_the_remedy(environments: Environments) -> None:
    failure = await environments.interpreter(Environment(python="9.9"), Heard())
    assert isinstance(failure, Failure)
    assert (failure.kind, failure.retryable) == (FailureKind.TEMPLATE, False)
    assert "Python '9.9', which this worker does not have: install it there" in failure.message


async def test_a_plain_operation_has_the_worker_s_own_interpreter(environments: Environments, tmp_path: Path) -> None:
    assert isinstance(await environments.interpreter(Environment(), Heard()), str)
    assert not (tmp_path / "environments").exists()
