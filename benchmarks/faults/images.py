"""Mutated image files through the reader and the server: an answer or an error, in a second, in bounded memory."""

import http.client
import io
import os
import sys
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

import convlet
from benchmarks.faults.mutants import mutated
from convlet.errors import ConvletError

_FORMATS = ("PNG", "JPEG", "WEBP", "GIF", "BMP", "TIFF", "PPM")
_SLOW = 1.0  # seconds
_WARM = 2_000  # files after which memory is measured first


def images(count: int, predictor: convlet.Predictor, seed: int = 1) -> dict[str, Any]:
    """Read that many mutated files; return what came of them."""

    def read(content: bytes) -> str:
        try:
            predictor.read(content)
        except ConvletError:
            return "error"
        except Exception as error:  # noqa: BLE001  what must not happen
            return f"uncaught {type(error).__name__}"
        return "read"

    return _outcomes(count, read, os.getpid(), seed, time.process_time)  # what else runs does not count


def images_served(count: int, port: int, process: int, seed: int = 1) -> dict[str, Any]:
    """Send that many mutated files to a server, over one connection; return what came of them."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)

    def ask(content: bytes) -> str:
        connection.request("POST", "/predict", content, {"Content-Type": "application/octet-stream"})
        answer = connection.getresponse()
        answer.read()
        refused = 400 <= answer.status < 500
        return "read" if answer.status == 200 else "error" if refused else f"uncaught {answer.status}"

    try:
        return _outcomes(count, ask, process, seed, time.perf_counter)
    finally:
        connection.close()


def _outcomes(
    count: int, read: Callable[[bytes], str], process: int, seed: int, clock: Callable[[], float]
) -> dict[str, Any]:
    random = np.random.default_rng(seed)
    seeds = _seeds(random)
    outcomes: Counter[str] = Counter()
    slowest, before = 0.0, 0
    for number in range(count):
        if number == min(_WARM, count // 2):
            before = resident(process)
        content = mutated(seeds[int(random.integers(len(seeds)))], random)
        began = clock()
        outcome = read(content)
        seconds = clock() - began
        outcomes[outcome] += 1
        if outcome.startswith("uncaught"):
            print(f"image {number}: {outcome}", file=sys.stderr)
        slowest = max(slowest, seconds)
        outcomes["slow"] += seconds > _SLOW
    growth = (resident(process) - before) / 2**20
    return {"files": count, **outcomes, "slowest_seconds": slowest, "growth_mib": growth}


def _seeds(random: np.random.Generator) -> list[bytes]:
    drawn = random.integers(0, 256, (40, 30, 3), dtype=np.uint8)
    pictures = [Image.fromarray(drawn), Image.fromarray(drawn[..., 0]), Image.fromarray(drawn).convert("P")]
    pictures.append(Image.fromarray(np.dstack([drawn, drawn[..., :1]])))
    made = []
    for form in _FORMATS:
        for picture in pictures:
            for options in ({}, {"progressive": True}) if form == "JPEG" else ({},):
                held = io.BytesIO()
                shown = picture if form in ("PNG", "WEBP", "TIFF", "GIF") else picture.convert("RGB")
                shown.save(held, form, **options)
                made.append(held.getvalue())
    return made


def resident(process: int) -> int:
    """Return a process's memory in bytes."""
    pages = int(Path(f"/proc/{process}/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")
