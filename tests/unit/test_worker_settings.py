"""What the worker's settings refuse, and the environments that scripts and installations get."""

from __future__ import annotations

import sys

import pytest

from plynx_common.domain.errors import Misconfigured
from plynx_common.domain.operation import Operation
from plynx_common.runtime.kinds.kind import Script, ScriptContext
from plynx_worker.environment import ScriptEnvironment
from plynx_worker.settings import WorkerSettings


def test_limits_are_read_by_their_names(monkeypatch: pytest.MonkeyPatch) -> None:
    assert WorkerSettings.load().limits == {"core": 0}
    monkeypatch.setenv("PLYNX_WORKER_LIMITS", "nofile=4096, core=0")
    assert WorkerSettings.load().limits == {"nofile": 4096, "core": 0}


@pytest.mark.parametrize("limits", ["files=3", "nofile=-1", "nofile=many", "nofile"])
def test_a_wrong_limit_is_named(monkeypatch: pytest.MonkeyPatch, limits: str) -> None:
    monkeypatch.setenv("PLYNX_WORKER_LIMITS", limits)
    with pytest.raises(Misconfigured, match=limits.partition("=")[0]):
        WorkerSettings.load()


def context(interpreter: str) -> ScriptContext:
    operation = Operation(name="it", kind="command")
    return ScriptContext(operation, "/w", inputs={}, outputs={}, params={}, logs={}, interpreter=interpreter)


def test_the_interpreter_of_an_operation_is_the_first_on_its_path() -> None:
    environment, script = ScriptEnvironment({"PATH": "/bin"}), Script("exec.sh", "", ())
    assert environment.of(context(sys.executable), script)["PATH"] == "/bin"
    assert environment.of(context("/e/bin/python"), script)["PATH"] == "/e/bin:/bin"


def test_an_installation_sees_the_settings_of_pip_and_proxies_and_a_script_does_not() -> None:
    own = {"PATH": "/bin", "PIP_INDEX_URL": "https://index", "HTTPS_PROXY": "http://proxy", "SECRET": "s"}
    environment = ScriptEnvironment(own)
    assert environment.installing == {
        "PATH": "/bin",
        "LANG": "C.UTF-8",
        "PIP_INDEX_URL": "https://index",
        "HTTPS_PROXY": "http://proxy",
    }
    assert not own.keys() & environment.of(context(sys.executable), Script("exec.sh", "", ())).keys() - {"PATH"}
