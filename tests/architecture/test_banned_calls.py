"""What no code may call, or only in one place: time and chance, catch-alls, fork hooks, sleeps in tests, mocks."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from tests.architecture import exceptions
from tests.architecture.sources import Source, Violation, assert_none, names_used, sources

# What runs in the simulation: there, time and chance belong to the seed (8-house-style §2).
PROTOCOL_CODE = (
    "libs/plynx_common/src/plynx_common/domain/",
    "libs/plynx_common/src/plynx_common/interfaces/",
    "libs/plynx_common/src/plynx_common/messages/",
    "libs/plynx_common/src/plynx_common/repositories/",
    "services/api/src/",
    "services/scheduler/src/",
    "services/storage/src/",
    "services/worker/src/",
)
TIME_AND_CHANCE = (
    "asyncio.sleep",
    "datetime.date.today",
    "datetime.datetime.now",
    "datetime.datetime.today",
    "datetime.datetime.utcnow",
    "os.urandom",
    "random",
    "secrets.choice",
    "secrets.randbelow",
    "secrets.randbits",
    "secrets.token_bytes",
    "secrets.token_hex",
    "secrets.token_urlsafe",
    "time.monotonic",
    "time.monotonic_ns",
    "time.perf_counter",
    "time.perf_counter_ns",
    "time.sleep",
    "time.time",
    "time.time_ns",
    "uuid.uuid1",
    "uuid.uuid4",
)
MAY_CATCH_EVERYTHING = {
    "libs/plynx_common/src/plynx_common/runtime/consumer.py",  # any error of a handler is back-off or dead letter
    "libs/plynx_common/src/plynx_common/runtime/service.py",  # the last place before the process ends
    "services/worker/src/plynx_worker/attempt.py",  # an attempt always ends with a result
}
TIMED_LANES = ("tests/benchmarks/", "tests/chaos/")


def test_protocol_code_is_handed_its_clock_ids_and_randomness() -> None:
    found = [
        Violation(source.path, node.lineno, f"names {name}")
        for source in sources()
        if source.path.startswith(PROTOCOL_CODE)
        for name, node in names_used(source)
        if _is_one_of(name, TIME_AND_CHANCE)
    ]
    assert_none(found, exceptions.TIME_AND_CHANCE, "take a Clock or Ids as argument:")


def test_only_the_named_places_catch_everything() -> None:
    found = [
        Violation(source.path, handler.lineno, "catches everything and does not raise it again")
        for source in sources()
        if not source.is_test and source.path not in MAY_CATCH_EVERYTHING
        for handler in ast.walk(source.tree)
        if isinstance(handler, ast.ExceptHandler) and _catches_everything(handler) and not _raises_again(handler)
    ]
    assert_none(found, {}, "catch what you can name, or raise it again:")


def test_nothing_is_run_between_fork_and_exec() -> None:
    found = [
        Violation(source.path, keyword.value.lineno, "passes preexec_fn (slow, and deadlocks beside threads)")
        for source in sources()
        for keyword in ast.walk(source.tree)
        if isinstance(keyword, ast.keyword) and keyword.arg == "preexec_fn"
    ]
    assert_none(found, {}, "use start_new_session, or a small launcher:")


def test_tests_wait_for_facts_and_do_not_sleep() -> None:
    found = [
        Violation(source.path, call.lineno, "sleeps")
        for source in sources()
        if source.is_test and not source.path.startswith(TIMED_LANES)
        for call in _sleeps(source)
    ]
    assert_none(found, exceptions.SLEEPING_TESTS, "use eventually(...) or the fake clock:")


def test_tests_do_not_mock_our_own_code() -> None:
    found = [
        Violation(source.path, node.lineno, "uses unittest.mock")
        for source in sources()
        for name, node in names_used(source)
        if _is_one_of(name, ("unittest.mock",))
    ]
    assert_none(found, {}, "use the embedded adapters, they are the test doubles:")


def _is_one_of(name: str, banned: tuple[str, ...]) -> bool:
    return any(name == entry or name.startswith(f"{entry}.") for entry in banned)


def _catches_everything(handler: ast.ExceptHandler) -> bool:
    if handler.type is None:
        return True
    caught = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
    return any(isinstance(name, ast.Name) and name.id in {"Exception", "BaseException"} for name in caught)


def _raises_again(handler: ast.ExceptHandler) -> bool:
    return isinstance(handler.body[-1], ast.Raise)


def _sleeps(source: Source) -> Iterator[ast.Call]:
    """Calls of a sleep for longer than nothing: `asyncio.sleep(0)` only lets others run."""
    sleepers = {id(node) for name, node in names_used(source) if name in {"asyncio.sleep", "time.sleep"}}
    for call in ast.walk(source.tree):
        if isinstance(call, ast.Call) and id(call.func) in sleepers:
            length = call.args[0] if call.args else None
            if not (isinstance(length, ast.Constant) and length.value == 0):
                yield call
