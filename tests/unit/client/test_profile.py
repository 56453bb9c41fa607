"""Where the platform is: from two variables, or from what `plynx up` left."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from plynx.connection import NoProfile, Profile


def test_the_environment_goes_before_the_file(tmp_path: Path) -> None:
    (tmp_path / "client.json").write_text(json.dumps({"url": "http://file", "token": "plx_file"}), encoding="utf-8")
    home = {"PLYNX_HOME": str(tmp_path)}
    assert Profile.find(home) == Profile("http://file", "plx_file")
    assert Profile.find({**home, "PLYNX_TOKEN": "plx_env"}) == Profile("http://file", "plx_env")
    assert Profile.find({**home, "PLYNX_URL": "http://env/", "PLYNX_TOKEN": "t"}) == Profile("http://env", "t")


def test_without_either_the_remedy_is_said(tmp_path: Path) -> None:
    with pytest.raises(NoProfile, match="`plynx up`"):
        Profile.find({"PLYNX_HOME": str(tmp_path)})


@pytest.mark.parametrize("content", ["", "{", "[]", "{}", '{"url": "http://x"}'])
def test_a_broken_file_is_named(tmp_path: Path, content: str) -> None:
    (tmp_path / "client.json").write_text(content, encoding="utf-8")
    with pytest.raises(NoProfile, match=r"client\.json"):
        Profile.find({"PLYNX_HOME": str(tmp_path)})
