"""Breaking changes of the REST API that were made on purpose: version that promised it → line → why.

`make docs` prints the lines; `*` matches anything. A breaking change needs its line under the version that is promised
so far, and a new `VERSION` in `plynx_api/app.py`, by which clients can tell the two apart. Lines of older versions are
the history of what was broken, and stay. A line of the present version that nothing needs fails its test.
"""

from __future__ import annotations

ACCEPTED: dict[str, dict[str, str]] = {}
