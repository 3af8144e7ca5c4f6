"""Power cuts while files are replaced: each is then whole, the last one said to be written or a later one."""

import contextlib
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.faults import disk

_WRITER = """
import sys
from pathlib import Path
from convlet.system.files import replacing
from convlet.system.places import write_manifest

folder = Path(sys.argv[1])
for generation in range(1, 1_000_000):
    write_manifest(folder / "run.json", {"generation": generation, "filler": "x" * 3000})
    with replacing(folder / "state.bin", folder / "before.bin") as temporary:
        temporary.write_bytes(generation.to_bytes(8, "big") * 5000)
    print(generation, flush=True)
"""


def cuts(count: int, seed: int = 1) -> dict[str, Any]:
    """Cut the power that often; return what was found."""
    random = np.random.default_rng(seed)
    whole = lost = undone = unflushed = generations = nothing_said = 0
    with tempfile.TemporaryDirectory() as held:
        library = disk.compiled(Path(held))
        for number in range(count):
            place = Path(held) / f"{number}"
            below = place / "runs"
            below.mkdir(parents=True)
            said = _written_until_killed(library, place, below, float(random.uniform(0.05, 0.25)))
            moved, emptied = disk.cut(place / "journal", below, random)
            undone, unflushed, generations = undone + moved, unflushed + emptied, generations + said
            manifest = _manifest(below / "run.json")
            state = max(_generation(below / name) for name in ("state.bin", "before.bin"))
            nothing_said += said == 0
            if min(state, manifest) >= said:
                whole += 1
            else:
                lost += 1
                print(f"cut {number}: said {said}, state {state}, manifest {manifest}", file=sys.stderr)
    return {
        "cuts": count,
        "whole_and_not_older_than_said": whole,
        "lost_or_older": lost,
        "of_these_before_anything_was_said": nothing_said,
        "generations_written": generations,
        "moves_undone": undone,
        "files_whose_unflushed_content_was_lost": unflushed,
    }


def _written_until_killed(library: Path, place: Path, below: Path, seconds: float) -> int:
    """Let a process replace files for so long, kill it, and return the last generation it said was written."""
    environment = disk.forgetting(library, below, place / "journal", place / "kept")
    output = place / "said"
    with output.open("wb") as out:
        writer = subprocess.Popen([sys.executable, "-c", _WRITER, str(below)], env=environment, stdout=out)
        while not output.stat().st_size and writer.poll() is None:
            time.sleep(0.005)
        time.sleep(seconds)
        writer.kill()
        writer.wait()
    words = output.read_text().split("\n")[:-1]
    return int(words[-1]) if words else 0


def _generation(path: Path) -> int:
    """Return the generation of a whole file, else 0."""
    content = path.read_bytes() if path.is_file() else b""
    first = content[:8]
    return int.from_bytes(first, "big") if first and content == first * 5000 else 0


def _manifest(path: Path) -> int:
    from convlet.errors import ConvletError
    from convlet.system.places import read_manifest

    with contextlib.suppress(ConvletError):
        return int(read_manifest(path)["generation"])
    return 0
