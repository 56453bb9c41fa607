"""The state directory: private, locked by one platform, keeper of the secret."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from plynx_common.domain.errors import Misconfigured
from plynx_common.runtime.home import locked, make_private_directory, signing_secret
from plynx_common.runtime.settings import PlatformSettings

IS_ROOT = os.geteuid() == 0


def settings_in(home: Path, secret: str | None = None) -> PlatformSettings:
    return PlatformSettings.load(home=home, secret=secret)


def test_the_first_start_makes_a_secret_that_only_the_user_can_read(tmp_path: Path) -> None:
    home = tmp_path / "home"
    secret = signing_secret(settings_in(home))
    assert len(secret) == 64
    assert signing_secret(settings_in(home)) == secret
    assert (home / "secret.key").stat().st_mode & 0o777 == 0o600
    assert home.stat().st_mode & 0o777 == 0o700
    assert [path.name for path in home.iterdir()] == ["secret.key"]


def test_a_secret_from_the_settings_wins_and_leaves_no_file(tmp_path: Path) -> None:
    assert signing_secret(settings_in(tmp_path / "home", "s" * 40)) == b"s" * 40
    assert not (tmp_path / "home").exists()


def test_a_secret_that_others_can_read_is_refused(tmp_path: Path) -> None:
    signing_secret(settings_in(tmp_path))
    (tmp_path / "secret.key").chmod(0o644)
    with pytest.raises(Misconfigured, match="chmod 600"):
        signing_secret(settings_in(tmp_path))


def test_a_secret_that_was_cut_is_refused(tmp_path: Path) -> None:
    (tmp_path / "secret.key").write_text("abc")
    (tmp_path / "secret.key").chmod(0o600)
    with pytest.raises(Misconfigured, match=r"secret\.key"):
        signing_secret(settings_in(tmp_path))


def test_a_second_platform_is_told_who_has_the_state_directory(tmp_path: Path) -> None:
    with (
        locked(tmp_path),
        pytest.raises(Misconfigured, match=rf"pid {os.getpid()}\).*PLYNX_HOME"),
        locked(tmp_path),
    ):
        pass
    with locked(tmp_path):
        pass


def test_a_process_that_was_killed_leaves_no_lock_and_a_forked_child_does_not_keep_it(tmp_path: Path) -> None:
    script = (
        "import os, signal, sys, pathlib\n"
        "from plynx_common.runtime.home import locked\n"
        "with locked(pathlib.Path(sys.argv[1])):\n"
        "    if os.fork() == 0:\n"
        "        print('locked', flush=True)\n"
        "        os.close(1)\n"
        "        signal.pause()\n"
        "    signal.pause()\n"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", script, str(tmp_path)], stdout=subprocess.PIPE, start_new_session=True
    )
    try:
        assert process.stdout is not None
        assert process.stdout.readline() == b"locked\n"
        with pytest.raises(Misconfigured, match=f"pid {process.pid}"), locked(tmp_path):
            pass
        process.kill()
        process.wait()
        with locked(tmp_path):  # the child still lives
            pass
    finally:
        os.killpg(process.pid, 9)
        process.stdout.close() if process.stdout else None


def test_a_directory_that_cannot_be_made_is_said_in_words(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(Misconfigured, match=r"cannot make the directory.*PLYNX_HOME"):
        make_private_directory(tmp_path / "file" / "home")
