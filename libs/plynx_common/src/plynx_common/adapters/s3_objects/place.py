"""Where the objects lie: `PLYNX_OBJECTS_URL` taken apart, with an error in words for whatever cannot be meant."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from plynx_common.adapters.object_keys import checked_key
from plynx_common.domain.errors import InvalidInput, Misconfigured

_EXPECTED = (
    "expected s3://<access key>:<secret key>@<host>:<port>/<bucket>[/<prefix>] (percent-encode what is no letter or "
    "digit in the keys), or on AWS s3://<bucket>[/<prefix>]?region=<region> with the keys in AWS_ACCESS_KEY_ID and "
    "AWS_SECRET_ACCESS_KEY; after a question mark tls=false, region=<name>, public=<URL that clients reach>"
)
_OPTIONS = {"tls", "region", "public"}
_BUCKET = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
_REGION = re.compile(r"[A-Za-z0-9-]{1,64}")
_DEFAULT_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class Keys:
    access: str
    secret: str = field(repr=False)
    session: str = field(default="", repr=False)
    """Of temporary credentials."""


@dataclass(frozen=True, slots=True)
class Place:
    bucket: str
    prefix: str
    """Empty, or ends with `/`."""
    endpoint: str
    """Where this service reaches the server: `http[s]://host[:port]`."""
    public: str
    """Where clients reach it: part of what is signed."""
    region: str
    keys: Keys

    @classmethod
    def parse(cls, url: str, environment: Mapping[str, str]) -> Place:
        """Raises `Misconfigured`, without the secret."""
        parts = urlsplit(url)
        if "@" in unquote(f"{parts.path}{parts.query}{parts.fragment}"):
            # Nothing of it may be repeated: it is the rest of a secret that was cut at its slash.
            raise _wrong("an '@' stands behind its host: percent-encode '/', '?' and '#' in the keys")
        options = _options(parts.query)
        host, path = _host_and_path(parts)
        bucket, _, prefix = path.partition("/")
        if not _BUCKET.fullmatch(bucket):
            raise _wrong(f"its bucket {bucket[:70]!r} is none: expected 3 … 63 small letters, digits, '-' and '.'")
        region = options.get("region", "us-east-1")
        if not _REGION.fullmatch(region):
            raise _wrong(f"its region {region[:70]!r} is none")
        if (tls := options.get("tls", "true")) not in {"true", "false"}:
            raise _wrong(f"its tls is {tls[:70]!r}: expected true or false")
        scheme = "https" if tls == "true" else "http"
        endpoint = _origin(f"{scheme}://{host or f's3.{region}.amazonaws.com'}")
        public = _origin(options["public"]) if "public" in options else endpoint
        return cls(bucket, _checked_prefix(prefix), endpoint, public, region, _keys(parts, environment))


def _options(query: str) -> dict[str, str]:
    options = dict(parse_qsl(query, keep_blank_values=True))
    if unknown := sorted(options.keys() - _OPTIONS):
        raise _wrong(f"it has no option '{unknown[0][:70]}'")
    return options


def _host_and_path(parts: SplitResult) -> tuple[str, str]:
    """Without credentials and port, what stands in the host's place is a bucket of AWS."""
    host = parts.netloc.rpartition("@")[2]
    path = unquote(parts.path).strip("/")
    if "@" in parts.netloc or ":" in host:
        return host, path
    return "", f"{unquote(host)}/{path}".rstrip("/")


def _keys(parts: SplitResult, environment: Mapping[str, str]) -> Keys:
    if "@" in parts.netloc:
        keys = Keys(unquote(parts.username or ""), unquote(parts.password or ""))
    else:
        access, secret = (environment.get(f"AWS_{name}", "") for name in ("ACCESS_KEY_ID", "SECRET_ACCESS_KEY"))
        keys = Keys(access, secret, environment.get("AWS_SESSION_TOKEN", ""))
    if not keys.access or not keys.secret:
        raise _wrong("it has no access key with a secret key, nor are there any in the environment")
    return keys


def _checked_prefix(prefix: str) -> str:
    try:
        return f"{checked_key(prefix)}/" if prefix else ""
    except InvalidInput as error:
        raise _wrong(f"its prefix is no key: {error.message}") from error


def _origin(url: str) -> str:
    """As clients write it into the header `Host`: without a port that goes without saying."""
    parts = urlsplit(url)
    try:
        host, port = parts.hostname, parts.port
    except ValueError:
        host, port = None, None
    if parts.scheme not in _DEFAULT_PORTS or not host or parts.path.strip("/") or parts.query:
        raise _wrong(f"'{url[:200]}' is no http[s]://<host>[:<port>]")
    name = f"[{host}]" if ":" in host else host
    return f"{parts.scheme}://{name}" + (f":{port}" if port and port != _DEFAULT_PORTS[parts.scheme] else "")


def _wrong(what: str) -> Misconfigured:
    return Misconfigured(f"PLYNX_OBJECTS_URL (s3://…) cannot be used, {what}: {_EXPECTED}")
