"""The long form of `test_fuzz.py`: `python -m tests.contract.api.fuzz --examples 1000 --seed 7`.

What it tells the fuzzer of our API is in `subject.py`: good bodies, ids that exist, and the one table of rules that no
schema can say. What was found is printed with the request as a `curl`; the seed that is printed last gives it again.
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
from pathlib import Path

import httpx

from tests.contract.api.harness import Report, examined
from tests.contract.api.platform import running_platform
from tests.contract.api.seeds import sown
from tests.contract.api.subject import config, with_examples


def fuzzed(home: Path, *, seed: int, examples: int, whole: bool = True) -> Report:
    """A platform of its own, asked about everything that its OpenAPI document names."""
    with running_platform(home) as platform:
        seeds = sown(platform)
        headers = {"Authorization": f"Bearer {platform.token}"}
        document = httpx.get(f"{platform.url}/openapi.json", headers=headers).raise_for_status().json()
        settings = config(document, seeds, seed=seed, examples=examples, whole=whole)
        return examined(with_examples(document, seeds), platform.url, platform.token, settings)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--examples", type=int, default=1000, help="of each operation, beside the systematic ones")
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(2**32))
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as home:
        report = fuzzed(Path(home), seed=chosen.seed, examples=chosen.examples)
    lines = (
        report.text(),
        f"seed {chosen.seed}: {report.requests} requests, {len(report.failures)} failures",
        f"never successful: {', '.join(sorted(report.unsuccessful)) or 'none'}",
    )
    sys.stdout.write("\n".join(lines) + "\n")
    return 1 if report.failures or report.errors else 0


if __name__ == "__main__":
    sys.exit(main())
