"""Schemathesis over one OpenAPI document: what it asks for, what it checks, and what it has found."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, cast

import schemathesis
from schemathesis.config import SchemathesisConfig
from schemathesis.engine import Status, events, from_schema
from schemathesis.engine.recorder import ScenarioRecorder

CHECKS = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_schema_conformance",
    "response_headers_conformance",
    "negative_data_rejection",
    "positive_data_acceptance",
    "missing_required_header",
    "unsupported_method",
    "allow_header_conformance",
    "ignored_auth",
)
REFUSED = ("400", "401", "403", "404", "405", "409", "412", "413", "415", "422", "428")
"""What may become of a wrong request: a rate limit or a server's failure would hide that it was taken."""
DONE = ("2xx", "3xx", "401", "403", "404", "409", "412", "428")
"""What may become of a right one: things may have changed meanwhile, or be another's."""
EXPECTED = {
    "negative_data_rejection": REFUSED,
    "positive_data_acceptance": DONE,
    "missing_required_header": ("401",),
}
REQUEST_WITHIN = 10
"""Seconds."""
SHOWN = 2000
"""Characters of one failure."""


@dataclass
class Report:
    failures: dict[tuple[str, str, str], str] = field(default_factory=dict[tuple[str, str, str], str])
    """Operation, check, title → what was found first, and how to see it again."""
    errors: list[str] = field(default_factory=list[str])
    """What kept the harness itself from asking."""
    statuses: dict[str, Counter[int]] = field(default_factory=dict[str, Counter[int]])
    """Of each operation, by its label: how often it answered with what."""

    def text(self) -> str:
        found = [f"{' | '.join(key)}\n{text}" for key, text in self.failures.items()]
        return "\n\n".join([*found, *self.errors])

    @property
    def requests(self) -> int:
        return sum(counter.total() for counter in self.statuses.values())

    @property
    def unsuccessful(self) -> set[str]:
        """Operations that never did what they are for."""
        return {label for label, counter in self.statuses.items() if not any(200 <= status < 400 for status in counter)}


def checking(name: str, *more: str) -> dict[str, Any]:
    """As the configuration has it; `more`: statuses that are right too."""
    return {"enabled": True, **({"expected-statuses": [*EXPECTED[name], *more]} if name in EXPECTED else {})}


def examined(document: dict[str, Any], url: str, token: str, config: Mapping[str, Any]) -> Report:
    """All checks over all operations; `config` as in a `schemathesis.toml` has the last word."""
    whole = {
        "base-url": url,
        "headers": {"Authorization": f"Bearer {token}"},
        "request-timeout": REQUEST_WITHIN,
        "checks": {"enabled": False, **{name: checking(name) for name in CHECKS}},
        "continue-on-failure": True,
        **config,
    }
    settings: SchemathesisConfig = cast("Any", SchemathesisConfig).from_dict(whole)  # untyped there
    schema = schemathesis.openapi.from_dict(document, config=settings)
    report = Report()
    for event in from_schema(schema).execute():
        match event:
            case events.ScenarioFinished():
                _note(report, event.recorder)
            case events.NonFatalError():
                report.errors.append(f"{event.label}: {event.value!r}")
            case events.FatalError():
                raise event.exception
            case _:
                pass
    return report


def _note(report: Report, recorder: ScenarioRecorder) -> None:
    counter = report.statuses.setdefault(recorder.label, Counter())
    for interaction in recorder.interactions.values():
        if interaction.response is not None:
            counter[interaction.response.status_code] += 1
    for id, checks in recorder.checks.items():
        for check in checks:
            if check.status is not Status.FAILURE or check.failure_info is None:
                continue
            failure = check.failure_info.failure
            response = recorder.interactions[failure.case_id or id].response
            answer = "" if response is None else f"{response.status_code} {response.content[:SHOWN].decode()}"
            text = f"{failure.message[:SHOWN]}\n{check.failure_info.code_sample[:SHOWN]}\n→ {answer}"
            report.failures.setdefault((recorder.label, check.name, failure.title), text)
