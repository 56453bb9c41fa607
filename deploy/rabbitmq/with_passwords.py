"""Adds hashed passwords to the broker's definitions: `with_passwords.py DEFINITIONS TARGET`, passwords by environment.

Runs in a bare Python before the broker starts, so it needs nothing but the standard library.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

VARIABLES = {"plynx": "PLYNX_BUS_PASSWORD", "plynx-worker": "PLYNX_BUS_WORKER_PASSWORD"}
"""User -> where its password is."""


def with_passwords(definitions: dict[str, Any], variables: Mapping[str, str]) -> dict[str, Any]:
    """Raises `KeyError` of the variable that is missing."""
    users = [
        {
            **user,
            "password_hash": hashed(variables[VARIABLES[user["name"]]]),
            "hashing_algorithm": "rabbit_password_hashing_sha256",
        }
        for user in definitions["users"]
    ]
    return {**definitions, "users": users}


def hashed(password: str) -> str:
    """As RabbitMQ keeps it: base64 of a salt of 4 bytes and the SHA-256 of salt and password."""
    salt = os.urandom(4)
    return base64.b64encode(salt + hashlib.sha256(salt + password.encode()).digest()).decode()


def main(source: str, target: str) -> int:
    """The exit code."""
    definitions = json.loads(Path(source).read_text(encoding="utf-8"))
    missing = [name for name in VARIABLES.values() if not os.environ.get(name)]
    if missing:
        sys.stderr.write(f"{' and '.join(missing)} not set: put one in .env, make one with: plynx deploy secrets\n")
        return 2
    Path(target).write_text(json.dumps(with_passwords(definitions, os.environ)), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
