"""Make the model in the box, `src/convlet/box/digits`: `python -m benchmarks.box [--config FILE] [--quick | --judge]`.

It trains by the recipe, seed and data that the model there has on record (or by another recipe FILE), judges the new
model on MNIST's test images and on what strangers drew, and puts it in the place of the old one, with its card. Then it
judges it on rendered photographs and pages, which takes longest, and adds that to the card: `--quick` leaves it out,
`--judge` does only that. No such image chooses anything. It needs MNIST and `ink` in the folder CONVLET_DATA.
"""

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

import convlet
from benchmarks import measure, strangers
from convlet.run.history import Epoch
from convlet.run.kept import KEPT
from convlet.system.box import DIGITS, FOLDER
from convlet.system.files import replacing_folder, sha256, write_text
from convlet.system.places import MANIFEST

ROOT = Path(__file__).resolve().parents[1]
CARD = "MODEL.md"
# What the box holds of a run. Its plots and its report are made anew by `convlet evaluate digits --out DIR`.
SHIPPED = (
    "recipe.toml",
    "history.csv",
    "metrics.json",
    "evaluation-test.json",
    "model.keras",
    "model.onnx",
    KEPT,
    CARD,
)


def trained(out: Path, config: Path | None = None) -> convlet.Run:
    """Train the model in the box anew, or one by another recipe file.

    Raises:
        ValueError: MNIST's training images are not those on record.
    """
    data = convlet.load("mnist")
    if config:
        recipe = convlet.Recipe.from_toml(config)
    else:
        recipe, facts = convlet.Run(DIGITS).recipe, convlet.Run(DIGITS).manifest["dataset"]
        now = data.with_validation(recipe.validation_fraction).train.sha256
        if now != facts["train_sha256"]:
            raise ValueError(f"MNIST's training images have the SHA-256 {now}; on record is {facts['train_sha256']}.")
    return convlet.train(data, recipe, out=out, watch=convlet.Watch(on_epoch=_told))


def _told(epoch: Epoch) -> None:
    print(epoch, file=sys.stderr, flush=True)


def compared(before: convlet.Run, after: convlet.Run) -> dict[str, float]:
    """Compare the answers of two trainings on MNIST's test images, and their losses in training."""
    images = convlet.load("mnist").test.images
    old, new = (run.predictor().probabilities(images) for run in (before, after))
    losses = np.array([[epoch.loss for epoch in run.history] for run in (before, after)])
    return {
        "same_class": float((old.argmax(axis=1) == new.argmax(axis=1)).mean()),
        "largest_difference": float(np.abs(old - new).max()),
        "mean_difference": float(np.abs(old - new).mean()),
        "largest_difference_of_loss": float(np.abs(losses[0] - losses[1]).max()),
    }


def main() -> None:
    """Train, judge, and replace the model in the box."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--config", type=Path, help="another recipe than the one on record")
    parser.add_argument("--quick", action="store_true", help="without photographs and pages")
    parser.add_argument("--judge", action="store_true", help="only photographs and pages, of the model that is there")
    parser.add_argument("--pictures", type=Path, help="where rendered pictures are kept")
    options = parser.parse_args()
    if not options.judge:
        _make(options.config)
    if not options.quick:
        _judge(options.pictures)
    print((FOLDER / DIGITS / CARD).read_text(encoding="utf-8"))


def _make(config: Path | None) -> None:
    commit = _commit()
    with tempfile.TemporaryDirectory() as temporary:
        run = convlet.Run(trained(Path(temporary) / "runs", config).path.rename(Path(temporary) / DIGITS))
        if (FOLDER / DIGITS / MANIFEST).is_file():
            print(json.dumps(compared(convlet.Run(DIGITS), run), indent=2))
        convlet.export(run, "onnx")  # which writes the card, and judges the model
        predictor = run.predictor()
        found = {name: strangers.judged(predictor, *group) for name, group in strangers.strokes(predictor).items()}
        about = {name: run.manifest[name] for name in ("hardware", "versions")}
        measure.save("box", {**found, "kept": _kept(run), **about})
        run.update(made={"command": "python -m benchmarks.box", "commit": commit})
        _ship(run, found)


def _judge(pictures: Path | None) -> None:
    run = convlet.Run(DIGITS)
    with tempfile.TemporaryDirectory() as temporary:
        found = strangers.measured(DIGITS, strangers.Sets(run.predictor(), pictures or Path(temporary)))
        measure.save("box", measure.load("box") | found)
        _ship(convlet.Run(shutil.copytree(run.path, Path(temporary) / DIGITS)), found)


def _ship(run: convlet.Run, found: Mapping[str, Any]) -> None:
    """Complete a run's card, and put the run in the box without what is of this machine's folders."""
    card = (run.path / CARD).read_text(encoding="utf-8").partition(_STRANGERS)[0]
    write_text(run.path / CARD, card + _more(run, found))
    facts = run.manifest["dataset"] | {"data_dir": None}
    run.update(dataset=facts, files={name: sha256(run.path / name) for name in SHIPPED})
    FOLDER.mkdir(exist_ok=True)
    with replacing_folder(FOLDER / DIGITS, Path(MANIFEST), {MANIFEST, *SHIPPED}) as folder:
        for name in (MANIFEST, *SHIPPED):
            shutil.copyfile(run.path / name, folder / name)


def _commit() -> str:
    """Return the commit that makes the model; it ends here if the code is no commit's."""
    git = ["git", "-C", str(ROOT)]
    changed = subprocess.run(
        [*git, "status", "--porcelain", "src", ":!src/convlet/box"], capture_output=True, check=True
    )
    if changed.stdout:
        sys.exit(
            f"the code has changes that are in no commit, which the card could not name:\n{changed.stdout.decode()}"
        )
    return subprocess.run([*git, "rev-parse", "HEAD"], capture_output=True, check=True, text=True).stdout.strip()


def _kept(run: convlet.Run) -> dict[str, int]:
    kept = run.kept_images()
    held_out = len(kept.held_out) if kept and kept.held_out else 0
    return {"images": len(kept) if kept else 0, "of validation": held_out}


def _more(run: convlet.Run, found: Mapping[str, Any]) -> str:
    """Return what the card says beyond that of an export."""
    rows = [
        f"| {title} | {found[name]['images']:,} | {found[name]['accuracy']:.2%} | {1 - found[name]['known']:.1%} |"
        for name, title in _GROUPS.items()
        if name in found
    ]
    kept, recipe, commit = _kept(run), run.recipe, run.manifest["made"]["commit"]
    if pages := found.get("pages"):
        rows.append(
            f"| characters on rendered pages, right and in order | {pages['characters']:,} "
            f"| {pages['read_right_and_in_order']:.2%} | |"
        )
    return f"""{_STRANGERS}
| what | images | right | called unknown |
|---|---|---|---|
{chr(10).join(rows)}

None of these were trained on, and none chose the seed or a setting of this model. The reader and
the recipe were developed with the drawings and Semeion. `python -m benchmarks.box` measures all of
it, and `python -m benchmarks.strangers RUN` the same of any run.

## The images beside it

`{KEPT}` has {kept["images"]:,} of MNIST's training images, {kept["of validation"]:,} of them held out from training.
`convlet train MINE --from {DIGITS}` shows them again beside new ones, so that what was learned is not
forgotten. They are Yann LeCun's and Corinna Cortes's, derived from NIST's, unchanged, under
[CC BY-SA 3.0](https://creativecommons.org/licenses/by-sa/3.0/).

## Made by one command

`python -m benchmarks.box` trains it from `recipe.toml` and the training images named above, in
{recipe.precision}, with {recipe.replicas} replicas of one thread each (here at commit
`{commit}`). MNIST's test images chose nothing. Processors with the same
instructions come to the same bits, whatever their number of cores; others round sums differently,
and then some 20 of the 10,000 test images are answered otherwise.
"""


_STRANGERS = "\n## On what strangers wrote\n"
_GROUPS = {
    "drawn": "drawings of three people, on a canvas or a tablet",
    "semeion": "Semeion: digits of 80 people in 16x16 black and white",
    "photographs": "photographs, rendered from MNIST's test images",
}

if __name__ == "__main__":
    main()
