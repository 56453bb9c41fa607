"""What a page brings over the wire when nothing of it is cached."""

from __future__ import annotations

from collections import Counter
from typing import Any

from tests.benchmarks.browser_opening import Chromium, told

CODE = frozenset({"Script", "Stylesheet", "Document"})
HEADERS = "Headers"


async def bytes_by_kind(chromium: Chromium, path: str, ready: str) -> Counter[str]:
    """Kinds as in the network panel, and `HEADERS`; live sockets do not count. `ready`: shows that all is there."""
    kinds: dict[str, tuple[str, int]] = {}
    found: Counter[str] = Counter()
    async with chromium.tab() as page:
        session = await page.context.new_cdp_session(page)

        def responded(event: dict[str, Any]) -> None:
            kinds[event["requestId"]] = event["type"], int(event["response"]["encodedDataLength"])

        def finished(event: dict[str, Any]) -> None:
            kind, headers = kinds.get(event["requestId"], ("Other", 0))
            found[kind] += int(event["encodedDataLength"]) - headers
            found[HEADERS] += headers

        session.on("Network.responseReceived", responded)
        session.on("Network.loadingFinished", finished)
        await told(session, "Network.enable")
        await page.goto(chromium.url(path), wait_until="networkidle")
        await page.wait_for_selector(ready)
    return found


def code_of(found: Counter[str]) -> int:
    return sum(count for kind, count in found.items() if kind in CODE)
