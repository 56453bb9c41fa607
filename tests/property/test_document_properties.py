"""What holds for every document: YAML and back loses nothing; canonical JSON names values, cache keys name results."""

from __future__ import annotations

import json
from typing import Any, cast

from hypothesis import assume, given
from hypothesis import strategies as st

from plynx_common.domain.cache_key import operation_part, recipe
from plynx_common.domain.graph import Graph
from plynx_common.domain.graph_yaml import parse_yaml, to_yaml
from plynx_common.domain.operation import Operation, Parameter
from plynx_common.domain.parameters import PARAMETER_TYPES, BadValue, coerce
from plynx_common.domain.validation import parse_graph
from plynx_common.domain.values import canonical_json
from tests.property.graphs import json_values, rich_graphs, rich_operations


@given(json_values)
def test_yaml_and_back_loses_nothing(value: Any) -> None:
    assert _exact(parse_yaml(to_yaml(value))) == _exact(value)


@given(rich_graphs())
def test_a_graph_as_yaml_and_back_is_the_same_graph(graph: Graph) -> None:
    text = to_yaml(graph.to_document())
    assert parse_graph(parse_yaml(text)) == (graph, [])


@given(json_values)
def test_yaml_reads_json(value: Any) -> None:
    """But for pairs of surrogate escapes, which are JSON's alone."""
    text = json.dumps(value)
    assume("\\ud8" not in text)
    assume("\\ud9" not in text)
    assume("\\uda" not in text)
    assume("\\udb" not in text)
    assert _exact(parse_yaml(text)) == _exact(value)


@given(json_values)
def test_canonical_json_is_json_of_the_same_value(value: Any) -> None:
    """Numbers are those of IEEE 754, as everywhere in RFC 8785."""
    assert json.loads(canonical_json(value), parse_int=float) == value


@given(json_values)
def test_canonical_json_does_not_depend_on_the_order_of_keys(value: Any) -> None:
    assert canonical_json(_turned(value)) == canonical_json(value)


def _turned(value: Any) -> Any:
    match value:
        case dict():
            content = cast("dict[str, Any]", value)
            return {key: _turned(content[key]) for key in reversed(list(content))}
        case list():
            return [_turned(item) for item in cast("list[Any]", value)]
        case _:
            return value


def _exact(value: Any) -> str:
    """1, 1.0 and True are equal in Python, and not here."""
    return repr(value)


@given(
    rich_operations(),
    st.dictionaries(st.sampled_from("abc"), json_values),
    st.dictionaries(st.sampled_from("abc"), json_values),
)
def test_keys_are_equal_exactly_when_the_parameters_are(
    operation: Operation, one: dict[str, Any], other: dict[str, Any]
) -> None:
    part = operation_part(operation)
    same = canonical_json(one) == canonical_json(other)
    assert (recipe(part, one).key({}) == recipe(part, other).key({})) == same
    assert (recipe(part, one).components({}) == recipe(part, other).components({})) == same


@given(st.sampled_from(sorted(PARAMETER_TYPES)), json_values)
def test_a_value_in_its_normal_form_stays_as_it_is(type_name: str, value: Any) -> None:
    parameter = Parameter(name="p", type=type_name)
    try:
        once = coerce(parameter, value)
    except BadValue:
        return
    assert _exact(coerce(parameter, once)) == _exact(once)
    canonical_json(once)
