"""URLs pick the adapters; what cannot work together, or on this disk, is refused in words."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from plynx_common.domain.errors import Misconfigured
from plynx_common.interfaces.documents import Insert, Outcome
from plynx_common.interfaces.objects import PutConditions
from plynx_common.runtime.backends import Reach, Withheld, open_backends
from plynx_common.runtime.settings import PlatformSettings


def settings_in(home: Path, **given: Any) -> PlatformSettings:
    return PlatformSettings.load(**{"home": home, "documents_url": "memory://", **given})


@pytest.mark.parametrize("folder", ["home", "a home with spaces, # and ?"])
async def test_what_is_stored_by_default_is_there_after_a_restart(tmp_path: Path, folder: str) -> None:
    settings = PlatformSettings.load(home=tmp_path / folder)
    async with open_backends(settings) as backends:
        written = await backends.documents.write([Insert("runs", {"_id": "r1"})])
        assert written == [Outcome.STORED]
        await backends.objects.put("a/b", b"bytes")
    async with open_backends(settings) as backends:
        assert await backends.documents.get("runs", "r1") == {"_id": "r1"}
        assert await backends.objects.get("a/b") == b"bytes"
    assert (tmp_path / folder / "plynx.db").is_file()
    assert (tmp_path / folder / "objects").is_dir()


async def test_a_second_platform_in_the_same_home_is_refused(tmp_path: Path) -> None:
    async with open_backends(settings_in(tmp_path)):
        with pytest.raises(Misconfigured, match="another PLynx"):
            async with open_backends(settings_in(tmp_path)):
                pass


async def test_a_second_home_cannot_share_the_database_of_the_first(tmp_path: Path) -> None:
    url = f"sqlite://{tmp_path}/shared/plynx.db"
    async with open_backends(settings_in(tmp_path / "one", documents_url=url)):
        with pytest.raises(Misconfigured, match=r"another PLynx .*shared"):
            async with open_backends(settings_in(tmp_path / "two", documents_url=url)):
                pass


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"documents_url": "mongodb://host/plynx"}, "PLYNX_DOCUMENTS_URL mongodb://.*sqlite"),
        ({"bus_url": "amqp://host", "documents_url": "sqlite:///x.db"}, "one only"),
        ({"bus_url": "redis://host"}, "one only"),
        ({"bus_url": "amqp://host", "documents_url": "redis://host"}, "no adapter"),
        ({"bus_url": "amqp://h", "documents_url": "mongodb://h", "objects_url": "memory://"}, "one only.*s3://"),
        ({"objects_url": "ftp://host"}, "PLYNX_OBJECTS_URL.*file:///<path>"),
        ({"documents_url": "sqlite://relative.db"}, "absolute path.*three slashes"),
        ({"documents_url": "sqlite:///"}, "absolute path"),
        ({"objects_url": "file://objects/here"}, "three slashes"),
    ],
)
async def test_what_cannot_work_is_refused_in_words(tmp_path: Path, given: dict[str, str], words: str) -> None:
    with pytest.raises(Misconfigured, match=words):
        async with open_backends(settings_in(tmp_path, **given)):
            pass


async def test_a_start_that_failed_leaves_no_lock(tmp_path: Path) -> None:
    with pytest.raises(Misconfigured):
        async with open_backends(settings_in(tmp_path, objects_url="ftp://host")):
            pass
    async with open_backends(settings_in(tmp_path)):
        pass


async def test_a_disk_that_cannot_be_written_is_said_in_words(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(Misconfigured, match=r"cannot make the directory '.*/file/home'"):
        async with open_backends(settings_in(tmp_path / "file" / "home")):
            pass


async def test_signed_addresses_name_the_transfer_endpoint(tmp_path: Path) -> None:
    async with open_backends(settings_in(tmp_path, transfer_url="http://files.example:99")) as backends:
        conditions = PutConditions(size=1, content_type="text/plain", sha256="0" * 64)
        request = backends.objects.presign_put("a/b", conditions, expires=timedelta(minutes=1))
    assert request.url.startswith("http://files.example:99/")


async def test_names_are_fresh_and_plain(tmp_path: Path) -> None:
    async with open_backends(settings_in(tmp_path)) as backends:
        names = {backends.ids.new("run-") for _ in range(1000)}
        assert len(names) == 1000
        assert all(name.removeprefix("run-").isalnum() and name == name.lower() for name in names)
        assert {len(name) for name in names} == {len("run-") + 26}
        assert 0 <= backends.ids.jitter() < 1
        assert backends.clock.now().utcoffset() is not None


async def test_a_worker_s_process_opens_the_bus_alone_and_not_that_of_one_process(tmp_path: Path) -> None:
    with pytest.raises(Misconfigured, match="memory:// joins the services of one process"):
        async with open_backends(settings_in(tmp_path), Reach.BUS):
            pass


def test_what_is_withheld_says_so() -> None:
    with pytest.raises(RuntimeError, match="no document store to call 'find'"):
        Withheld("document store").find()
