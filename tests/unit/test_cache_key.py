"""Cache keys: what is in them, what is not, and that they never change by accident."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest

from plynx_common.domain.cache_key import explain_difference, operation_part, recipe
from plynx_common.domain.kinds import KindFacts
from plynx_common.domain.operation import Environment, Input, Operation, Output, Parameter, Resources
from plynx_common.domain.values import canonical_json, digest_of
from plynx_common.testing.factories import an_operation

TRAIN = Operation(
    name="train",
    kind="python",
    cmd="print('ü')\n",
    env={"B": "2", "A": "1"},
    environment=Environment(requirements=("numpy==2.0",)),
    inputs=(Input(name="data", types=("csv",)), Input(name="more", types=("file", "json"), min=0, max=-1)),
    parameters=(
        Parameter(name="rate", type="float"),
        Parameter(name="names", type="list_str"),
        Parameter(name="depth", type="int"),
    ),
    outputs=(Output(name="model", type="model"),),
)
VALUES: dict[str, Any] = {"rate": 1e-7, "names": ["\u20ac", 'a"b'], "depth": 3}
A, B, C = ({"digest": letter * 64, "type": "csv", "size": 1} for letter in "abc")
INPUTS = {"more": [C, {**B, "type": "json"}], "data": [A]}


def key(operation: Operation = TRAIN, values: dict[str, Any] = VALUES, inputs: Any = INPUTS, **more: Any) -> str:
    return recipe(operation_part(operation, **more), values).key(inputs)


def test_golden_vectors_never_change() -> None:
    """A failure here means: every cache of every user is void. If that is wanted, say so in the changelog."""
    assert key(interpreter="3.11.9") == "af09c4b352777fb12bf29e4cc5216d2ca947be1911adfd716208aed2813717c2"
    assert (
        key(an_operation(), {"depth": 3, "note": ""}, {})
        == "8797bc39a3d01cd96db577d687b959825418e4615cb68ac6ea398553e1a6e2a1"
    )
    bound = recipe(operation_part(TRAIN), {**VALUES, "depth": {"$output": {"node": "count", "output": "n"}}})
    assert (
        bound.key(INPUTS, {"depth": {**A, "type": "int"}})
        == "fda3611e19ee2ad6c27ddc3af553293d6fa36183a2aef29e85b4c95db41489a9"
    )


def test_the_key_is_the_digest_of_the_canonical_json_that_the_module_describes() -> None:
    described = {
        "kind": "python/1",
        "code": digest_of(TRAIN.cmd.encode()),
        "environment": {"env": TRAIN.env, "python": "3.11.9", "quoting": "none", "requirements": ["numpy==2.0"]},
        "inputs": {"data": ["a" * 64], "more": ["c" * 64 + ":csv", "b" * 64 + ":json"]},
        "parameters": {
            "depth": {"type": "int", "value": 3},
            "names": {"type": "list_str", "value": ["\u20ac", 'a"b']},
            "rate": {"type": "float", "value": 1e-7},
        },
        "ports": {
            "inputs": [["data", ["csv"], 1, 1], ["more", ["file", "json"], 0, -1]],
            "outputs": [["model", "model"]],
        },
    }
    assert key(interpreter="3.11.9") == hashlib.sha256(canonical_json(described)).hexdigest()


@pytest.mark.parametrize(
    "fields",
    [
        {"title": "x"}, {"description": "x"}, {"tags": ("x",)}, {"author": "x"}, {"changelog": "x"}, {"team": "x"},
        {"name": "other"}, {"version": 9}, {"timeout": 1.0}, {"retries": 3}, {"retry_delay": 1.0}, {"retry_on": (2,)},
        {"pool": "gpu"}, {"on_lost": "fail"}, {"resources": Resources(cpu=2)}, {"successor": "a/b@2"},
    ],
)  # fmt: skip
def test_what_does_not_change_the_result_does_not_change_the_key(fields: dict[str, Any]) -> None:
    assert key(TRAIN.model_copy(update=fields)) == key()


@pytest.mark.parametrize(
    ("fields", "component"),
    [
        ({"cmd": "print(2)"}, "code"),
        ({"kind": "command"}, "kind"),
        ({"env": {"A": "1"}}, "environment"),
        ({"quoting": "safe"}, "environment"),
        ({"environment": Environment(python="3.12", requirements=("numpy==2.0",))}, "environment"),
        ({"environment": Environment(requirements=("numpy==2.1",))}, "environment"),
        ({"outputs": (Output(name="model", type="file"),)}, "ports"),
        ({"outputs": ()}, "ports"),
        ({"inputs": (TRAIN.inputs[0], TRAIN.inputs[1].model_copy(update={"max": 5}))}, "ports"),
    ],
)
def test_what_changes_the_result_changes_the_key_and_is_named(fields: dict[str, Any], component: str) -> None:
    changed = TRAIN.model_copy(update=fields)
    assert key(changed) != key()
    before = recipe(operation_part(TRAIN), VALUES).components(INPUTS)
    after = recipe(operation_part(changed), VALUES).components(INPUTS)
    assert [difference.component for difference in explain_difference(before, after)] == [component]


def test_the_order_of_an_input_list_counts_and_the_order_of_names_does_not() -> None:
    turned = {"data": INPUTS["data"], "more": INPUTS["more"]}
    assert key(inputs=turned) == key()
    assert key(inputs={**INPUTS, "more": INPUTS["more"][::-1]}) != key()


def test_an_open_optional_input_is_the_same_as_an_empty_list() -> None:
    assert key(inputs={"data": [A]}) == key(inputs={"data": [A], "more": []})


def test_the_type_of_an_artifact_counts_where_the_declaration_leaves_it_open() -> None:
    assert key(inputs={**INPUTS, "more": [{**C, "type": "executable"}]}) != key(inputs={**INPUTS, "more": [C]})


def test_1_and_true_and_1_as_text_are_different_parameters() -> None:
    keys = {key(values={**VALUES, "depth": value}) for value in (1, True, "1", 1.5, None)}
    assert len(keys) == 5


def test_the_interpreter_counts_for_python_kinds_only_and_only_if_none_is_asked_for() -> None:
    pinned = TRAIN.model_copy(update={"environment": Environment(python="3.12")})
    shell = TRAIN.model_copy(update={"kind": "command"})
    assert key(interpreter="3.11") != key(interpreter="3.12")
    assert key(pinned, interpreter="3.11") == key(pinned, interpreter="3.12")
    assert key(shell, interpreter="3.11") == key(shell, interpreter="3.12")


def test_a_new_version_of_a_kind_voids_its_entries() -> None:
    assert key(kind=KindFacts("python", version=2, runs_python=True)) != key()


def test_a_parameter_from_an_output_counts_by_that_outputs_content() -> None:
    bound = recipe(operation_part(TRAIN), {**VALUES, "depth": {"$output": {"node": "count", "output": "n"}}})
    assert bound.bound == {"depth": ("count", "n")}
    assert bound.key(INPUTS, {"depth": A}) != bound.key(INPUTS, {"depth": B})
    assert bound.components(INPUTS, {"depth": A})["parameter:depth"] == "a" * 64


def test_components_are_short_whatever_they_stand_for() -> None:
    long = recipe(operation_part(TRAIN), {**VALUES, "names": ["x" * 10_000]})
    found = long.components({"data": [A], "more": [B] * 1000})
    assert max(len(value) for value in found.values()) <= 100
    assert found["input:more"].startswith("1000 artifacts ")
    assert found["parameter:depth"] == "3"


def test_a_difference_is_said_in_words_with_the_most_telling_first() -> None:
    before = recipe(operation_part(TRAIN), VALUES).components(INPUTS)
    after = recipe(
        operation_part(TRAIN.model_copy(update={"cmd": ""})), {"rate": 0.5, "new": 1, "depth": 3}
    ).components({"data": [B]})
    assert [difference.message for difference in explain_difference(before, after)] == [
        "the code changed",
        "parameter 'names' is gone",
        "parameter 'new' is new, 1",
        "parameter 'rate' was 1e-7, is 0.5",
        "input 'data' has other content",
        "input 'more' is gone",
    ]


def test_equal_components_have_no_difference() -> None:
    found = recipe(operation_part(TRAIN), VALUES).components(INPUTS)
    assert explain_difference(found, dict(found)) == ()
