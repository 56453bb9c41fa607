"""A client generated from our OpenAPI document is made without a warning, right in its types, and does the main job."""

from __future__ import annotations

import importlib
import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from openapi_python_client import generate
from openapi_python_client.config import Config, ConfigFile, MetaType

from tests.e2e.platform import Platform
from tools.generate_openapi import live_document

PACKAGE = "plynx_generated"
MAIN_JOB = Path(__file__).parent / "generated" / "main_job.py"


@pytest.fixture(scope="module")
def directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Holds the generated package, and the module that uses it."""
    directory = tmp_path_factory.mktemp("generated")
    document = directory / "openapi.json"
    document.write_text(json.dumps(live_document()), encoding="utf-8")
    options = ConfigFile(
        package_name_override=PACKAGE,
        # The only thing that the generator has to be told: JSON is YAML.
        content_type_overrides={"application/yaml": "application/json"},
        post_hooks=[],  # nobody reads it: no formatter
    )
    errors = generate(config=Config.from_sources(options, MetaType.NONE, document, "utf-8", True, directory / PACKAGE))
    assert not errors, [f"{error.header}: {error.detail}" for error in errors]
    shutil.copy(MAIN_JOB, directory)
    return directory


def test_every_operation_and_schema_of_the_document_is_generated(directory: Path) -> None:
    document = live_document()
    wanted = {operation["operationId"] for methods in document["paths"].values() for operation in methods.values()}
    generated = {path.stem for path in (directory / PACKAGE / "api").glob("*/*.py")}
    assert wanted <= generated, wanted - generated


@pytest.mark.timeout(240)
def test_the_generated_client_and_its_use_have_right_types(directory: Path) -> None:
    settings = {"include": [PACKAGE, MAIN_JOB.name], "pythonVersion": "3.11", "typeCheckingMode": "standard"}
    (directory / "pyrightconfig.json").write_text(json.dumps(settings), encoding="utf-8")
    command = [sys.executable, "-m", "pyright", "--project", ".", "--pythonpath", sys.executable]
    done = subprocess.run(command, cwd=directory, capture_output=True, text=True, timeout=200, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_generated_client_does_the_main_job(
    directory: Path, platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(directory)  # pyright: ignore[reportUnknownMemberType]
    told: Any = importlib.import_module(MAIN_JOB.stem).do_the_main_job(platform.url, platform.token)

    assert told.me.team == "default"
    assert told.verdict.valid
    assert told.plan["counts"] == {"executed": 1, "stored": 1}
    assert told.run.id == told.same_run.id
    assert told.run.state == "succeeded"
    assert told.states == {"trees": "restored", "count": "succeeded"}
    assert told.log == b"counting\n"
    assert told.output.strip() == b"2"
    assert told.graph_of_run["operations"]
    assert {"default/count-lines@1", "default/trees@1"} <= set(told.pages)
    assert "count-lines" in told.yaml
    assert (told.refused.status, told.refused.code) == (422, "invalid_graph")
    assert (told.stale.status, told.stale.code) == (412, "stale_revision")
    assert all((told.refused.errors, told.refused.remedy, told.refused.request_id))
