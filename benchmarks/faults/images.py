"""Mutated image files through the reader: an answer or an error of convlet, in a second, in bounded memory."""

import io
import os
import sys
import time
from collections import Counter
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
    random = np.random.default_rng(seed)
    seeds = _seeds(random)
    outcomes: Counter[str] = Counter()
    slowest, before = 0.0, 0
    for number in range(count):
        if number == min(_WARM, count // 2):
            before = _resident()
        content = mutated(seeds[int(random.integers(len(seeds)))], random)
        began = time.perf_counter()
        try:
            predictor.read(content)
            outcomes["read"] += 1
        except ConvletError:
            outcomes["error"] += 1
        except Exception as error:  # noqa: BLE001  what must not happen
            outcomes[f"uncaught {type(error).__name__}"] += 1
            print(f"image {number}: {error!r}", file=sys.stderr)
        seconds = time.perf_counter() - began
        slowest = max(slowest, seconds)
        outcomes["slow"] += seconds > _SLOW
    return {"files": count, **outcomes, "slowest_seconds": slowest, "growth_mib": (_resident() - before) / 2**20}


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


def _resident() -> int:
    """Return this process's memory in bytes."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")
