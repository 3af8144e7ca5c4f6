"""What twenty photographs teach a model of pictures, and what it forgets: `python -m benchmarks.teach_pictures`.

A model of the hand signs 0 to 7 is trained by `pictures-small`, then goes on from there with twenty photographs of each
of 8 and 9. Held-out photographs of all ten judge it. The signs come from the folder CONVLET_DATA.
"""

import argparse
import os
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

import convlet
from benchmarks import measure

_OLD, _NEW = [str(digit) for digit in range(8)], ["8", "9"]
_SHOWN = 20  # photographs of each new sign
_HELD_OUT = 40  # of every sign


def main() -> None:
    """Print every figure, and save them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--turns", type=int, default=3)
    options = parser.parse_args()
    signs = convlet.load(Path(os.environ["CONVLET_DATA"]) / "sign-digits" / "images.tar", image_size=64).train
    turns = []
    for turn in range(options.turns):
        with tempfile.TemporaryDirectory() as folder:
            turns.append(_turn(signs, turn, Path(folder)))
        print(turns[-1], file=sys.stderr, flush=True)
    mean = {key: statistics.mean(one[key] for one in turns) for key in turns[0]}
    print(mean)
    measure.save("teach_pictures", {"mean": mean, "turns": turns}, whole=measure.whole(parser, options))


def _turn(signs: Any, turn: int, folder: Path) -> dict[str, float]:
    random = np.random.default_rng(turn)
    rows = {label: random.permutation(np.flatnonzero(signs.labels == label)) for label in range(10)}
    judged = {label: rows[label][:_HELD_OUT] for label in rows}
    train = {int(name): rows[int(name)][_HELD_OUT:] for name in _OLD}
    shown = {int(name): rows[int(name)][_HELD_OUT : _HELD_OUT + _SHOWN] for name in _NEW}
    base = convlet.train(_of(signs, train, judged, _OLD), convlet.recipe("pictures-small", seed=turn), out=folder)
    began = time.perf_counter()
    after = convlet.train(_of(signs, shown, judged, _NEW), base.teaching(_NEW, seed=turn), start=base, out=folder)
    seconds = time.perf_counter() - began
    old = np.concatenate([judged[int(name)] for name in _OLD])
    new = np.concatenate([judged[int(name)] for name in _NEW])
    return {
        "old_before": _right(base, signs, old),
        "old_after": _right(after, signs, old),
        "new_after": _right(after, signs, new),
        "seconds": seconds,
    }


def _of(signs: Any, train: dict[int, Any], judged: dict[int, Any], names: list[str]) -> convlet.Dataset:
    """Return a dataset of some of the signs."""
    picked = np.concatenate([train[int(name)] for name in names])
    held_out = np.concatenate([judged[int(name)] for name in names])
    places = {int(name): place for place, name in enumerate(names)}
    return convlet.Dataset.from_arrays(
        np.asarray(signs.images[picked]),
        np.array([places[label] for label in signs.labels[picked]]),
        class_names=names,
        name="signs",
        test=(np.asarray(signs.images[held_out]), signs.labels[held_out].astype(str).tolist()),
    )


def _right(run: convlet.Run, signs: Any, rows: Any) -> float:
    predictor = run.predictor()
    said = predictor.probabilities(np.asarray(signs.images[rows])).argmax(axis=1)
    names = [predictor.signature.class_names[place] for place in said]
    return float(np.mean([name == str(label) for name, label in zip(names, signs.labels[rows], strict=True)]))


if __name__ == "__main__":
    main()
