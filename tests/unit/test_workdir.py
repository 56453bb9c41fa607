"""The working directory: what the script finds, what is taken from it, and that nothing of it stays."""

from __future__ import annotations

import hashlib
import io
import json
import os
import stat
import subprocess
import zipfile
from pathlib import Path

import pytest

from plynx_common.domain.failure import Failure, FailureKind
from plynx_common.domain.operation import Input, Operation, Output
from plynx_common.runtime.kinds.kind import Script, ScriptContext
from plynx_worker.collecting import Collected, collect
from plynx_worker.removal import remove_tree
from plynx_worker.workdir import Source, create, lay_out, remove, write_script, written_logs


def operation(inputs: tuple[Input, ...] = (), outputs: tuple[Output, ...] = ()) -> Operation:
    return Operation(name="op", kind="command", inputs=inputs, outputs=outputs)


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    return create(tmp_path, "attempt")


async def laid_out(directory: Path, declared: Operation, **inputs: list[Source]) -> ScriptContext:
    context = await lay_out(directory, declared, inputs, {"x": 1}, cloud_prefix="s3://bucket/run/node/1/")
    assert isinstance(context, ScriptContext), context
    return context


async def refusal(directory: Path, declared: Operation, **inputs: list[Source]) -> Failure:
    failure = await lay_out(directory, declared, inputs, {})
    assert isinstance(failure, Failure)
    return failure


async def collected(context: ScriptContext) -> dict[str, Collected]:
    found = await collect(context)
    assert not isinstance(found, Failure), found
    return {entry.name: entry for entry in found}


async def missing(context: ScriptContext) -> str:
    failure = await collect(context)
    assert isinstance(failure, Failure)
    assert failure.kind == FailureKind.OUTPUT_MISSING
    return failure.message


def test_the_directory_is_private_and_fresh(tmp_path: Path) -> None:
    first = create(tmp_path, "attempt")
    assert stat.S_IMODE(first.stat().st_mode) == 0o700
    (first / "left").touch()
    assert list(create(tmp_path, "attempt").iterdir()) == []


async def test_inputs_are_placed_by_number_and_name(directory: Path, tmp_path: Path) -> None:
    (tmp_path / "cached").write_bytes(b"from the cache")
    declared = operation((Input(name="one"), Input(name="many", max=-1), Input(name="none", min=0)))
    context = await laid_out(
        directory,
        declared,
        one=[Source("csv", b"a,b")],
        many=[Source("file", tmp_path / "cached"), Source("file", b"second")],
    )
    assert context.inputs == {
        "one": f"{directory}/i_0_one",
        "many": (f"{directory}/i_0_many", f"{directory}/i_1_many"),
        "none": (),
    }
    assert (directory / "i_0_many").read_bytes() == b"from the cache"
    assert (directory / "i_0_one").read_bytes() == b"a,b"
    assert context.params == {"x": 1}


async def test_a_script_that_changes_its_input_does_not_change_the_cache(directory: Path, tmp_path: Path) -> None:
    for name, size in (("small", 10), ("large", 3 << 20)):
        (tmp_path / name).write_bytes(b"x" * size)
    declared = operation((Input(name="small"), Input(name="large")))
    await laid_out(
        directory,
        declared,
        small=[Source("file", tmp_path / "small")],
        large=[Source("file", tmp_path / "large")],
    )
    for name in ("small", "large"):
        with (directory / f"i_0_{name}").open("r+b") as file:
            file.write(b"changed")
        assert (tmp_path / name).read_bytes().startswith(b"xxxxxxx")


async def test_an_executable_can_be_executed(directory: Path) -> None:
    await laid_out(directory, operation((Input(name="tool"),)), tool=[Source("executable", b"#!/bin/sh\n")])
    assert os.access(directory / "i_0_tool", os.X_OK)


@pytest.mark.parametrize("as_file", [False, True])
async def test_a_directory_is_extracted(directory: Path, tmp_path: Path, *, as_file: bool) -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as zipped:
        zipped.writestr("sub/file", b"content")
    (tmp_path / "cached").write_bytes(buffer.getvalue())
    content = tmp_path / "cached" if as_file else buffer.getvalue()
    await laid_out(directory, operation((Input(name="d"),)), d=[Source("directory", content)])
    assert (directory / "i_0_d/sub/file").read_bytes() == b"content"
    assert sorted(path.name for path in directory.iterdir()) == ["i_0_d"]
    assert (tmp_path / "cached").exists()


async def test_a_directory_that_is_unsafe_fails_naming_the_input(directory: Path) -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as zipped:
        zipped.writestr("../owned", b"")
    failure = await refusal(directory, operation((Input(name="d"),)), d=[Source("directory", buffer.getvalue())])
    assert failure.kind == FailureKind.INPUT_MISSING
    assert "'d'" in failure.message
    assert not (directory.parent / "owned").exists()


async def test_cloud_inputs_give_the_path_inside(directory: Path) -> None:
    declared = operation(
        (Input(name="one", types=("cloud-storage",)), Input(name="many", types=("file", "cloud-storage"), max=-1))
    )
    reference = Source("cloud-storage", b'{"path": "s3://bucket/data"}')
    context = await laid_out(directory, declared, one=[reference], many=[reference, reference, Source("file", b"")])
    assert context.cloud_inputs == {"one": "s3://bucket/data", "many": ("s3://bucket/data",) * 2}
    assert json.loads((directory / "i_0_one").read_text()) == {"path": "s3://bucket/data"}


@pytest.mark.parametrize("content", [b"", b"[]", b'{"path": 3}', b'{"path": "/etc"}', b"\xff"])
async def test_a_cloud_input_without_a_path_fails_naming_it(directory: Path, content: bytes) -> None:
    declared = operation((Input(name="bucket", types=("cloud-storage",)),))
    failure = await refusal(directory, declared, bucket=[Source("cloud-storage", content)])
    assert "'bucket'" in failure.message


async def test_a_missing_single_input_fails_naming_it(directory: Path) -> None:
    failure = await refusal(directory, operation((Input(name="one"),)))
    assert failure.kind == FailureKind.INPUT_MISSING
    assert "'one'" in failure.message


async def test_outputs_are_prepared_as_their_types_ask(directory: Path) -> None:
    declared = operation(
        (), (Output(name="d", type="directory"), Output(name="c", type="cloud-storage"), Output(name="f"))
    )
    context = await laid_out(directory, declared)
    assert context.outputs["f"] == f"{directory}/o_f"
    assert (directory / "o_d").is_dir()
    assert not (directory / "o_f").exists()
    assert context.cloud_outputs == {"c": "s3://bucket/run/node/1/c"}
    (directory / "o_f").touch()
    found = await collected(context)
    assert json.loads(found["c"].content or b"") == {"path": "s3://bucket/run/node/1/c"}


async def test_a_worker_without_cloud_storage_says_so(directory: Path) -> None:
    failure = await refusal(directory, operation((), (Output(name="c", type="cloud-storage"),)))
    assert failure.kind == FailureKind.INFRASTRUCTURE
    assert "'c'" in failure.message


def test_the_script_stands_there_to_the_byte(directory: Path) -> None:
    context = ScriptContext(operation(), str(directory), {}, {}, {}, {})
    text = "echo é\r\n\n" * 10
    write_script(context, Script("exec.sh", text, ("bash", "exec.sh"), {}, {"context.json": "{}"}))
    assert (directory / "exec.sh").read_bytes() == text.encode()
    assert (directory / "context.json").read_text() == "{}"


async def test_outputs_are_hashed_whatever_their_size(directory: Path) -> None:
    sizes = {"empty": 0, "small": 10, "middle": 100_000, "large": 3 << 20}
    context = await laid_out(directory, operation((), tuple(Output(name=name) for name in sizes)))
    for name, size in sizes.items():
        (directory / f"o_{name}").write_bytes(b"x" * size)
    found = await collected(context)
    assert list(found) == list(sizes)
    for name, size in sizes.items():
        assert (found[name].size, found[name].digest) == (size, hashlib.sha256(b"x" * size).hexdigest())
        assert found[name].path.read_bytes() == b"x" * size
    assert found["small"].content == b"x" * 10
    assert found["middle"].content is None


async def test_all_missing_outputs_are_named_at_once(directory: Path) -> None:
    context = await laid_out(directory, operation((), (Output(name="a"), Output(name="b"), Output(name="c"))))
    (directory / "o_b").touch()
    message = await missing(context)
    assert "'a'" in message
    assert "'c'" in message
    assert "'b'" not in message


async def test_a_directory_output_is_packed_and_equal_ones_have_equal_digests(tmp_path: Path) -> None:
    digests: set[str] = set()
    for name in ("first", "second"):
        directory = create(tmp_path, name)
        context = await laid_out(directory, operation((), (Output(name="d", type="directory"),)))
        (directory / "o_d/file").write_text("content")
        found = (await collected(context))["d"]
        assert zipfile.ZipFile(found.path).namelist() == ["file"]
        digests.add(found.digest)
    assert len(digests) == 1


async def test_what_is_no_plain_file_is_no_output_and_blocks_nobody(directory: Path) -> None:
    outputs = tuple(
        Output(name=name) for name in ("fifo", "folder", "device", "elsewhere", "dangling", "inside", "loop")
    )
    context = await laid_out(directory, operation((), (*outputs, Output(name="d", type="directory"))))
    os.mkfifo(directory / "o_fifo")
    (directory / "o_folder").mkdir()
    (directory / "o_device").symlink_to("/dev/zero")
    (directory / "o_elsewhere").symlink_to("/etc/passwd")
    (directory / "o_dangling").symlink_to("nowhere")
    (directory / "real").write_text("x")
    (directory / "o_inside").symlink_to("real")
    (directory / "o_loop").symlink_to("o_loop")
    (directory / "o_d").rmdir()
    (directory / "o_d").symlink_to("/etc")
    message = await missing(context)
    for name in ("fifo", "folder", "device", "elsewhere", "dangling", "loop", "d"):
        assert f"'{name}'" in message
    assert "'inside'" not in message


@pytest.mark.parametrize(("kind", "text"), [("int", "3.5"), ("float", "many"), ("bool", "perhaps"), ("int", "")])
async def test_a_scalar_that_holds_none_is_missing(directory: Path, kind: str, text: str) -> None:
    context = await laid_out(directory, operation((), (Output(name="n", type=kind),)))
    (directory / "o_n").write_text(text)
    assert "'n'" in await missing(context)
    (directory / "o_n").write_text("1\n")
    assert (await collected(context))["n"].content == b"1\n"
    (directory / "o_n").write_bytes(b"1" * 70_000)
    assert "70000 bytes" in await missing(context)


async def test_what_a_script_wrote_to_its_logs_is_found(directory: Path) -> None:
    context = await laid_out(directory, operation())
    assert written_logs(context) == {}
    (directory / "l_worker").write_bytes(b"note\n")
    os.mkfifo(directory / "l_stdout")
    (directory / "l_stderr").symlink_to("/etc/passwd")
    assert written_logs(context) == {"worker": b"note\n"}


# --- removal -----------------------------------------------------------------------------------


async def test_odd_permissions_and_links_do_not_stop_the_removal(directory: Path, tmp_path: Path) -> None:
    (tmp_path / "precious").mkdir()
    (tmp_path / "precious/file").touch()
    (directory / "link").symlink_to(tmp_path / "precious")
    (directory / "a/b/c").mkdir(parents=True)
    (directory / "a/b/c/link").symlink_to(tmp_path / "precious")
    (directory / "a/b/file").touch()
    (directory / "a/b/file").chmod(0)
    os.mkfifo(directory / "a/fifo")
    for mode in ("a/b/c", "a/b", "a", "."):
        (directory / mode).chmod(0)
    assert await remove(directory)
    assert not directory.exists()
    assert (tmp_path / "precious/file").exists()
    assert stat.S_IMODE((tmp_path / "precious").stat().st_mode) != 0


def test_very_deep_directories_are_removed(directory: Path) -> None:
    current = os.open(directory, os.O_RDONLY)
    for _ in range(3000):
        os.mkdir("d" * 200, dir_fd=current)
        below = os.open("d" * 200, os.O_RDONLY, dir_fd=current)
        os.close(current)
        current = below
    os.close(current)
    assert remove_tree(directory)
    assert not directory.exists()


def test_many_files_are_removed(directory: Path) -> None:
    for n in range(50):
        (directory / f"d{n}").mkdir()
        for m in range(20):
            (directory / f"d{n}/f{m}").touch()
    assert remove_tree(directory)


async def test_removing_what_is_not_there_is_done(tmp_path: Path) -> None:
    assert await remove(tmp_path / "nothing")


async def test_what_cannot_be_removed_is_told_and_raises_nothing(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    assert not await remove(tmp_path / "file")


def test_a_mounted_directory_is_told_and_the_rest_removed(directory: Path) -> None:
    """Stands for whatever the kernel will not let go: here, a directory that is some process's bind mount."""
    (directory / "m").mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "none", directory / "m"], capture_output=True, check=False).returncode:
        pytest.skip("needs the right to mount")
    try:
        (directory / "file").touch()
        assert not remove_tree(directory)
        assert not (directory / "file").exists()
    finally:
        subprocess.run(["umount", directory / "m"], check=True)
    assert remove_tree(directory)
