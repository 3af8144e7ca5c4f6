"""Whether another version of the source serves faster: `python -m benchmarks.versions SRC THEIR_RUN RUN [--turns 20]`.

SRC is the `src` folder of the other version, THEIR_RUN a run that it trained, RUN the same of this version. Both
servers stay up and answer the load of `benchmarks.serving` in turns, so that a machine whose speed drifts treats both
alike. `ratio` is the median over the turns of this version's rate to the other's. So do whole processes of `convlet
predict` on one picture, of which the processor's seconds count.
"""

import argparse
import contextlib
import dataclasses
import json
import os
import statistics
import sys
import tempfile
from pathlib import Path

from benchmarks import load, serving
from benchmarks.faults.called import draw_one

_SECONDS = 1.5


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("source", type=Path, metavar="SRC")
    parser.add_argument("their_run", type=Path)
    parser.add_argument("run", type=Path)
    parser.add_argument("--turns", type=int, default=20)
    options = parser.parse_args()
    runs = {"theirs": options.their_run.absolute(), "ours": options.run.absolute()}
    source = {"theirs": str(options.source.absolute()), "ours": str(Path(__file__).parents[1] / "src")}
    asked, page = serving.asked(runs["ours"])
    asked = [dataclasses.replace(question, label=None) for question in asked]  # two nets, two opinions
    with contextlib.ExitStack() as stack:
        ports = {}
        for who, run in runs.items():
            os.environ["PYTHONPATH"] = source[who]
            ports[who], _ = stack.enter_context(serving.server(run))
            serving.steady(ports[who], asked, 2)  # warm up
        found = {"steady": _in_turns(ports, asked, None, options.turns)}
        found["beside_pages"] = _in_turns(ports, asked, page, options.turns)
    starts: dict[str, list[float]] = {who: [] for who in runs}
    for _ in range(options.turns):
        for who, run in runs.items():
            os.environ["PYTHONPATH"] = source[who]
            starts[who].append(serving.start_seconds(run))
    found["start_seconds"] = {who: round(statistics.median(each), 3) for who, each in starts.items()}
    found["predict"] = _predicted(source, runs, options.turns)
    print(json.dumps(found, indent=2))


def _predicted(source: dict[str, str], runs: dict[str, Path], turns: int) -> dict[str, float]:
    """Return the median seconds of the processor of a process that answers one picture, and the ratio's."""
    seconds: dict[str, list[float]] = {who: [] for who in runs}
    with tempfile.TemporaryDirectory() as held:
        picture = Path(held) / "one.png"
        draw_one(picture)
        for turn in range(turns):
            for who in sorted(runs, reverse=bool(turn % 2)):
                command = [sys.executable, "-m", "convlet", "predict", str(runs[who]), str(picture)]
                child = os.posix_spawn(sys.executable, command, os.environ | {"PYTHONPATH": source[who]})
                _, status, used = os.wait4(child, 0)
                if status:
                    raise RuntimeError(f"{who}: convlet predict ended with {os.waitstatus_to_exitcode(status)}")
                seconds[who].append(used.ru_utime + used.ru_stime)
    ratios = [ours / theirs for ours, theirs in zip(seconds["ours"], seconds["theirs"], strict=True)]
    medians = {who: round(statistics.median(each), 3) for who, each in seconds.items()}
    return {**medians, "ratio": round(statistics.median(ratios), 3)}


def _in_turns(
    ports: dict[str, int], asked: list[load.Question], page: load.Question | None, turns: int
) -> dict[str, float]:
    rates: dict[str, list[float]] = {who: [] for who in ports}
    for turn in range(turns):
        for who in sorted(ports, reverse=bool(turn % 2)):
            rates[who].append(serving.steady(ports[who], asked, _SECONDS, page)["per_second"])
    ratios = [ours / theirs for ours, theirs in zip(rates["ours"], rates["theirs"], strict=True)]
    medians = {who: round(statistics.median(each)) for who, each in rates.items()}
    quarters = statistics.quantiles(ratios, n=4)
    return {
        **medians,
        "ratio": round(quarters[1], 3),
        "quarter": round(quarters[0], 3),
        "three_quarters": round(quarters[2], 3),
    }


if __name__ == "__main__":
    main()
