"""Pages drawn to keep a server busy: how long each takes; one of hundreds of characters takes seconds."""

import time
from typing import Any

import numpy as np
from numpy.typing import NDArray

import convlet

_SIDE = 1200  # pixels


def busy_pages(run: convlet.Run) -> dict[str, Any]:
    """Read each page on one core; return its seconds of the processor and its characters."""
    predictor = convlet.Predictor(run, threads=1)
    predictor.read_page(_checks(600))  # imports, caches
    found = {}
    for name, page in _pages().items():
        began = time.process_time()
        characters = len(predictor.read_page(page))
        found[name] = {"seconds": time.process_time() - began, "characters": characters}
    return found | {"slowest_seconds": max(one["seconds"] for one in found.values())}


def _pages() -> dict[str, NDArray[np.uint8]]:
    random = np.random.default_rng(1)
    pages = {f"squares of {side}": _checks(side) for side in (1, 2, 3, 5, 8, 12, 20, 30, 50)}
    pages |= {f"{count} blobs": _blobs(count, random) for count in (150, 560, 1400)}
    stripes = (np.arange(_SIDE) // 3 % 2 * 255).astype(np.uint8)
    return pages | {
        "noise": random.integers(0, 256, (_SIDE, _SIDE), dtype=np.uint8),
        "dots": np.where(random.random((_SIDE, _SIDE)) < 0.02, 0, 255).astype(np.uint8),
        "stripes": np.tile(stripes, (_SIDE, 1)),
        "stripes across": np.tile(stripes[:, np.newaxis], (1, _SIDE)),
    }


def _checks(side: int) -> NDArray[np.uint8]:
    y, x = np.mgrid[:_SIDE, :_SIDE] // side
    checks: NDArray[np.uint8] = ((y + x) % 2 * 255).astype(np.uint8)
    return checks


def _blobs(count: int, random: np.random.Generator) -> NDArray[np.uint8]:
    page = np.full((_SIDE, _SIDE), 255, np.uint8)
    across = int(np.ceil(count**0.5))
    apart = _SIDE // across
    size = int(apart * 0.6)
    for number in range(count):
        y, x = (place * apart + apart // 5 for place in divmod(number, across))
        page[y : y + size, x : x + size] = random.integers(0, 60, (size, size))
    return page
