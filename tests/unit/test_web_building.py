"""The build of the browser application: once for each state of its sources, and a clear word where none can be made."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

import plynx_web
from plynx_standalone.browser import prepare_browser
from plynx_web import building
from plynx_web.building import NotBuilt, ensure_built


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A checkout whose npm is a script: `ci` installs nothing, `run build` writes one page."""
    sources, tools = tmp_path / "services/web", tmp_path / "tools"
    for folder in (sources / "src", sources / "public", tools, tmp_path / "docs/examples"):
        folder.mkdir(parents=True)
    for name in building.INPUTS:
        if "." in name:
            (sources / name).write_text("{}")
    (sources / "src/main.tsx").write_text("one")
    _program(tools / "node", 'echo "v22.1.0"')
    _program(
        tools / "npm",
        f'echo "$1" >> {tmp_path}/calls\n'
        '[ "$1" = ci ] && mkdir -p node_modules && touch node_modules/.package-lock.json\n'
        '[ "$1" = run ] && mkdir -p "$PLYNX_WEB_OUT" && cat src/main.tsx > "$PLYNX_WEB_OUT/index.html"\n'
        "exit 0",
    )
    monkeypatch.setenv("PATH", f"{tools}:/usr/bin:/bin")
    static = tmp_path / "static"
    monkeypatch.setattr(building, "SOURCES", sources)
    monkeypatch.setattr(building, "STATIC", static)
    monkeypatch.setattr(plynx_web, "STATIC", static)
    monkeypatch.setattr(building, "_node_of_a_wheel", list[Path])
    return tmp_path


def _program(path: Path, lines: str) -> None:
    path.write_text(f"#!/bin/sh\n{lines}\n")
    path.chmod(0o755)


@pytest.fixture
def told() -> list[str]:
    return []


@pytest.fixture
def build(told: list[str]) -> Callable[[], Path]:
    return lambda: ensure_built(told.append)


def test_it_is_built_once_for_each_state_of_the_sources(checkout: Path, build: Callable[[], Path]) -> None:
    folder = build()
    assert (folder / "index.html").read_text() == "one"
    assert (folder / "index.html.gz").is_file()
    build()
    assert _calls(checkout) == ["ci", "run"]
    (checkout / "services/web/src/main.tsx").write_text("two")
    assert (build() / "index.html").read_text() == "two"
    assert _calls(checkout) == ["ci", "run", "run"]


def test_a_build_that_fails_leaves_the_one_before(checkout: Path, build: Callable[[], Path]) -> None:
    folder = build()
    _program(checkout / "tools/npm", 'echo "no such module"; exit 7')
    (checkout / "services/web/src/main.tsx").write_text("two")
    with pytest.raises(NotBuilt, match=r"exit code 7(.|\n)*no such module"):
        build()
    assert (folder / "index.html").read_text() == "one"


@pytest.mark.parametrize("node", [None, "echo v18.20.4", "exit 1"])
def test_without_a_node_that_is_new_enough_the_platform_starts_and_says_what_to_do(
    checkout: Path, node: str | None, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (checkout / "tools/node").unlink()
    if node is not None:
        _program(checkout / "tools/node", node)
    monkeypatch.setenv("PATH", str(checkout / "tools"))
    prepare_browser()
    words = capsys.readouterr().err
    assert "no browser application" in words
    assert "node >= 20.19" in words
    assert "from a wheel" in words
    assert plynx_web.site() is None


def test_an_installed_package_builds_nothing(checkout: Path, build: Callable[[], Path]) -> None:
    (checkout / "services/web/package.json").unlink()
    with pytest.raises(NotBuilt, match="carries no browser application"):
        build()
    (checkout / "static").mkdir()
    (checkout / "static/index.html").write_text("from a wheel")
    assert build() == checkout / "static"
    assert not (checkout / "calls").exists()


def _calls(checkout: Path) -> list[str]:
    return (checkout / "calls").read_text().split()
