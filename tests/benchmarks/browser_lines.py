"""How soon a line that a script has written is seen by whoever follows the log."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from playwright.async_api import Page

from tests.benchmarks.browser_opening import PATIENCE, Chromium
from tests.benchmarks.rest import Platform

LINES = 200
# Of no fixed length, so that the lines do not march in step with whoever collects them.
SCRIPT = """echo ready
until [ -e {gate} ]; do read -rt 0.02 <> <(:) || true; done
for i in {{1..{lines}}}; do
  echo "line $i written at $EPOCHREALTIME"
  printf -v pause '0.%03d' $((RANDOM % 120 + 5))
  read -rt $pause <> <(:) || true
done"""
WATCH = """() => {
  const log = document.querySelector("[role=log]");
  window.seen = {};
  const note = () => {
    const fresh = [...log.textContent.matchAll(/line (\\d+) written at (\\d+[.]\\d{6})/g)]
      .filter(([, number]) => !(number in window.seen));
    if (fresh.length === 0) return;
    for (const [, number] of fresh) window.seen[number] = null;
    // What is in the document is on the screen after the next frame.
    requestAnimationFrame(() => {
      const { port1, port2 } = new MessageChannel();
      port1.onmessage = () => {
        const now = Date.now() / 1000;
        for (const [, number, written] of fresh) window.seen[number] = now - Number(written);
      };
      port2.postMessage(null);
    });
  };
  new MutationObserver(note).observe(log, { childList: true, subtree: true, characterData: true });
}"""
ALL_SEEN = "count => { const all = Object.values(window.seen); return all.length === count && !all.includes(null); }"


async def line_latencies(chromium: Chromium, platform: Platform, scratch: Path, lines: int = LINES) -> list[float]:
    """Seconds, of each line."""
    gate = scratch / "gate"
    gate.unlink(missing_ok=True)
    run = await platform.submit(_one(SCRIPT.format(gate=gate, lines=lines)))
    async with chromium.tab() as page:
        await page.goto(chromium.url(f"/runs/{run}?node=n0&tab=logs"))
        await page.wait_for_selector("[role=log]")
        await page.evaluate(WATCH)
        gate.touch()
        latencies = await _of_all(page, lines)
    await platform.end_of(run)
    return latencies


async def _of_all(page: Page, lines: int) -> list[float]:
    await page.wait_for_function(ALL_SEEN, arg=lines, timeout=PATIENCE)
    return list((await page.evaluate("window.seen")).values())


def _one(script: str) -> bytes:
    operation: dict[str, Any] = {"name": "one", "kind": "command", "cmd": script, "cacheable": False}
    graph = {"nodes": [{"id": "n0", "operation": "one"}], "operations": {"one": operation}}
    return json.dumps({"graph": graph}).encode()
