"""Write TensorFlow's SavedModel, a folder."""

import json
from pathlib import Path

from convlet.errors import OutputError
from convlet.exports.format import Folder, Format, Opened, Source
from convlet.system.sums import SUMS, require_sums, write_sums

ENDPOINT = "serve"
_FACTS = Path("assets.extra") / "convlet.json"  # TensorFlow reserves this folder for other programs


def write_graph(source: Source, folder: Path) -> None:
    """Write a SavedModel without the signature.

    Its endpoint `serve` takes `image`, uint8 (n, height, width, channels), any n, and returns float32 (n, classes).
    """
    from convlet.system.engine import keras, tensorflow

    image = tensorflow().TensorSpec((None, *source.signature.input_shape), tensorflow().uint8, name="image")
    archive = keras().export.ExportArchive()
    archive.track(source.model)
    archive.add_endpoint(ENDPOINT, source.model.call, input_signature=[image])
    try:
        archive.write_out(str(folder), verbose=False)
    except tensorflow().errors.OpError as error:  # such as a full disk
        raise OutputError(
            f"cannot write {folder}: {error.message}. Free some space or choose another place, and run it again."
        ) from error


def _write(source: Source, folder: Path) -> None:
    write_graph(source, folder)
    (folder / _FACTS).parent.mkdir()
    (folder / _FACTS).write_text(json.dumps(source.signature.to_metadata(), indent=1), encoding="utf-8")
    write_sums(folder)


def _open(folder: Path) -> Opened:
    from convlet.signature import Signature
    from convlet.system.engine import tensorflow

    require_sums(folder)
    loaded = tensorflow().saved_model.load(str(folder))
    facts = json.loads((folder / _FACTS).read_text(encoding="utf-8"))
    return Signature.from_metadata(facts, str(folder)), lambda images: getattr(loaded, ENDPOINT)(images).numpy()


FORMAT = Format(
    name="saved-model",
    file="saved-model",
    about="TensorFlow SavedModel, float32: TensorFlow Serving and every TensorFlow program",
    write=_write,
    open=_open,
    folder=Folder(
        model=Path("saved_model.pb"),
        mark=_FACTS,
        members=frozenset({"saved_model.pb", "fingerprint.pb", "variables", "assets", "assets.extra", SUMS}),
    ),
    tensorflow=True,
)
