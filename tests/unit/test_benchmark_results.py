"""What the benchmarks say about their figures."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.benchmarks import report
from tests.benchmarks.measuring import Result, Sample, Usage
from tests.benchmarks.rest import Counters, end_in

NOTHING = Counters(0, 0, 0)


def result(workload: str, nodes: int, *seconds: float) -> Result:
    return Result(workload, workload, "order", nodes, [Sample(each, NOTHING, make_seconds=1.0) for each in seconds])


def test_the_median_counts() -> None:
    assert result("W1", 40, 9.0, 1.0, 2.0).seconds == 2.0


def test_growth_compares_the_cost_of_a_node() -> None:
    text = report.growth([result("W6/400", 400, 1.0), result("W6/6400", 6400, 24.0)])
    assert "(order): 1.50 times" in text


def test_growth_needs_both_ends() -> None:
    assert report.growth([result("W6/400", 400, 1.0)]) == ""


def test_the_counting_request_itself_is_not_counted() -> None:
    assert Counters(13, 20, 30).since(Counters(10, 15, 29)) == Counters(2, 5, 1)


def test_others_are_those_who_are_neither_platform_nor_client(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.cpu_count", lambda: 2)
    used = Usage(14.0, 5.0, 2.0, 13.0).since(Usage(10.0, 2.0, 1.0, 5.0))
    assert used.others == pytest.approx((8.0 - 3.0 - 1.0) / 8.0)


@pytest.mark.parametrize(
    ("event", "is_end"),
    [
        ({"type": "snapshot", "run": {"state": "running", "counts": {}}}, False),
        ({"type": "snapshot", "run": {"state": "failed", "counts": {}}, "nodes": []}, True),
        ({"type": "run.changed", "run": "run-1", "state": "running"}, False),
        ({"type": "run.changed", "run": "run-1", "state": "succeeded"}, True),
        ({"type": "ping"}, False),
    ],
)
def test_the_end_of_a_run_is_found_in_snapshots_and_changes(event: dict[str, object], *, is_end: bool) -> None:
    assert (end_in(json.dumps(event)) is not None) == is_end


def test_each_line_of_the_history_can_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(report, "HISTORY", tmp_path)
    for seconds in (1.0, 2.0):
        report.keep(report.history_line([result("W1", 40, seconds)], None, {"commit": "abc"}), "embedded")
    lines = (tmp_path / "embedded.jsonl").read_text(encoding="utf-8").splitlines()
    assert [json.loads(line)["results"][0]["seconds"] for line in lines] == [[1.0], [2.0]]


def test_the_kept_history_is_whole() -> None:
    for path in report.HISTORY.glob("*.jsonl"):
        for line in path.read_text(encoding="utf-8").splitlines():
            assert {"at", "commit", "machine", "results"} <= json.loads(line).keys()
