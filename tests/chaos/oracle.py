"""What must be so when the faults have stopped and everything has ended."""

from __future__ import annotations

from plynx_common.messages import routes
from plynx_common.testing.invariants import must
from tests.chaos.platform import Platform

EXECUTED = ("succeeded", "failed")


def check(platform: Platform) -> None:
    watch, ledger = platform.watch, platform.ledger
    watch.check_end()
    platform.listener.check_end()
    _queues_are_empty(platform)
    for node in watch.nodes.values():
        for entry in node["history"]:
            attempt = f"{node['_id']}/{entry['attempt']}"
            must(entry["outcome"] != "succeeded" or attempt in ledger.executions, "I3", attempt, "succeeded unexecuted")
    if platform.mix.spares_workers:
        _nothing_that_ran_was_lost(platform)
    if platform.mix.is_faultless:
        _exact_executions(platform)


def _queues_are_empty(platform: Platform) -> None:
    """I11: nothing is on its way any more, but hints."""
    for queue in platform.simulation.broker.every_queue():
        if not queue.spec.name.startswith("ready."):
            idle = len(queue) == 0
            must(idle or queue.spec.exclusive, "I11", queue.spec.name, f"still holds {len(queue)} messages")
    letters = platform.simulation.broker.depth(routes.DEAD_LETTERS)
    must(letters == 0, "I11", routes.DEAD_LETTERS, f"{letters} messages were refused")


def _nothing_that_ran_was_lost(platform: Platform) -> None:
    """Outages, back-logs, paused and dead schedulers and a broken broker expire nothing."""
    for node in platform.watch.nodes.values():
        for entry in node["history"]:
            attempt = f"{node['_id']}/{entry['attempt']}"
            was_lost = entry["outcome"] == "lost" and attempt in platform.ledger.executions
            must(not was_lost, "I6", attempt, f"was lost on '{entry['worker']}', which has not suffered")


def _exact_executions(platform: Platform) -> None:
    """I12: where nothing fails, nothing is executed that was not needed.

    What is given back unstarted was not executed: two claims of one worker may be granted more than it has room for.
    """
    executed = platform.ledger.executions
    needed: dict[str, None] = {}
    for node in platform.watch.nodes.values():
        for entry in node["history"]:
            attempt = f"{node['_id']}/{entry['attempt']}"
            must(entry["outcome"] != "lost", "I12", attempt, "was lost without a fault")
            if entry["outcome"] in EXECUTED or (entry["outcome"] == "cancelled" and attempt in executed):
                needed[attempt] = None
    must(set(executed) == set(needed), "I12", "executions", f"not needed or not done: {set(executed) ^ set(needed)}")
