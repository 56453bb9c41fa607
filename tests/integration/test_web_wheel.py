"""The wheel of the browser application carries its build: whoever installs it needs no node."""

from __future__ import annotations

import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
UV = shutil.which("uv") or str(ROOT / ".tools/uv/bin/uv")


@pytest.mark.timeout(300)
def test_the_wheel_serves_the_application_without_node(tmp_path: Path) -> None:
    command = [UV, "build", "--quiet", "--wheel", "--out-dir", str(tmp_path), str(ROOT / "services/web")]
    built = subprocess.run(command, capture_output=True, text=True, check=False)
    assert built.returncode == 0, built.stderr
    (wheel,) = tmp_path.glob("plynx_web-*.whl")
    installed = tmp_path / "installed"
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(installed)
    program = "from plynx_web.building import ensure_built; print(ensure_built())"
    environment = {"PATH": "/nowhere"}
    told = subprocess.run(
        [sys.executable, "-I", "-c", f"import sys; sys.path.insert(0, {str(installed)!r}); {program}"],
        env=environment,
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    folder = Path(told.stdout.strip())
    assert folder == installed / "plynx_web/static"
    page = (folder / "index.html").read_text(encoding="utf-8")
    script = page.partition('src="/')[2].partition('"')[0]
    assert (folder / script).is_file()
    assert (folder / f"{script}.gz").is_file()
