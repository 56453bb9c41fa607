"""Settings of the API service, prefix `PLYNX_API_`."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import ClassVar

from pydantic import Field
from pydantic_settings import SettingsConfigDict

from plynx_common.runtime.settings import ServiceSettings


class ApiSettings(ServiceSettings):
    """The API service: where it listens, and what it takes."""

    model_config = SettingsConfigDict(env_prefix="PLYNX_API_")

    service: ClassVar[str] = "api"

    host: str = Field("127.0.0.1", description="Address that the API listens on; loopback by default.")
    port: int = Field(8470, ge=0, le=65535, description="Port of the API; with 0 a free one is taken.")
    public_url: str = Field(
        "",
        pattern=r"^(https?://[^/]+)?/?$",
        description="Where people and programs reach the API, as sign-in links and client.json name it; by default its "
        "host and port.",
    )
    body_limit: int = Field(
        8 * 1024 * 1024,
        ge=1024,
        description="Bytes of a request body that carries a graph or an operation; other bodies are taken to 64 KiB.",
    )
    site: Path | None = Field(
        None,
        description="Folder with a build of the browser application; by default that of the package plynx-web.",
    )
    session_lifetime: timedelta = Field(
        timedelta(days=30), description="How long a browser stays signed in; revoking its token ends it at once."
    )
    upload_lifetime: timedelta = Field(timedelta(hours=1), description="How long the token for an upload is good.")
    rate_limit: float = Field(
        500,
        ge=0,
        description="Requests per second by one token, on average; ten seconds' worth may come at once. 0: no limit.",
    )
    stranger_rate_limit: float = Field(
        20,
        ge=0,
        description="Requests per second from one address with no token or a wrong one, on average; ten seconds' worth "
        "may come at once. 0: no limit.",
    )
    trusted_proxies: str = Field(
        "",
        description="Addresses and networks, with commas between, of proxies before the API, whose X-Forwarded-For and "
        "-Proto are believed: limits and audit then see who is behind them.",
    )
    most_followers: int = Field(
        2000, ge=1, description="Runs and logs that are followed at once; who comes then is asked to try later."
    )

    def url(self, port: int) -> str:
        """As set; else where we listen, in words that a client on this machine can use."""
        if self.public_url:
            return self.public_url.rstrip("/")
        host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(self.host, self.host)  # noqa: S104 (compared, not bound)
        return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
