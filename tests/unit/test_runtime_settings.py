"""Settings come from the environment; what is wrong there is said by the variable's name."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from pydantic import Field, ValidationError
from pydantic_settings import SettingsConfigDict

from plynx_common.domain.errors import Misconfigured
from plynx_common.runtime.settings import PlatformSettings, ServiceSettings


class WorkerSettings(ServiceSettings):
    """Settings of some service."""

    model_config = SettingsConfigDict(env_prefix="PLYNX_WORKER_")

    slots: int = Field(2, ge=1, description="Scripts at once.")
    drain: timedelta = Field(timedelta(seconds=20), description="How long.")


@pytest.fixture(autouse=True)
def _no_settings_of_the_machine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("PLYNX_BUS_URL", "PLYNX_DOCUMENTS_URL", "PLYNX_OBJECTS_URL", "PLYNX_SECRET"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PLYNX_HOME", str(tmp_path / "home"))


def test_everything_lies_in_the_state_directory_by_default(tmp_path: Path) -> None:
    settings = PlatformSettings.load()
    assert settings.home == tmp_path / "home"
    assert settings.documents_url == f"sqlite://{tmp_path}/home/plynx.db"
    assert settings.objects_url == f"file://{tmp_path}/home/objects"
    assert settings.bus_url == "memory://"


def test_the_home_of_the_user_is_expanded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PLYNX_HOME", "~/somewhere")
    assert PlatformSettings.load().home == Path.home() / "somewhere"


def test_what_is_given_wins_over_the_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PLYNX_TEAM", "red")
    assert PlatformSettings.load(team="blue", home=tmp_path).team == "blue"
    assert PlatformSettings.load().team == "red"


def test_an_empty_variable_counts_as_not_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PLYNX_TEAM", "")
    assert PlatformSettings.load().team == "default"


def test_a_service_has_its_own_settings_and_those_of_the_platform(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PLYNX_WORKER_SLOTS", "8")
    monkeypatch.setenv("PLYNX_TEAM", "red")
    settings = WorkerSettings.load()
    assert (settings.slots, settings.team) == (8, "red")


def test_settings_cannot_be_changed() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        WorkerSettings.load().slots = 3  # pyright: ignore[reportAttributeAccessIssue]


def test_a_misspelt_variable_of_a_service_names_the_nearest_known_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PLYNX_WORKER_SLOT", "8")
    with pytest.raises(Misconfigured, match=r"'PLYNX_WORKER_SLOT'.*'PLYNX_WORKER_SLOTS'"):
        WorkerSettings.load()


def test_any_unknown_variable_below_the_prefix_of_a_service_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PLYNX_WORKER_ZZZ", "8")
    with pytest.raises(Misconfigured, match="PLYNX_WORKER_ZZZ"):
        WorkerSettings.load()


def test_a_slip_in_a_setting_of_the_platform_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PLYNX_DOCUMENT_URL", "sqlite:///x")
    with pytest.raises(Misconfigured, match="'PLYNX_DOCUMENTS_URL'"):
        PlatformSettings.load()


@pytest.mark.parametrize("name", ["PLYNX_INPUT_HOME", "PLYNX_API_PORT", "PLYNX_FAIL_POINTS", "PLYNX_URL", "HOME_PLYNX"])
def test_variables_of_others_are_left_alone(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setenv(name, "1")
    PlatformSettings.load()
    WorkerSettings.load()


def test_a_wrong_value_names_the_variable_and_what_was_expected(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PLYNX_WORKER_SLOTS", "many")
    with pytest.raises(Misconfigured, match=r"'PLYNX_WORKER_SLOTS'.*integer"):
        WorkerSettings.load()


def test_a_weak_secret_is_refused_and_not_repeated(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PLYNX_SECRET", "hunter2")
    with pytest.raises(Misconfigured, match=r"'PLYNX_SECRET'.*32 characters") as caught:
        PlatformSettings.load()
    assert "hunter2" not in caught.value.message


def test_a_secret_does_not_show() -> None:
    assert "x" * 32 not in repr(PlatformSettings.load(secret="x" * 32))
