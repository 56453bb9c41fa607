"""A worker's name, its counted incarnations, and its settings."""

from __future__ import annotations

from pathlib import Path

import pytest

from plynx_common.domain.errors import Misconfigured
from plynx_common.testing.fake_clock import FakeIds
from plynx_worker.identity import default_name, identified
from plynx_worker.settings import WorkerSettings


def test_each_start_counts_one_more_under_the_same_name(tmp_path: Path) -> None:
    seen: list[tuple[str, str, str]] = []
    for seed in range(3):
        with identified(tmp_path, "anna", FakeIds(seed)) as identity:
            seen.append((identity.worker, identity.incarnation, identity.mark))
    assert [incarnation for _, incarnation, _ in seen] == ["000000000001", "000000000002", "000000000003"]
    assert {(worker, mark) for worker, _, mark in seen} == {("anna", seen[0][2])}


def test_a_name_that_runs_already_is_refused_by_name(tmp_path: Path) -> None:
    with (
        identified(tmp_path, "anna", FakeIds()),
        pytest.raises(Misconfigured, match="anna"),
        identified(tmp_path, "anna", FakeIds()),
    ):
        pass


def test_workers_without_a_name_share_the_hosts_and_come_back_under_their_own(tmp_path: Path) -> None:
    with identified(tmp_path, "", FakeIds()) as first, identified(tmp_path, "", FakeIds()) as second:
        assert (first.worker, second.worker) == (default_name(), f"{default_name()}-2")
    with identified(tmp_path, "", FakeIds()) as again:
        assert (again.worker, again.incarnation) == (default_name(), "000000000002")


def test_without_a_place_for_its_state_a_worker_gets_a_fresh_random_name(tmp_path: Path) -> None:
    (tmp_path / "worker").write_text("a file where the directory would be")
    with identified(tmp_path, "", FakeIds(1)) as one, identified(tmp_path, "", FakeIds(2)) as two:
        assert one.worker.startswith("worker-")
        assert one.worker != two.worker
        assert one.state.is_dir()
    assert not one.state.exists()


def test_a_damaged_counter_is_named_with_its_remedy(tmp_path: Path) -> None:
    with identified(tmp_path, "anna", FakeIds()):
        pass
    (tmp_path / "worker" / "anna" / "incarnation").write_text("twelve")
    with (
        pytest.raises(Misconfigured, match=r"incarnation' holds no number: remove"),
        identified(tmp_path, "anna", FakeIds()),
    ):
        pass


@pytest.mark.parametrize("name", ["../up", "a/b", "-x", "x" * 64])
def test_a_name_that_is_no_directory_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(Misconfigured, match="PLYNX_WORKER_NAME"), identified(tmp_path, name, FakeIds()):
        pass


def test_pools_and_tags_come_separated_by_commas(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PLYNX_WORKER_POOLS", "team/gpu, team/cpu ,team/gpu")
    monkeypatch.setenv("PLYNX_WORKER_TAGS", "a100,ssd")
    settings = WorkerSettings.load()
    assert (settings.served_pools, settings.tags) == (("team/gpu", "team/cpu"), ("a100", "ssd"))


def test_without_pools_a_worker_serves_the_default_of_its_team() -> None:
    assert WorkerSettings.load(team="red").served_pools == ("red/default",)


def test_a_pool_without_its_team_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PLYNX_WORKER_POOLS", "gpu")
    with pytest.raises(Misconfigured, match=r"PLYNX_WORKER_POOLS.*pool 'gpu': expected a full name"):
        WorkerSettings.load()
