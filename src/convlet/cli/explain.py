"""`convlet explain`."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from convlet.cli.console import note, result, result_json
from convlet.cli.flags import Json, Model
from convlet.cli.pictures import save
from convlet.cli.words import said
from convlet.errors import DataError


class Method(StrEnum):
    """The methods that find where the model looked."""

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
    out: Annotated[Path | None, typer.Option(help="The picture to write. The default is ./NAME-explained.png.")] = None,
    json: Json = False,
) -> None:
    """Show where a model looked: orange is evidence for the class, blue against it."""
    from convlet import explanations
    from convlet.prediction.predictor import Predictor
    from convlet.reading import upright
    from convlet.reading.show import LONGEST, beside
    from convlet.system.files import real_path, user_path
    from convlet.system.places import resolve

    path = resolve(model)
    predictor = Predictor(path)
    seen = predictor.read(image)
    answer = predictor.predict([seen])[0]
    if answer.empty and label is None:
        raise DataError(
            f"{image} is empty: there is nothing to explain. Name a class with --label to explain it anyway."
        )
    heat = explanations.explain(path, seen, method=method.value, label=label)
    target = user_path(out) if out else Path(f"{image.stem}-explained.png")
    line = f"{said(answer)}   ({method} of {heat.label})"
    drawn = explanations.overlay(seen, heat, kind=predictor.signature.form.kind)
    save(beside(upright(image, LONGEST), seen, line, drawn), target, {real_path(user_path(image))})
    if json:
        values = heat.values.round(4).tolist()
        found = {name: getattr(answer, name) for name in ("label", "probability", "known", "empty")}
        asked = {"method": str(method), "class": heat.label, "heat": values, "picture": str(target)}
        result_json({"input": str(image)} | found | asked)
    else:
        note(line)
        result(str(target))
