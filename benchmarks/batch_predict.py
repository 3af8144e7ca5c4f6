"""Bulk prediction against a bare loop: `python -m benchmarks.batch_predict [--images N] [--rounds 3] [--kills 5]`.

Writes PNG files of 28x28 pixels (MNIST's training images, repeated, a little darker each time) into a folder per
class, and classifies them in turns:

- bare: one process reads each file with Pillow and runs onnxruntime on the fastest batch size, answers in memory;
- threads: the same, with a reading thread per core;
- convlet: `convlet predict FOLDER --out results.parquet`, with its table on disk, resumable parts and `known`.

Times are those of whole processes. Memory is the largest sum of the resident pages of a process and its descendants,
sampled every 50 ms (Linux). Then the command is killed (SIGKILL) at random moments and repeated until it finishes, and
its table compared with an undisturbed one. Without `--model RUN` a model is trained first. Writes
`results/batch-predict.json`, or `batch-predict-IMAGES.json`.
"""

import argparse
import contextlib
import hashlib
import json
import os
import random
import resource
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

import convlet
from benchmarks import measure
from convlet.system.machine import cores, processor, versions

MILLION = 1_000_000
BATCHES = (64, 256, 1024)
TRIED = 4096  # images by which the bare loop's batch is chosen


def main() -> None:
    """Measure, keep the raw figures, print them."""
    if sys.argv[1:2] == ["bare"]:
        bare(*sys.argv[2:5], batch=int(sys.argv[5]), threads=int(sys.argv[6]))
        return
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--images", type=int, default=MILLION)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--kills", type=int, default=5)
    parser.add_argument("--model", help="a run folder of MNIST; without it the recipe `fast` is trained")
    parser.add_argument("--scratch", help="where the images go; the default is the folder for temporary files")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=options.scratch or measure.large_folder()) as scratch:
        result = compare(
            Path(scratch), options.images, options.rounds, options.kills, options.model or trained(Path(scratch))
        )
    name = "batch-predict" if options.images == MILLION else f"batch-predict-{options.images}"
    measure.save(name, result, whole=measure.whole(parser, options))
    print(json.dumps(result, indent=None if options.json else 2))


def trained(scratch: Path) -> str:
    """A run of the recipe `fast`."""
    command = str(Path(sys.executable).with_name("convlet"))
    return str(
        measure.run_json([command, "train", "mnist", "--recipe", "fast", "--out", str(scratch / "runs"), "--json"])[
            "run"
        ]
    )


def compare(scratch: Path, images: int, rounds: int, kills: int, model: str) -> dict[str, Any]:
    """The three in turns, then the kills."""
    from pyarrow import parquet

    folder, out = scratch / "images", scratch / "results.parquet"
    write(folder, images)
    program = [
        sys.executable,
        "-m",
        "benchmarks.batch_predict",
        "bare",
        str(Path(model) / "model.onnx"),
        str(folder),
        str(scratch / "bare.npy"),
    ]
    batch = min(BATCHES, key=lambda size: min(watched([*program, str(size), "-1"])["seconds"] for _ in range(2)))
    predict = [
        str(Path(sys.executable).with_name("convlet")),
        "predict",
        model,
        str(folder),
        "--out",
        str(out),
        "--overwrite",
        "--json",
    ]
    commands = {
        "bare": [*program, str(batch), "0"],
        "threads": [*program, str(batch), str(cores())],
        "convlet": predict,
    }
    taken: dict[str, list[dict[str, Any]]] = {name: [] for name in commands}
    for number in range(rounds):
        for name in list(commands)[number % 3 :] + list(commands)[: number % 3]:
            taken[name].append(watched(commands[name]))
    seconds = {name: statistics.median(one["seconds"] for one in runs) for name, runs in taken.items()}
    labels = parquet.read_table(out, columns=["label"])["label"].to_numpy(zero_copy_only=False).astype(np.int64)
    same = float((labels == np.load(scratch / "bare.npy")).mean())
    return {
        "images": images,
        "model": convlet.Predictor(model).signature.name,
        "cores": cores(),
        "processor": processor(),
        "versions": versions(),
        "bare_batch": batch,
        "images_per_second": {name: images / median for name, median in seconds.items()},
        "times_as_fast_as_bare": seconds["bare"] / seconds["convlet"],
        "times_as_fast_as_threads": seconds["threads"] / seconds["convlet"],
        "peak_memory_mib": max(one["peak_memory_mib"] for one in taken["convlet"]),
        "same_label_as_bare": same,
        "runs": taken,
        **killed(predict, out, kills, seconds["convlet"]),
    }


def write(folder: Path, images: int) -> None:
    """Write PNG files, in a folder per class."""
    mnist = convlet.load("mnist").train
    for label in range(10):
        (folder / str(label)).mkdir(parents=True)
    for number in range(images):
        turn, index = divmod(number, len(mnist))
        pixels = (np.asarray(mnist.images[index])[..., 0] * (1 - 0.01 * turn)).astype(np.uint8)
        Image.fromarray(pixels).save(folder / str(mnist.labels[index]) / f"{number:07d}.png", compress_level=6)


def bare(model: str, folder: str, out: str, *, batch: int, threads: int) -> None:
    """Run the obvious loop; `threads` is 0 for none, -1 for none and few images."""
    import onnxruntime

    session = onnxruntime.InferenceSession(model, providers=["CPUExecutionProvider"])
    name = session.get_inputs()[0].name
    paths = sorted(map(str, Path(folder).glob("*/*.png")))
    paths = paths[:TRIED] if threads < 0 else paths
    answers = np.empty(len(paths), np.int64)
    with ThreadPoolExecutor(threads) if threads > 0 else contextlib.nullcontext() as pool:
        for start in range(0, len(paths), batch):
            some = paths[start : start + batch]
            images = np.stack(list(pool.map(read, some) if pool else map(read, some)))[..., np.newaxis]
            answers[start : start + batch] = session.run(None, {name: images})[0].argmax(axis=1)
    np.save(out, answers)
    print(json.dumps({"images": len(paths)}))


def read(path: str) -> np.ndarray[Any, Any]:
    """One image's pixels."""
    with Image.open(path) as image:
        return np.asarray(image)


def watched(command: list[str]) -> dict[str, Any]:
    """Run a command that prints JSON; measure its time, CPU time and memory, with all its descendants."""
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    peak, ended = [0], threading.Event()

    def look() -> None:
        while not ended.wait(0.05):
            peak[0] = max(peak[0], sum(map(resident, family(process.pid))))

    watcher = threading.Thread(target=look)
    watcher.start()
    said, _ = process.communicate()
    seconds = time.perf_counter() - began
    ended.set()
    watcher.join()
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if process.returncode:
        raise SystemExit(f"{command} ended with {process.returncode}")
    used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    output = {key: value for key, value in json.loads(said).items() if key != "path"}
    return {"seconds": seconds, "processor_seconds": used, "peak_memory_mib": peak[0] / 2**20, "output": output}


def killed(command: list[str], out: Path, kills: int, seconds: float) -> dict[str, Any]:
    """Kill the command at random moments, repeat it until it finishes, and compare its table with the undisturbed."""
    expected, chance = sha256(out), random.Random(0)  # noqa: S311
    out.unlink()
    command = [word for word in command if word != "--overwrite"]
    moments, left = [], 0
    for _ in range(kills):
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        moment = chance.uniform(0.1, 1.5) * seconds / max(1, kills)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(moment)
        if process.poll() is not None:
            break
        below = family(process.pid)[1:]
        process.send_signal(signal.SIGKILL)
        process.wait()
        patience = time.monotonic() + 20  # one that was just started reads its pipe late
        while any(map(resident, below)) and time.monotonic() < patience:
            time.sleep(0.1)
        left += sum(resident(one) > 0 for one in below)
        moments.append(moment)
    last = measure.run_json(command) if not out.exists() else {}
    return {
        "killed_after_seconds": moments,
        "processes_left_by_kills": left,
        "answered_before_the_last_run": last.get("answered_before"),
        "images_after_kills": last.get("images"),
        "same_table_after_kills": sha256(out) == expected,
    }


def sha256(path: Path) -> str:
    """Hash a file."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def family(pid: int) -> list[int]:
    """Return a process and its descendants."""
    found = [pid]
    for parent in found:
        for children in Path(f"/proc/{parent}/task").glob("*/children"):
            with contextlib.suppress(OSError):
                found += map(int, children.read_text(encoding="ascii").split())
    return found


def resident(pid: int) -> int:
    """Return the resident bytes of a process; 0 if it has ended."""
    try:
        return int(Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, ValueError):
        return 0


if __name__ == "__main__":
    main()
