"""The model card: what a file is, how good it is and what it is not for (Mitchell et al. 2019, "Model Cards for Model Reporting")."""

from collections.abc import Sequence
from pathlib import Path

from convlet.evaluation import Evaluation
from convlet.export import Agreement
from convlet.files import sha256
from convlet.machine import versions
from convlet.run import Run

_WRITTEN = {
    "onnx": "ONNX, float32: any program with an ONNX runtime, convlet without Keras",
    "onnx-int8": "ONNX, 8-bit weights and activations (static quantization on training images)",
    "litert": "LiteRT (TensorFlow Lite), float32: phones and boards",
    "saved-model": "TensorFlow SavedModel, float32: TensorFlow Serving and every TensorFlow program",
    "web": "a static web page with the model as ONNX: any file server",
}
_NAMED = 20  # classes


def card(
    run: Run, judged: Evaluation, form: str, files: Sequence[Path], folder: Path, agreement: Agreement, own: Evaluation | None = None
) -> str:
    """The card of an exported model, in Markdown.

    Args:
        run: where it was trained.
        judged: the Keras model on the test split.
        form: the format's name.
        files: what was written.
        folder: what their names are relative to.
        agreement: how the export answered beside the Keras model.
        own: the exported model's own figures on the test split, where they differ from the Keras model's.
    """
    data, signature, recipe = run.manifest["dataset"], run.predictor().signature, run.recipe
    shown = own or judged
    low, high = shown.accuracy_interval_95
    names = ", ".join(signature.class_names[:_NAMED]) + (", ..." if len(signature.class_names) > _NAMED else "")
    height, width, channels = signature.input_shape
    ink = signature.form.kind == "ink"
    lines = [
        f"# {data['name']}, recipe `{recipe.name}`",
        "",
        f"{_WRITTEN[form]}. Written by convlet from the run `{run.path.name}`, trained {str(run.manifest['created'])[:10]}.",
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
        f"- Accuracy on the {shown.n:,} test images of {data['name']}: **{shown.accuracy:.2%}** (95 % interval {low:.2%} to {high:.2%}), calibration error {shown.ece:.2%}.",
    ]
    if own:
        lines.append(f"- The float32 model has {judged.accuracy:.2%}: {100 * (judged.accuracy - own.accuracy):+.2f} points lost by 8 bits.")
    if (kept := shown.rejection) and kept.accuracy_of_accepted is not None:
        lines.append(f"- At its threshold it accepts {kept.accepted:.1%} of them, of which {kept.accuracy_of_accepted:.2%} are right.")
    if judged.robustness:
        worst = min(judged.robustness.corruptions.items(), key=lambda item: item[1])
        lines.append(
            f"- Under the fifteen corruptions of MNIST-C: {judged.robustness.mean:.1%} on average, {worst[1]:.1%} under the worst ({worst[0].replace('_', ' ')})."
        )
    lines += [
        f"- Checked beside the Keras model on {agreement.checked_images:,} images: the same class on {agreement.agreement:.2%}, probabilities differ by {agreement.max_abs_difference:.1e} at most.",
        "",
        "## What it is for, and what not",
        "",
        (
            f"It tells {len(signature.class_names)} classes of {data['name']} apart in small images like those it was trained on. It is no judge of anything else: an image of none of the classes is "
            "refused only as far as the threshold goes, other cameras, pens and hands cost accuracy, and nobody should be graded, paid or let in by its answer alone."
        ),
        "",
        "## Where it comes from",
        "",
        f"- Data: {data['name']}, {data['train']:,} training images, SHA-256 `{data['train_sha256']}`.",
        f"- Recipe: `{recipe.name}`, {recipe.epochs} epochs, seed {recipe.seed}; every setting is in the run's `recipe.toml`.",
        f"- Versions: {', '.join(f'{name} {version}' for name, version in versions().items() if version)}.",
        "",
        "| file | bytes | SHA-256 |",
        "|---|---|---|",
        *(f"| {file.relative_to(folder)} | {file.stat().st_size:,} | `{sha256(file)}` |" for file in files),
    ]
    return "\n".join(lines) + "\n"


def _threshold(threshold: float | None) -> str:
    if threshold is None:
        return "- It has no threshold: it takes every image for one of its classes."
    return f"- Where the largest probability is below {threshold:.4f} the image counts as none of the classes."
