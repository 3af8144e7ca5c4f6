"""`convlet explain`."""

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from convlet.cli.console import note, result, result_json
from convlet.cli.flags import Json, Model
from convlet.cli.pictures import save
from convlet.cli.predict import said
from convlet.errors import DataError, UsageError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from convlet.explanations import Heat
    from convlet.prediction.predictor import Predictor


class Method(StrEnum):
    """The ways to find out where the model looked."""

    OCCLUSION = "occlusion"
    GRAD_CAM = "grad-cam"
    INTEGRATED_GRADIENTS = "integrated-gradients"


def explain(
    model: Model,
    image: Annotated[Path, typer.Argument(help="A photograph, scan or drawing.")],
    method: Annotated[
        Method, typer.Option(help="occlusion works with every model; the others need a run folder or a .keras file.")
    ] = Method.OCCLUSION,
    label: Annotated[str | None, typer.Option(help="The class to ask about. The default is the answer.")] = None,
    out: Annotated[
        Path | None, typer.Option(help="The picture to write. The default is NAME-explained.png here.")
    ] = None,
    json: Json = False,
) -> None:
    """Show where a model looked: orange speaks for the class, blue against it."""
    from convlet.explanations import overlay
    from convlet.prediction.predictor import EMPTY, Predictor
    from convlet.reading import upright
    from convlet.reading.show import beside
    from convlet.run import resolve
    from convlet.system.files import user_path

    path = resolve(model)
    predictor = Predictor(path)
    names = predictor.signature.class_names
    if label is not None and label not in names:
        raise UsageError(f"--label {label}: the model has no such class. Its classes are: {', '.join(names)}.")
    seen = predictor.read(image)
    answer = predictor.predict([seen])[0]
    if answer.label == EMPTY and label is None:
        raise DataError(
            f"{image} shows nothing, so there is nothing to explain. Name a class with --label to ask anyway."
        )
    heat = _heat(path, predictor, seen, method, label)
    target = user_path(out) if out else Path(f"{image.stem}-explained.png")
    if target.resolve() == user_path(image).resolve():
        raise UsageError(
            f"--out {target} is the picture to explain. Choose another name: your files are never overwritten."
        )
    line = f"{said(answer)}   ({method} of {heat.label})"
    save(beside(upright(image), seen, line, overlay(seen, heat)), target)
    if json:
        values = heat.values.round(4).tolist()
        found = {"input": str(image), "label": answer.label, "probability": answer.probability, "known": answer.known}
        result_json(found | {"method": str(method), "class": heat.label, "heat": values, "picture": str(target)})
    else:
        note(line)
        result(str(target))


def _heat(path: Path, predictor: "Predictor", seen: "NDArray[np.uint8]", method: Method, label: str | None) -> "Heat":
    from convlet.explanations import grad_cam, integrated_gradients, occlusion

    if method is Method.OCCLUSION:
        return occlusion(predictor, seen, label)
    source = path / "model.keras" if path.is_dir() else path
    if source.suffix != ".keras":
        raise UsageError(
            f"--method {method} needs a Keras model, which {path} is not. "
            "Give the run folder, or use --method occlusion."
        )
    return (grad_cam if method is Method.GRAD_CAM else integrated_gradients)(source, seen, label)
