"""The memory of a process and of all that it has started, sampled while it runs."""

import re
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

EVERY = 0.1  # seconds


def watch(process: "subprocess.Popen[bytes]", samples: list[tuple[float, float, int]]) -> None:
    """Append the time, the MiB of a process and all it has started, and their number, until it ends."""
    while process.poll() is None:
        memory = [_resident(one) for one in _tree(process.pid)]
        samples.append((time.time(), sum(memory), len(memory)))
        time.sleep(EVERY)


def _tree(root: int) -> Iterator[int]:
    """A process and all it has started."""
    yield root
    for children in Path(f"/proc/{root}/task").glob("*/children"):
        try:
            for child in map(int, children.read_text().split()):
                yield from _tree(child)
        except OSError:
            continue


def _resident(process: int) -> float:
    """MiB."""
    try:
        found = re.search(r"VmRSS:\s+(\d+)", Path(f"/proc/{process}/status").read_text())
    except OSError:
        return 0.0
    return int(found[1]) / 1024 if found else 0.0
