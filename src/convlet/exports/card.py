"""The model card: what a file is, how good it is and what it is not for (Mitchell et al. 2019, "Model Cards for Model Reporting")."""

import re
from dataclasses import dataclass
from pathlib import Path

from convlet.evaluation import Evaluation
from convlet.exports import Agreement
from convlet.run import Run
from convlet.system.files import sha256, write_text

_WRITTEN = {
    "onnx": "ONNX, float32: any program with an ONNX runtime, convlet without Keras",
    "onnx-int8": "ONNX, 8-bit weights and activations (static quantization on training images)",
    "litert": "LiteRT (TensorFlow Lite), float32: phones and boards",
    "saved-model": "TensorFlow SavedModel, float32: TensorFlow Serving and every TensorFlow program",
    "web": "a web page with the model in it, ONNX float32: any file server",
}
_NAMED = 20  # classes
_HEAD = [
    "| file | what | accuracy | same class as Keras | largest difference | bytes | SHA-256 |",
    "|---|---|---|---|---|---|---|",
]
_ROW = re.compile(r"^\| (?P<file>[^|]+) \|.*\| `(?P<digest>[0-9a-f]{64})` \|$", re.MULTILINE)


@dataclass(frozen=True)
class Line:
    """One exported file in the card's table.

    Attributes:
        form: the format's name.
        name: of the file or folder, beside the card.
        model: the file that holds the model.
        bytes: all of it.
        accuracy: on the test split, 0 to 1: measured for int8, the model's for the others, which answer as it does.
        agreement: how it answered beside the Keras model.
    """

    form: str
    name: str
    model: Path
    bytes: int
    accuracy: float
    agreement: Agreement

    def __str__(self) -> str:
        agreed = self.agreement
        same = f"{agreed.agreement:.2%} of {agreed.checked_images:,}"
        figures = (
            f"{self.accuracy:.2%} | {same} | {agreed.max_abs_difference:.1e} | {self.bytes:,} | `{sha256(self.model)}`"
        )
        return f"| {self.name.replace('|', '/')} | {_WRITTEN[self.form]} | {figures} |"


def write_card(folder: Path, stem: str | None, run: Run, judged: Evaluation, line: Line) -> Path:
    """Write the card of a run's exports in one folder, in Markdown. Files that it has told of before, and that are still the same, stay in it.

    Args:
        folder: where the files lie.
        stem: of the file that has a card of its own, STEM.MODEL.md; None for MODEL.md, unless that tells of something else than this run.
        run: where the model was trained.
        judged: the Keras model on the test split.
        line: what was exported now.

    Returns:
        The card.

    Raises:
        OutputError: it cannot be written.
    """
    origin = f"Written by convlet from the run `{run.path.name}`, trained {str(run.manifest['created'])[:16].replace('T', ' ')} UTC."
    path = folder / "MODEL.md"
    if stem or (path.exists() and origin not in _text(path)):
        path = folder / f"{stem or Path(line.name).stem}.MODEL.md"
    rows = [str(line), *_kept(path, origin, line.name)]
    write_text(path, "\n".join([*_about(run, judged, origin), "", "## Files", "", *_HEAD, *sorted(rows)]) + "\n")
    return path


def _kept(path: Path, origin: str, but: str) -> list[str]:
    """The rows of the card that is there, for files beside it that are what they were."""
    text = _text(path)
    rows = _ROW.finditer(text) if origin in text else ()
    return [row.group() for row in rows if row["file"] != but and _digest(path.parent / row["file"]) == row["digest"]]


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, ValueError):
        return ""


def _plain(text: str) -> str:
    """A name from outside, so that Markdown makes nothing of it."""
    return re.sub(r"([\\`*_<>|\[\]])", r"\\\1", text)


def _digest(path: Path) -> str | None:
    file = path / "saved_model.pb" if path.is_dir() else path
    return sha256(file) if file.is_file() else None


def _about(run: Run, judged: Evaluation, origin: str) -> list[str]:
    data, signature, recipe = run.manifest["dataset"], run.predictor().signature, run.recipe
    title = _plain(data["name"])
    low, high = judged.accuracy_interval_95
    names = ", ".join(map(_plain, signature.class_names[:_NAMED])) + (
        ", ..." if len(signature.class_names) > _NAMED else ""
    )
    height, width, channels = signature.input_shape
    ink = signature.form.kind == "ink"
    lines = [
        f"# {title}, recipe `{recipe.name}`",
        "",
        f"A classifier of small images. {origin}",
        "",
        "## What it takes and answers",
        "",
        f"- Input: pixels as they are, uint8 0 to 255, (n, {height}, {width}, {channels}); scaling is inside. Any number of images at once.",
        f"- Answer: the probability of each of {len(signature.class_names)} classes, float32, calibrated: {names}.",
        _threshold(signature.threshold),
        (
            f"- Images are {'ink on a ground, cut out and placed as MNIST was made' if ink else 'whole pictures, resized'}: photographs and drawings have to be "
            "brought into that form first, which `convlet predict` and `convlet serve` do."
        ),
        "",
        "## How good it is",
        "",
        f"- Accuracy on the {judged.n:,} test images of {title}: **{judged.accuracy:.2%}** (95 % interval {low:.2%} to {high:.2%}), calibration error {judged.ece:.2%}.",
    ]
    if (kept := judged.rejection) and kept.accuracy_of_accepted is not None:
        lines.append(
            f"- At its threshold it accepts {kept.accepted:.1%} of them, of which {kept.accuracy_of_accepted:.2%} are right."
        )
    if judged.robustness:
        worst = min(judged.robustness.corruptions.items(), key=lambda item: item[1])
        lines.append(
            f"- Under the fifteen corruptions of MNIST-C: {judged.robustness.mean:.1%} on average, {worst[1]:.1%} under the worst ({worst[0].replace('_', ' ')})."
        )
    return [
        *lines,
        "",
        "## What it is for, and what not",
        "",
        (
            f"It tells {len(signature.class_names)} classes of {title} apart in small images like those it was trained on. It is no judge of anything else: an image of none of the classes is "
            "refused only as far as the threshold goes, other cameras, pens and hands cost accuracy, and nobody should be graded, paid or let in by its answer alone."
        ),
        "",
        "## Where it comes from",
        "",
        f"- Data: {title}, {data['train']:,} training images, SHA-256 `{data['train_sha256']}`.",
        f"- Recipe: `{recipe.name}`, {recipe.epochs} {'epoch' if recipe.epochs == 1 else 'epochs'}, seed {recipe.seed}; every setting is in the run's `recipe.toml`.",
        f"- Versions: {', '.join(f'{name} {version}' for name, version in run.manifest['versions'].items() if version)}.",
    ]


def _threshold(threshold: float | None) -> str:
    if threshold is None:
        return "- It has no threshold: it takes every image for one of its classes."
    return f"- Where the largest probability is below {threshold:.4f} the image counts as none of the classes."
