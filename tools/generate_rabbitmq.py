"""Writes deploy/rabbitmq/definitions.json: the broker's users, and what each may do to the names of routes.py."""

from __future__ import annotations

import json
import re
from pathlib import Path

from plynx_common.messages import routes

ROOT = Path(__file__).resolve().parents[1]
PAGE = "deploy/rabbitmq/definitions.json"
VHOST = "plynx"
SERVICES, WORKER = "plynx", "plynx-worker"

READY_QUEUES = re.escape(routes.ready_queue("").rstrip(".")) + r"\..+"
OWN_QUEUES = r"worker\..+"
"""Exclusive: nobody but the connection that declared one can read it or delete it."""
WORKER_SPEAKS = (routes.READY, routes.CALLS, routes.RESULTS, routes.FACTS, routes.LOGS)
DEFAULT_EXCHANGE = "amq.default"
"""Its name in permissions. Answers to a reader of logs, and what nobody could handle, go through it."""

PERMISSIONS: dict[str, dict[str, str]] = {
    SERVICES: {"configure": ".*", "write": ".*", "read": ".*"},
    WORKER: {
        "configure": f"^({READY_QUEUES}|{OWN_QUEUES})$",
        # Binding a queue takes the right to write to the queue and to read from the exchange.
        "write": f"^({'|'.join(map(re.escape, (*WORKER_SPEAKS, DEFAULT_EXCHANGE)))}|{READY_QUEUES})$",
        "read": f"^({re.escape(routes.READY)}|{READY_QUEUES}|{OWN_QUEUES})$",
    },
}


def definitions() -> dict[str, object]:
    """Without passwords: deploy/rabbitmq/with_passwords.py adds their hashes."""
    return {
        "vhosts": [{"name": VHOST}],
        "users": [{"name": user, "tags": []} for user in PERMISSIONS],
        "permissions": [{"user": user, "vhost": VHOST, **rights} for user, rights in PERMISSIONS.items()],
    }


def pages() -> dict[str, str]:
    """Path below the root -> what must be in it."""
    return {PAGE: json.dumps(definitions(), indent=2) + "\n"}


if __name__ == "__main__":
    for name, text in pages().items():
        page = ROOT / name
        page.parent.mkdir(parents=True, exist_ok=True)
        page.write_text(text, encoding="utf-8")
        print(f"wrote {page}")
