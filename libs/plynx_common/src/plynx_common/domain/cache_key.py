"""The cache key of a node: what its result depends on, as one digest and as components that explain a miss.

Key = SHA-256 of the canonical JSON of

    {code, environment: {…}, inputs: {name: [artifact, …]}, kind, parameters: {name: {type, value}}, ports: {…}}

A change of anything here voids every cache: the golden vectors in the tests must then change on purpose.
Everything but inputs (and parameters that come from outputs) is known when a run starts: `operation_part` is made once
per operation, `recipe` once per node, and a key then costs a few microseconds.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson

from plynx_common.domain.bindings import bound_output
from plynx_common.domain.kinds import KINDS, KindFacts
from plynx_common.domain.operation import Operation
from plynx_common.domain.values import canonical_json, digest_of

Artifact = Mapping[str, Any]
"""`{digest, type, …}`, as results carry it."""

LONGEST_COMPONENT = 80


@dataclass(frozen=True, slots=True)
class OperationPart:
    """What all nodes of one operation share."""

    hasher: Any
    """SHA-256 of the key's text up to and with `"inputs":`; copied, never updated."""
    kind: bytes
    ports: bytes
    parameter_types: dict[str, str]
    input_types: dict[str, str]
    """Of inputs that take one type only."""
    components: dict[str, str]


def operation_part(operation: Operation, interpreter: str = "", kind: KindFacts | None = None) -> OperationPart:
    """`interpreter`: version of the workers' own, which counts where a Python kind does not ask for a certain one."""
    kind = kind or KINDS.get(operation.kind) or KindFacts(operation.kind)
    code = digest_of(operation.cmd.encode("utf-8", "surrogatepass"))
    environment: dict[str, Any] = {
        "env": operation.env,
        "python": operation.environment.python or (interpreter if kind.runs_python else ""),
        "quoting": operation.quoting,
        "requirements": operation.environment.requirements,
    }
    if operation.artifact:
        environment["artifact"] = operation.artifact.digest
    ports = {
        "inputs": [[port.name, list(port.types), port.min, port.max] for port in operation.inputs],
        "outputs": [[port.name, port.type] for port in operation.outputs],
    }
    environment_json, ports_json = canonical_json(environment), canonical_json(ports)
    kind_name = f"{kind.name}/{kind.version}"
    return OperationPart(
        hasher=hashlib.sha256(b'{"code":"%b","environment":%b,"inputs":' % (code.encode(), environment_json)),
        kind=orjson.dumps(kind_name),
        ports=ports_json,
        parameter_types={parameter.name: parameter.type for parameter in operation.parameters},
        input_types={port.name: port.types[0] for port in operation.inputs if len(port.types) == 1},
        components={
            "kind": kind_name,
            "code": code,
            "environment": digest_of(environment_json),
            "ports": digest_of(ports_json),
        },
    )


@dataclass(frozen=True, slots=True)
class KeyRecipe:
    """Everything of a node's key that is known before its inputs are."""

    part: OperationPart
    parameters: dict[str, bytes]
    """Canonical JSON of each parameter with a plain value."""
    tail: bytes
    """The key's text behind the inputs; empty where a parameter comes from an output."""
    bound: dict[str, tuple[str, str]] = field(default_factory=dict[str, tuple[str, str]])
    """Parameters that come from an output: (node, output) by name."""

    def key(self, inputs: Mapping[str, Sequence[Artifact]], bound: Mapping[str, Artifact] | None = None) -> str:
        """`inputs` by name, in order; `bound` = artifact of each parameter in `self.bound`."""
        hasher = self.part.hasher.copy()
        hasher.update(_inputs_json(self._terms(inputs)))
        hasher.update(self.tail or self._tail(bound or {}))
        return hasher.hexdigest()

    def components(
        self, inputs: Mapping[str, Sequence[Artifact]], bound: Mapping[str, Artifact] | None = None
    ) -> dict[str, str]:
        """What the key is made of, each as a short value or a digest, for `explain_difference`."""
        found = dict(self.part.components)
        for name, text in self.parameters.items():
            found[f"parameter:{name}"] = _short(text)
        for name in self.bound:
            found[f"parameter:{name}"] = (bound or {})[name]["digest"]
        for name, terms in self._terms(inputs):
            found[f"input:{name}"] = terms[0] if len(terms) == 1 else _short_list(terms)
        return found

    def _terms(self, inputs: Mapping[str, Sequence[Artifact]]) -> list[tuple[str, list[str]]]:
        declared = self.part.input_types
        return [
            (name, [_term(artifact, declared.get(name)) for artifact in artifacts])
            for name, artifacts in (inputs.items() if len(inputs) < 2 else sorted(inputs.items()))
            if artifacts
        ]

    def _tail(self, bound: Mapping[str, Artifact]) -> bytes:
        known = dict(self.parameters)
        for name in self.bound:
            known[name] = orjson.dumps({"artifact": bound[name]["digest"]})
        return _tail_json(self.part, known)


def recipe(part: OperationPart, parameters: Mapping[str, Any]) -> KeyRecipe:
    """`parameters` as the snapshot holds them: plain values, and `{"$output": …}` where they come from upstream."""
    plain: dict[str, bytes] = {}
    bound: dict[str, tuple[str, str]] = {}
    for name, value in parameters.items():
        source = bound_output(value)
        if source:
            bound[name] = source
        else:
            plain[name] = _value_json(value)
    return KeyRecipe(part, plain, b"" if bound else _tail_json(part, plain), bound)


def _value_json(value: Any) -> bytes:
    # Same bytes as canonical_json, ten times faster, for what most parameters are.
    if value is True:
        return b"true"
    if type(value) is int and -(2**53) < value < 2**53:
        return b"%d" % value
    if type(value) is str and value.isascii():
        return orjson.dumps(value)
    return canonical_json(value)


def _tail_json(part: OperationPart, parameters: Mapping[str, bytes]) -> bytes:
    types = part.parameter_types
    items = [
        b'"%b":{"type":"%b","value":%b}' % (name.encode(), types.get(name, "").encode(), parameters[name])
        for name in sorted(parameters)
    ]
    return b',"kind":%b,"parameters":{%b},"ports":%b}' % (part.kind, b",".join(items), part.ports)


def _term(artifact: Artifact, declared: str | None) -> str:
    """The digest; with the type where that is not given by the declaration, because it decides how a file arrives."""
    found: str = artifact["type"]
    return artifact["digest"] if found == declared else f"{artifact['digest']}:{found}"


def _inputs_json(terms: list[tuple[str, list[str]]]) -> bytes:
    items = ['"' + name + '":["' + '","'.join(digests) + '"]' for name, digests in terms]
    return ("{" + ",".join(items) + "}").encode()


def _short(text: bytes) -> str:
    return text.decode() if len(text) <= LONGEST_COMPONENT else digest_of(text)


def _short_list(terms: list[str]) -> str:
    return f"{len(terms)} artifacts {digest_of(orjson.dumps(terms))}"


@dataclass(frozen=True, slots=True)
class Difference:
    component: str
    """`kind`, `code`, `environment`, `ports`, `parameter:<name>` or `input:<name>`."""
    before: str | None
    after: str | None
    message: str


def explain_difference(before: Mapping[str, str], after: Mapping[str, str]) -> tuple[Difference, ...]:
    """Why two keys differ, the most telling first: what the person changed, then what came from upstream."""
    differing = [name for name in {**before, **after} if before.get(name) != after.get(name)]
    differing.sort(key=lambda name: (_RANK.get(name.partition(":")[0], 9), name))
    return tuple(
        Difference(name, before.get(name), after.get(name), _sentence(name, before.get(name), after.get(name)))
        for name in differing
    )


_RANK = {"code": 0, "parameter": 1, "kind": 2, "ports": 3, "environment": 4, "input": 5}
_WORDS = {
    "code": "the code changed",
    "ports": "the declared inputs or outputs changed",
    "environment": "the environment changed (variables, interpreter, requirements or quoting)",
}


def _sentence(component: str, before: str | None, after: str | None) -> str:
    what, _, name = component.partition(":")
    if what in _WORDS:
        return _WORDS[what]
    if what == "input" and before is not None and after is not None:
        return f"input '{name}' has other content"
    subject = f"{what} '{name}'" if name else what
    if before is None:
        return f"{subject} is new" if what == "input" else f"{subject} is new, {after}"
    if after is None:
        return f"{subject} is gone"
    return f"{subject} was {before}, is {after}"
