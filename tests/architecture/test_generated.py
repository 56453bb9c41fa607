"""What is generated is up to date, and every setting says what it means."""

from __future__ import annotations

import importlib
from datetime import timedelta
from pathlib import Path
from typing import Literal

import pytest
from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from tests.architecture.sources import ROOT, Violation, assert_none, classes, sources
from tools.generate_settings import env_example, prefix_of, reference_page, settings_classes, variable_of

GENERATORS = sorted(f"tools.{path.stem}" for path in (ROOT / "tools").glob("generate_*.py"))


@pytest.mark.parametrize("generator", GENERATORS)
def test_generated_pages_are_up_to_date(generator: str) -> None:
    pages: dict[str, str] = importlib.import_module(generator).pages()
    outdated = [path for path, text in pages.items() if not _says(path, text)]
    assert not outdated, f"run `make docs` and commit: {outdated}"


def _says(path: str, text: str) -> bool:
    page = ROOT / path
    return page.is_file() and page.read_text(encoding="utf-8") == text


def test_every_setting_says_what_it_means() -> None:
    silent = [
        variable_of(settings, name)
        for settings in settings_classes()
        for name, field in settings.model_fields.items()
        if not (field.description or "").strip()
    ]
    assert not silent, f"settings without a description: {silent}"


def test_every_settings_class_is_frozen_and_has_a_prefix_of_its_own() -> None:
    prefixes = [prefix_of(settings) for settings in settings_classes()]
    assert all(prefix.startswith("PLYNX_") and prefix.endswith("_") for prefix in prefixes), prefixes
    assert len(set(prefixes)) == len(prefixes), f"two settings classes share a prefix: {prefixes}"
    thawed = [settings.__name__ for settings in settings_classes() if not settings.model_config.get("frozen")]
    assert not thawed, f"settings that can be changed after they were read: {thawed}"


def test_settings_are_declared_where_the_generator_looks_for_them() -> None:
    found = [
        Violation(f"{source.path}::{name}", node.lineno, "declares settings")
        for source in sources()
        if not source.is_test and not source.path.endswith("/settings.py")
        for name, node in classes(source)
        if any("BaseSettings" in ast_name for ast_name in map(_name, node.bases))
    ]
    assert_none(found, {}, "settings classes live in modules called settings:")


def _name(node: object) -> str:
    return getattr(node, "id", "") or getattr(node, "attr", "")


class SampleSettings(BaseSettings):
    """What the sample needs."""

    model_config = SettingsConfigDict(env_prefix="PLYNX_SAMPLE_", frozen=True)

    url: str = Field(description="Where it is.")
    lease: timedelta = Field(default=timedelta(seconds=20), description="How long a claim holds.")
    mode: Literal["fast", "safe"] = Field(default="safe", description="Speed | safety.")
    token: SecretStr | None = Field(default=None, description="Who asks.")
    home: Path = Field(default=Path.home() / ".plynx", description="Where it keeps things.")


def test_the_reference_shows_variable_type_default_and_meaning() -> None:
    page = reference_page([SampleSettings])
    assert "## `PLYNX_SAMPLE_*`\n\nWhat the sample needs." in page
    assert "| `PLYNX_SAMPLE_URL` | str | **required** | Where it is. |" in page
    assert "| `PLYNX_SAMPLE_LEASE` | timedelta | `PT20S` | How long a claim holds. |" in page
    assert '| `PLYNX_SAMPLE_MODE` | "fast" \\| "safe" | `safe` | Speed \\| safety. |' in page
    assert "| `PLYNX_SAMPLE_TOKEN` | SecretStr | unset | Who asks. |" in page
    assert "| `PLYNX_SAMPLE_HOME` | Path | `~/.plynx` | Where it keeps things. |" in page


def test_the_example_environment_shows_every_default_commented_out() -> None:
    assert "# How long a claim holds.\n#PLYNX_SAMPLE_LEASE=PT20S\n" in env_example([SampleSettings])
