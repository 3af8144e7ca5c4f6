"""What `convlet tune` finds, how long it takes, and what a kill -9 of it or of a cluster's worker costs.

python -m benchmarks.tuning search            30 trials on MNIST, as a user starts them
python -m benchmarks.tuning kills             a search on digits, killed 20 times at random, beside one that is not
python -m benchmarks.tuning cluster           two workers of Ray, one killed during a trial
"""

import argparse
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import psutil

import convlet
from benchmarks import measure
from benchmarks.measure import in_process, run_json
from convlet.tuning import begin

CONVLET = str(Path(sys.executable).with_name("convlet"))
# Trials long enough to be killed, and no limit of seconds: what is drawn depends on the seed alone.
SPACE = """
learning_rate = {low = 1e-4, high = 1e-2, log = true}
epochs = {low = 10, high = 20}
filters = {choices = [8, 16]}
"""


def search(out: Path, trials: int) -> dict[str, Any]:
    """Search on MNIST; train the best recipe again, and evaluate it on the test set."""
    found = in_process([CONVLET, "tune", "mnist", "--trials", str(trials), "--out", str(out), "--json"])
    trained = run_json(
        [CONVLET, "train", "mnist", "--config", f"{found['study']}/best.toml", "--out", str(out / "runs"), "--json"]
    )
    tested = run_json([CONVLET, "evaluate", trained["run"], "--json"])
    best = found["best"]
    return {
        **{
            key: found[key]
            for key in ("trials", "finished", "pruned", "failed", "seconds", "process_seconds", "peak_memory_mib")
        },
        "best": {key: best[key] for key in ("number", "accuracy", "seconds", "params", "settings")},
        "first": {key: getattr(convlet.Study(found["study"]).trials[0], key) for key in ("accuracy", "seconds")},
        "best_trained_anew": {"test_accuracy": tested["accuracy"], "train_seconds": trained["train_seconds"]},
    }


def kills(out: Path, trials: int, times: int) -> dict[str, Any]:
    """Kill a search again and again at random moments, and compare its trials with an uninterrupted one's."""
    space = out / "space.toml"
    space.write_text(SPACE)
    options = ["--trials", str(trials), "--space", str(space), "--trial-time", "100000", "--json"]
    whole = run_json([CONVLET, "tune", "digits", *options, "--out", str(out / "whole")])
    place, seconds = out / "killed", random.Random(1)  # noqa: S311
    killed: list[dict[str, int]] = []
    command = [CONVLET, "tune", "digits", *options, "--out", str(place)]
    while len(killed) < times:
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(seconds.uniform(4, 14))
        if process.poll() is not None:
            break
        process.kill()
        process.wait()
        if (place / "digits-1").is_dir():
            command = [CONVLET, "tune", "--resume", str(place / "digits-1"), "--trials", str(trials), "--json"]
            states = [trial.state for trial in convlet.Study(place / "digits-1").trials]
            killed.append(
                {"ended": sum(state != "unfinished" for state in states), "unfinished": states.count("unfinished")}
            )
    last = run_json(command)
    before, after = convlet.Study(whole["study"]).trials, convlet.Study(place / "digits-1").trials
    facts = ("number", "state", "accuracy", "settings")
    pairs = [
        [{fact: getattr(one, fact) for fact in facts} for one in both] for both in zip(before, after, strict=False)
    ]
    different = [both for both in pairs if both[0] != both[1]]
    return {
        "kills": len(killed),
        "at_each_kill": killed,
        "trials_asked_for": trials,
        "trials": len(after),
        "numbers_in_order": [trial.number for trial in after] == list(range(trials)),
        "left_unfinished": sum(trial.state == "unfinished" for trial in after),
        "same_as_undisturbed": not different,
        "first_difference": different[0] if different else None,
        "best_accuracy": last["best"]["accuracy"],
    }


def cluster(out: Path, trials: int) -> dict[str, Any]:
    """Search with two workers, and kill one with SIGKILL after its first epoch."""
    from convlet.tuning.cluster import tune_on

    space = out / "space.toml"
    space.write_text(SPACE)
    digits = convlet.load("digits")
    study = begin(digits, convlet.Space.from_toml(space, convlet.recipe("small-data")), trial_seconds=1e5, out=out)
    killed: list[float] = []
    notes: list[str] = []

    def kill_one(what: str, percent: int, _: int, detail: str) -> None:
        if not killed and what.startswith("trial 1 ") and "%" in detail:
            children = psutil.Process().children(recursive=True)
            worker = [child for child in children if "ray::" in " ".join(child.cmdline())][-1]
            killed.append(percent / 100)
            worker.kill()

    began = time.perf_counter()
    watch = convlet.Watch(on_progress=kill_one, on_note=notes.append)
    tune_on("local", study, digits, trials=trials, watch=watch)
    return {
        "killed_at_part": killed,
        "ended_in_order": notes,
        "states": [trial.state for trial in study.trials],
        "best_accuracy": study.best.accuracy if study.best else None,
        "files": sorted(file.name for file in study.path.iterdir() if not file.name.startswith(".")),
        "seconds": time.perf_counter() - began,
    }


def main() -> None:
    """See the module."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=("search", "kills", "cluster"))
    parser.add_argument("--trials", type=int)
    parser.add_argument("--kills", type=int, default=20)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder)
        if chosen.what == "search":
            found = search(out, chosen.trials or 30)
        elif chosen.what == "kills":
            found = kills(out, chosen.trials or 40, chosen.kills)
        else:
            found = cluster(out, chosen.trials or 6)
    whole = chosen.trials is None and measure.whole(parser, chosen)
    print(measure.save(f"tuning-{chosen.what}", found, whole=whole))


if __name__ == "__main__":
    main()
