"""How fast `convlet serve` starts, answers, refuses and ends.

    python -m benchmarks.serving RUN [--seconds 10] [--overload-seconds 60] [--ends 20] [--json]

RUN is a run folder trained on MNIST. Server and client share the machine. Every label is checked against the model's.

- start: from the start of the process until it is ready, the median of five.
- steady: 16 connections, each asking again when it is answered; PNG files of 28x28 test images.
- beside_pages: the same, while another client sends one page after the other.
- overload: five times the rate of `steady`, whether the server keeps up or not; see `benchmarks.overload`.
  `memory` is the server's, in MB, after a warm-up of a quarter of that time, and at the end.
- ends: SIGTERM in the middle of the load of `steady`, repeated; lost are requests without an answer.

Writes `results/serving-RECIPE.json`.
"""

import argparse
import asyncio
import contextlib
import importlib.metadata
import io
import json
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

import convlet
from benchmarks import load, measure, overload
from convlet.system.machine import cores, processor, versions

CONNECTIONS = 16
OVERLOAD = 5


def main() -> None:
    """Measure, save the raw figures and print them."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("run", type=Path)
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--overload-seconds", type=float, default=60)
    parser.add_argument("--ends", type=int, default=20)
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    options = parser.parse_args()
    questions, page = asked(options.run)
    result: dict[str, Any] = {"recipe": convlet.Run(options.run).recipe.name, "connections": CONNECTIONS}
    result["start_seconds"] = statistics.median(start_seconds(options.run) for _ in range(5))
    with server(options.run) as (port, process):
        steady(port, questions, 1)  # warm up
        result["steady"] = steady(port, questions, options.seconds)
        result["beside_pages"] = steady(port, questions, options.seconds, page)
        rate = OVERLOAD * result["steady"]["per_second"]
        result["overload"] = overloaded(port, process.pid, questions, rate, options.overload_seconds)
        result["after_overload"] = steady(port, questions, options.seconds / 2)
    ended = [end(options.run, questions, 0.3 + 0.05 * number) for number in range(options.ends)]
    result["ends"] = {
        "times": len(ended),
        "answered": sum(each["answered"] for each in ended),
        "lost": [reason for each in ended for reason in each["lost"]],
        "wrong": sum(each["wrong"] for each in ended),
        "exit_statuses": sorted({each["status"] for each in ended}),
        "seconds": statistics.median(each["seconds"] for each in ended) if ended else None,
    }
    libraries = {
        name: importlib.metadata.version(name) for name in ("starlette", "uvicorn", "uvloop", "httptools", "pillow")
    }
    result |= {"hardware": {"processor": processor(), "cores": cores()}, "versions": versions() | libraries}
    measure.save(f"serving-{result['recipe']}", result, whole=measure.whole(parser, options))
    print(json.dumps(result, indent=None if options.json else 2))


def asked(run: Path) -> tuple[list[load.Question], load.Question]:
    """Return 500 test images with the model's own answers, and a page of four rows of them."""
    predictor = convlet.Predictor(run)
    images = np.asarray(convlet.load(predictor.signature.dataset).test.images[:500])
    bodies = [png(image[..., 0]) for image in images]
    labels = [answer.label for answer in predictor.predict([predictor.read(body) for body in bodies])]
    rows = [
        np.concatenate([np.pad(image[..., 0], 12) for image in images[8 * row : 8 * row + 8]], axis=1)
        for row in range(4)
    ]
    page = np.kron(np.concatenate(rows), np.ones((2, 2), np.uint8))
    return [load.Question(body, label) for body, label in zip(bodies, labels, strict=True)], load.Question(
        png(page), None, "/predict/page"
    )


def png(pixels: np.ndarray) -> bytes:
    """Return a PNG file of uint8 pixels (height, width)."""
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "PNG")
    return file.getvalue()


@contextlib.contextmanager
def server(run: Path) -> Iterator[tuple[int, "subprocess.Popen[bytes]"]]:
    """Run `convlet serve` with its log in a file; yield its port and process."""
    command = [str(Path(sys.executable).with_name("convlet")), "serve", str(run), "--port", "0"]
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder) / "log"
        with log.open("wb") as file:
            process = subprocess.Popen(command, stderr=file)
        try:
            while b"\n" not in (line := log.read_bytes()[:500]):
                time.sleep(0.002)
            yield int(line.split(b"http://")[1].split()[0].rpartition(b":")[2]), process
        finally:
            process.terminate()
            process.wait()


def start_seconds(run: Path) -> float:
    """Return the seconds from the start of the process until it is ready."""
    began = time.perf_counter()
    with server(run):
        return time.perf_counter() - began


def steady(
    port: int, questions: Sequence[load.Question], seconds: float, beside: load.Question | None = None
) -> dict[str, Any]:
    """Run a closed loop, beside another client's pages if a page is given."""
    found, others = load.Found(), load.Found()

    async def both() -> float:
        with_pages = [load.closed_loop(port, [beside], 1, seconds, others)] if beside else []
        return (await asyncio.gather(load.closed_loop(port, questions, CONNECTIONS, seconds, found), *with_pages))[0]

    took = run_loop(both())
    pages = {"pages": len(others.answered)} if beside else {}
    return {"per_second": len(found.answered) / took, "seconds": took, **pages, **facts(found)}


def overloaded(port: int, pid: int, questions: Sequence[load.Question], rate: float, seconds: float) -> dict[str, Any]:
    """Run an open loop, after a warm-up."""
    overload.overload(port, questions, rate, seconds / 4)
    before = resident(pid)
    senders, probe = overload.overload(port, questions, rate, seconds)
    after = resident(pid)
    return {
        "offered_per_second": rate,
        "sent_per_second": senders.sent / seconds,
        "seconds": seconds,
        "connections": overload.CONNECTIONS,
        "not_sent": senders.skipped,
        "memory": {"before": before, "after": after, "growth": after / before - 1},
        "probe": {"per_second": overload.PROBE_RATE, "late_ms": quantiles(probe.late), **facts(probe)},
        "senders": {"processes": overload.SENDERS, "late_ms": quantiles(senders.late), **facts(senders)},
    }


def resident(pid: int) -> float:
    """Return a process's resident memory in MB. Linux only."""
    (line,) = (line for line in Path(f"/proc/{pid}/status").read_text().splitlines() if line.startswith("VmRSS:"))
    return int(line.split()[1]) / 1024


def end(run: Path, questions: Sequence[load.Question], after: float) -> dict[str, Any]:
    """Send SIGTERM after `after` seconds of load."""
    found = load.Found()
    with server(run) as (port, process):

        async def both() -> float:
            asking = asyncio.create_task(load.until_the_end(port, questions, CONNECTIONS, found))
            await asyncio.sleep(after)
            process.send_signal(signal.SIGTERM)
            began = time.perf_counter()
            await asking
            await asyncio.to_thread(process.wait)
            return time.perf_counter() - began

        seconds = run_loop(both())
    lost = [*found.lost, *(f"status {status}" for status in found.others)]
    return {
        "answered": len(found.answered),
        "lost": lost,
        "wrong": len(found.wrong),
        "status": process.returncode,
        "seconds": seconds,
    }


def facts(found: load.Found) -> dict[str, Any]:
    """Return counts, and quantiles in milliseconds."""
    return {
        "answered": len(found.answered),
        "wrong": len(found.wrong),
        "lost": len(found.lost),
        "other_statuses": {str(status): count for status, count in found.others.items()},
        "answer_ms": quantiles(found.answered),
        "refused": len(found.refused),
        "refusal_ms": quantiles(found.refused),
    }


def quantiles(seconds: Sequence[float]) -> dict[str, float] | None:
    """Return p50, p95, p99 and the longest, in milliseconds."""
    if not seconds:
        return None
    milliseconds = 1000 * np.array(seconds)
    return {f"p{part}": float(np.percentile(milliseconds, part)) for part in (50, 95, 99)} | {
        "max": float(milliseconds.max())
    }


def run_loop(work: Any) -> Any:
    """Return a coroutine's result, run on uvloop."""
    import uvloop

    return uvloop.run(work)


if __name__ == "__main__":
    main()
