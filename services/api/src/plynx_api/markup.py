"""The few HTML pages of the API: no scripts, nothing from elsewhere, everything escaped."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from html import escape
from typing import Any, cast

from fastapi.responses import HTMLResponse

STYLE = """
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; }
body { max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.6rem; } h2 { font-size: 1.15rem; margin-top: 2rem; text-transform: capitalize; }
code, pre, input { font-family: ui-monospace, monospace; font-size: .9rem; }
pre { padding: .75rem; overflow-x: auto; border: 1px solid #8886; border-radius: .4rem; }
details { border-top: 1px solid #8884; padding: .35rem 0; } summary { cursor: pointer; }
summary b { display: inline-block; width: 4.5rem; } .error { color: #c0392b; } small { opacity: .75; }
input { width: 100%; padding: .6rem; margin-top: .3rem; box-sizing: border-box; }
input { border: 1px solid #8889; border-radius: .4rem; }
button { margin-top: .9rem; padding: .55rem 1.3rem; border: 0; border-radius: .4rem; background: #3b5bdb; color: #fff; }
button { font: inherit; font-weight: 600; cursor: pointer; }
:focus-visible { outline: 2px solid #748ffc; outline-offset: 2px; }
.card { max-width: 24rem; margin: 14vh auto 0; padding: 1.6rem 1.8rem; border: 1px solid #8885; border-radius: .8rem; }
.card h1 { margin-top: 0; } .note { padding: .75rem 1rem; border-left: 3px solid #3b5bdb; background: #8881; }
"""
_STYLE_HASH = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
CONTENT_SECURITY = (
    f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)


def page(title: str, body: str, status: int = 200) -> HTMLResponse:
    """`body` is markup: whoever makes it escapes."""
    text = (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{escape(title)}</title>'
        f'<meta name="viewport" content="width=device-width"><style>{STYLE}</style><body>{body}'
    )
    return HTMLResponse(text, status, {"Content-Security-Policy": CONTENT_SECURITY})


def sign_in_page(wanted: str, problem: str = "", token: str = "") -> HTMLResponse:
    """`wanted`: where to go then. `token`: what a link brought that somebody must agree to first."""
    words = problem or (FOREIGN_LINK if token else "")
    message = f'<p class="error" role="alert">{escape(words)}</p>' if words else ""
    body = f"""<main class="card"><h1>Sign in to PLynx</h1>{message}
<form method="post" action="/login"><input type="hidden" name="next" value="{escape(wanted)}">
<label>API token <input name="token" type="password" autocomplete="current-password"
placeholder="plx_…" value="{escape(token)}" required autofocus></label><button>Sign in</button></form>
<p><small>The first start of a platform prints a sign-in link; <code>plynx up</code> prints it at every start.
A token is also in <code>client.json</code> of PLYNX_HOME.</small></p></main>"""
    return page("Sign in to PLynx", body, 401 if problem else 200)


FOREIGN_LINK = "A page of another site has sent you here. Sign in with the token of its link only if you trust it."
UNBUILT = """<p class="note">The browser application is not built here: stop the platform, install node 20 or
newer, and start it again with <code>plynx up</code> or <code>make demo</code>; or install the wheel
<code>plynx-web</code>, which carries it. Everything else works without it.</p>"""


def reference_page(document: Mapping[str, Any], who: str, *, has_site: bool) -> HTMLResponse:
    """The API, from its OpenAPI document."""
    groups: dict[str, list[str]] = {}
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            groups.setdefault(operation.get("tags", ["other"])[0], []).append(_entry(path, method, operation))
    sections = "".join(f"<h2>{escape(tag)}</h2>{''.join(entries)}" for tag, entries in groups.items())
    body = f"""<h1>PLynx is running</h1>{'<p><a href="/">To the application</a></p>' if has_site else UNBUILT}
<form method="post" action="/logout"><p>Signed in as <b>{escape(who)}</b>. <button>Sign out</button></p></form>
<p>Start something from a terminal:</p><pre>plynx run docs/examples/hello.yaml --follow
plynx runs ls</pre>
<p>Programs use the REST API below, with the header <code>Authorization: Bearer &lt;token&gt;</code>;
<a href="/openapi.json">openapi.json</a> describes it in full.</p>{sections}"""
    return page("PLynx", body)


def _entry(path: str, method: str, operation: Mapping[str, Any]) -> str:
    description = escape(str(operation.get("description", "")))
    parameters = "".join(map(_parameter, operation.get("parameters", ())))
    return (
        f"<details><summary><b>{escape(method.upper())}</b> <code>{escape(path)}</code> "
        f"<small>{escape(str(operation['operationId']))}</small></summary>"
        f"<p>{description}</p>{f'<ul>{parameters}</ul>' if parameters else ''}{_body(operation)}</details>"
    )


def _parameter(parameter: Mapping[str, Any]) -> str:
    note = escape(str(parameter.get("description", "")))
    return f"<li><code>{escape(parameter['name'])}</code> <small>{escape(parameter['in'])}</small> {note}</li>"


def _body(operation: Mapping[str, Any]) -> str:
    content = cast("dict[str, Any]", operation.get("requestBody", {}).get("content", {}))
    names = [str(kind.get("schema", {}).get("$ref", "any object")).rpartition("/")[2] for kind in content.values()]
    return f"<p>Body: <code>{escape(', '.join(names))}</code></p>" if names else ""
