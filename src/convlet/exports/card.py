"""Write the model card: what a file is, how good it is, what it is not for.

Mitchell et al. 2019, "Model Cards for Model Reporting" (arXiv:1810.03993).
"""

import re
from pathlib import Path

from convlet.evaluation import Evaluation
from convlet.exports.check import Agreement
from convlet.exports.format import CARD, Format
from convlet.exports.formats import FORMATS
from convlet.run import Run
from convlet.system.files import sha256, write_text
from convlet.system.text import shown

_NAMED = 20  # classes
_ROW = re.compile(r"^\| (?P<file>[^|]+) \|.*\| `(?P<digest>[0-9a-f]{64})` \|$", re.MULTILINE)


def write_card(
    run: Run,
    judged: Evaluation,
    format: Format,  # noqa: A002  # the field's word
    path: Path,
    size: int,
    accuracy: float,
    agreement: Agreement,
) -> Path:
    """Write the card of a run's exports in one folder, as Markdown, and return its path.

    Listed files that have not changed stay listed. The card is called `MODEL.md`, or STEM.MODEL.md next to a file whose
    name the user chose or a `MODEL.md` about something else. `judged` is the Keras model on the test split; the rest is
    about the new file or folder at `path`, of `size` bytes.

    Raises:
        OutputError: the card cannot be written.
    """
    created = str(run.manifest["created"])[:16].replace("T", " ")
    called = shown(run.path.name).replace("`", "'")
    origin = f"Written by convlet from the run `{called}`, trained {created} UTC."
    model = format.model(path)
    folder = path if format.holds_card else path.parent
    name = str((model if format.holds_card else path).relative_to(folder))
    card = folder / CARD
    chosen = not format.holds_card and path.name not in {one.file for one in FORMATS.values()}
    if chosen or (card.exists() and origin not in _text(card)):
        card = folder / f"{Path(name).stem}.{CARD}"
    row = (
        f"| {shown(name).replace('|', '/')} | {format.about} | {accuracy:.2%} "
        f"| {agreement.agreement:.2%} of {agreement.checked_images:,} | {agreement.max_abs_difference:.1e} "
        f"| {size:,} | `{sha256(model)}` |"
    )
    rows = [row, *_kept(card, origin, name)]
    write_text(card, _about(run, judged, origin) + "\n".join(sorted(rows)) + "\n")
    return card


def _kept(card: Path, origin: str, but: str) -> list[str]:
    """Return the rows of a card for unchanged files."""
    text = _text(card)
    rows = _ROW.finditer(text) if origin in text else ()
    return [row.group() for row in rows if row["file"] != but and row["digest"] in _digests(card.parent / row["file"])]


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, ValueError):
        return ""


def _digests(path: Path) -> set[str]:
    models = {one.model(path) for one in FORMATS.values()}
    return {sha256(model) for model in models if model.is_file()}


_PICTURES = {
    "pad": "whole pictures, resized, and padded with the color of their border if their shape differs",
    "crop": "pictures, resized, and cropped to their middle if their shape differs",
    "stretch": "whole pictures, stretched to this size",
}


def _about(run: Run, judged: Evaluation, origin: str) -> str:
    data, signature, recipe = run.manifest["dataset"], run.predictor().signature, run.recipe
    title = _plain(data["name"])
    low, high = judged.accuracy_interval_95
    figures = ", ".join(f"{name} {value}" for name, value, _ in judged.figures()[1:])
    count = len(signature.class_names)
    names = ", ".join(map(_plain, signature.class_names[:_NAMED])) + (", ..." if count > _NAMED else "")
    height, width, channels = signature.input_shape
    form = signature.form
    images = "ink on a background, cut out and placed as in MNIST" if form.kind == "ink" else _PICTURES[form.fit]
    versions = ", ".join(f"{name} {version}" for name, version in run.manifest["versions"].items() if version)
    threshold = (
        "It has no threshold: it assigns every image to one of its classes."
        if signature.threshold is None
        else f"If the largest probability is below {signature.threshold:.4f}, the image counts as none of the classes."
    )
    return f"""# {title}, recipe `{recipe.name}`

A classifier of small images. {origin}

## What it takes and answers

- Input: raw pixels, uint8 0 to 255, (n, {height}, {width}, {channels}); the model scales them. Any n.
- Answer: the probability of each of {count} classes, float32, calibrated: {names}.
- {threshold}
- Images are {images}. Photographs and drawings need the same preparation, which `convlet predict` and \
`convlet serve` do.

## How good it is

- Accuracy on the {judged.n:,} test images of {title}: **{judged.accuracy:.2%}** \
(95 % interval {low:.2%} to {high:.2%}), {figures}.
{_measured(judged)}
## What it is for, and what it is not for

It tells {count} classes of {title} apart in small images like those it was trained on, and nothing else. It \
refuses images of other things only as far as its threshold goes. Other cameras, pens and hands cost accuracy. \
Nobody should be graded, paid or admitted by its answer alone.

## Origin

- Data: {title}, {data["train"]:,} training images, SHA-256 `{data["train_sha256"]}`.
- Recipe: `{recipe.name}`, {recipe.epochs} {"epoch" if recipe.epochs == 1 else "epochs"}, seed {recipe.seed}; \
every setting is in the run's `recipe.toml`.
- Versions: {versions}.

## Files

| file | what | accuracy | same class as Keras | largest difference | bytes | SHA-256 |
|---|---|---|---|---|---|---|
"""


def _measured(judged: Evaluation) -> str:
    lines = ""
    if (kept := judged.rejection) and kept.accuracy_of_accepted is not None:
        lines += (
            f"- At its threshold it accepts {kept.accepted:.1%} of them, and is right on "
            f"{kept.accuracy_of_accepted:.2%} of those.\n"
        )
    if judged.robustness:
        name, worst = min(judged.robustness.corruptions.items(), key=lambda item: item[1])
        lines += (
            f"- Under the fifteen corruptions of {judged.robustness.collection}: {judged.robustness.mean:.1%} on "
            f"average, {worst:.1%} under the worst ({name.replace('_', ' ')}).\n"
        )
    return lines


def _plain(text: str) -> str:
    """Escape somebody else's name for Markdown."""
    return re.sub(r"([\\`*_<>|\[\]])", r"\\\1", text)
