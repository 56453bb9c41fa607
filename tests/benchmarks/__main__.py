"""`make bench`: starts a platform of its own, embedded or on real servers, or measures the one at `--url`."""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
from collections.abc import AsyncGenerator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

from tests.benchmarks import report
from tests.benchmarks.embedded import embedded
from tests.benchmarks.idling import QUIET, idle_cost, quiet_machine
from tests.benchmarks.latencies import dispatch, in_words, log_lines
from tests.benchmarks.measuring import Bench, Result, Sample, WrongResult
from tests.benchmarks.profiling import profiled
from tests.benchmarks.rest import connected
from tests.benchmarks.started import Started
from tests.benchmarks.workloads import SHAPES, Links, Shape

ROOT = Path(__file__).resolve().parents[2]
WORKLOADS = ("W0", "W1", "W2", "W3", "W5", "W6")


def parsed(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    parser.add_argument("--only", nargs="+", choices=WORKLOADS, default=WORKLOADS, help="workloads, by default all")
    parser.add_argument("--links", nargs="+", choices=("order", "data"), default=("order", "data"))
    parser.add_argument("--repetitions", type=int, default=3)
    parser.add_argument(
        "--on", choices=("embedded", "servers"), default="embedded", help="what is started where there is no --url"
    )
    parser.add_argument("--latencies", action="store_true", help="also how soon nodes start, and log lines arrive")
    parser.add_argument("--url", help="of a running platform; by default one is started")
    parser.add_argument("--token", default="", help="API token for --url")
    parser.add_argument("--pid", type=int, help="first process of the platform at --url, to count CPU and memory")
    parser.add_argument("--idle", type=float, default=10.0, help="seconds for which the idle platform is watched first")
    parser.add_argument("--quiet", type=float, default=0.0, help="seconds to wait for a quiet machine, each time")
    parser.add_argument(
        "--attempts", type=int, default=0, help="on a busy machine: as many at most, of which the least disturbed count"
    )
    parser.add_argument("--profile", type=Path, help="directory for one py-spy profile per workload (slows it down)")
    parser.add_argument("--history", default="", help="name of the history to append to, such as 'embedded'")
    return parser.parse_args(arguments)


def wanted(only: list[str]) -> Iterator[Shape]:
    """W5 is what a second run of W3 takes."""
    names = ["W3" if name == "W5" else name for name in only]
    for name in dict.fromkeys(names):
        yield from SHAPES[name]()


async def measured(bench: Bench, shape: Shape, links: Links, options: argparse.Namespace) -> list[Result]:
    results = [Result(shape.name, shape.title, links, len(shape.nodes))]
    if shape.name == "W3" and "W5" in options.only:
        results.append(Result("W5", f"{shape.title}, cached", links, len(shape.nodes)))
    tries: list[list[Sample]] = []
    while len(tries) < max(options.attempts, options.repetitions):
        await quiet_machine(options.quiet)
        tries.append(await bench.sample(shape, links, again=len(results) == 2))
        if sum(_disturbance(each) < QUIET for each in tries) >= options.repetitions:
            break
    for samples in sorted(tries, key=_disturbance)[: options.repetitions]:
        for result, sample in zip(results, samples, strict=True):
            result.samples.append(sample)
    return results


def _disturbance(samples: list[Sample]) -> float:
    """What makes a try worth less; never how fast it was."""
    return samples[0].others or 0.0


@asynccontextmanager
async def platform(options: argparse.Namespace, home: Path) -> AsyncGenerator[Started]:
    if options.url is not None:
        yield Started(options.url, options.token, (options.pid,) if options.pid else ())
    elif options.on == "embedded":
        async with embedded(home) as started:
            yield started
    else:
        from tests.benchmarks.separate import separate  # noqa: PLC0415 (the drivers of all servers)

        async with separate(home) as started:
            yield started


async def main(options: argparse.Namespace) -> int:
    results, measured_at = list[Result](), report.circumstances(ROOT)
    async with AsyncExitStack() as stack:
        scratch = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="plynx-bench-")))
        started = await stack.enter_async_context(platform(options, scratch / "home"))
        client = await stack.enter_async_context(connected(started.url, started.token, started.probes))
        pids = (*started.pids, *started.server_pids)
        bench = Bench(client, scratch, pids)
        idle = await idle_cost(started.pids, options.idle) if pids and options.idle else None
        if options.latencies:
            print(in_words("dispatch", await dispatch(client, scratch)))
            print(in_words("log line", await log_lines(client)))
        for links in options.links:
            for shape in wanted(options.only):
                with profiled(started.pids, options.profile, f"{shape.name.replace('/', '-')}-{links}"):
                    results += await measured(bench, shape, links, options)
                print(f"{results[-1].workload} {links}: {results[-1].seconds:.3f} s", file=sys.stderr)
    report.show(results)
    print(report.growth(results))
    if idle:
        print(f"idle: {idle['cpu_percent']:.2f} % of a core, {idle['memory'] / 1e6:.0f} MB")
    if options.history:
        print(f"kept in {report.keep(report.history_line(results, idle, measured_at), options.history)}")
    return 0


if __name__ == "__main__":
    try:
        sys.exit(asyncio.run(main(parsed(sys.argv[1:]))))
    except WrongResult as error:
        sys.exit(f"wrong result: {error}")
