"""The first start: a private home, a link that signs in, this machine only, and nothing without a token."""

from __future__ import annotations

import json
import re
import stat
from pathlib import Path

import httpx

from tests.e2e.conftest import Start
from tests.e2e.platform import Platform

LISTENING = "0A"


def test_the_link_that_is_printed_signs_a_browser_in(platform: Platform) -> None:
    link = re.search(rf"{platform.url}/\S+", platform.log)
    assert link, platform.log

    with httpx.Client(follow_redirects=True) as browser:
        page = browser.get(link[0])
        assert page.status_code == 200
        assert "html" in page.headers["Content-Type"]
        assert "plx_" not in str(page.url), "the token does not stay in the address"
        assert browser.get(f"{platform.url}/api/v1/me").json()["role"] == "owner"

    assert httpx.get(f"{platform.url}/api/v1/me").status_code == 401


async def test_a_later_start_keeps_token_and_link(start_platform: Start) -> None:
    async with start_platform() as platform:
        token = platform.token
        platform.stop()
        await platform.start()

        assert platform.token == token
        assert platform.client().connection.get("/me")["team"] == "default"


def test_the_home_is_private_and_its_file_says_where_the_platform_is(platform: Platform) -> None:
    known = platform.home / "client.json"

    assert json.loads(known.read_text(encoding="utf-8"))["url"] == platform.url
    assert stat.S_IMODE(known.stat().st_mode) == 0o600
    assert stat.S_IMODE((platform.home / "secret.key").stat().st_mode) == 0o600
    assert stat.S_IMODE(platform.home.stat().st_mode) == 0o700
    assert platform.cli("runs", "ls", PLYNX_HOME=str(platform.home)).returncode == 0


def test_it_listens_on_this_machine_only(platform: Platform) -> None:
    ports = {int(platform.environment[name]) for name in ("PLYNX_API_PORT", "PLYNX_STORAGE_PORT")}
    rows = [line.split() for line in Path("/proc/net/tcp").read_text(encoding="ascii").splitlines()[1:]]
    listening = {
        int(local.partition(":")[2], 16): local.partition(":")[0]
        for _, local, _, state, *_ in rows
        if state == LISTENING
    }

    assert {port: listening[port] for port in ports} == dict.fromkeys(ports, "0100007F")


def test_a_port_that_is_taken_is_named_with_the_setting_that_moves_it(platform: Platform, tmp_path: Path) -> None:
    taken = platform.environment["PLYNX_API_PORT"]

    done = platform.cli("up", PLYNX_HOME=str(tmp_path), PLYNX_API_PORT=taken, PLYNX_STORAGE_PORT="0")

    assert done.returncode == 2, done
    assert f"port {taken} (Address already in use): stop what uses it, or set PLYNX_API_PORT" in done.stderr
    assert "Traceback" not in done.stderr
