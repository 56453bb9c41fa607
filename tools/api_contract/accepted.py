"""Breaking changes of the REST API that were made on purpose: version that promised it → line → why.

`make docs` prints the lines; `*` matches anything. A breaking change needs its line under the version that is promised
so far, and a new `VERSION` in `plynx_api/app.py`, by which clients can tell the two apart. Lines of older versions are
the history of what was broken, and stay. A line of the present version that nothing needs fails its test.
"""

from __future__ import annotations

ACCEPTED: dict[str, dict[str, str]] = {
    "1.0.0": {
        "/paths/*/parameters/*: may no longer be null": "neither a query nor a header could ever say null",
        "/paths/*/parameters/header:if-match: 'pattern' is *, was null": "nothing else was ever taken",
        "/paths/~1api~1v1~1graphs~1import/post/requestBody/content/application~1yaml: is 'object', was 'string'": (
            "YAML is described by what it says, as JSON is; a document that is only a text was never taken"
        ),
        "/components/schemas/*: 'minimum' is -9007199254740992.0, was null": "no store holds every number",
        "/components/schemas/*: 'maximum' is 9007199254740992.0, was null": "no store holds every number",
    },
    "1.1.0": {
        "/x-problems/unavailable: is told no more: programs branch on it": "it never was: only its children are raised",
    },
}
