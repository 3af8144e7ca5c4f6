"""Write one checked file, from a `.keras` file."""

from pathlib import Path
from typing import TYPE_CHECKING

from convlet.errors import CheckError
from convlet.exports.check import Agreement, Images, compare, require
from convlet.exports.format import Format, Source

if TYPE_CHECKING:
    from convlet.data import Split


def write(
    format: Format,  # noqa: A002  # the field's word
    source: Path,
    path: Path,
    images: Images,
    *,
    train: "Split | None" = None,
    runtime: Path | None = None,
) -> Agreement:
    """Write a Keras model in another format, with its signature, if it answers like the model on `images`.

    Args:
        format: one of `FORMATS`.
        source: a `.keras` file.
        path: the file or folder to write; an earlier export there is replaced.
        images: uint8 (n, height, width, channels), real ones.
        train: see `Source`.
        runtime: see `Source`.

    Raises:
        ModelError: `source` cannot be opened, or has a layer the format cannot express.
        UsageError: see `Format.require_engine`.
        CheckError: it answers differently; nothing is kept.
        OutputError: it cannot be written, or something else is at `path`; nothing is left behind.
    """
    from convlet.models.keras_file import load_keras
    from convlet.system.files import replacing, replacing_folder

    format.require_engine()
    model, signature = load_keras(source)
    folder = format.folder
    with replacing_folder(path, folder.mark, folder.members) if folder else replacing(path) as made:
        format.write(Source(model=model, signature=signature, train=train, runtime=runtime), made)
        written, answers = format.open(made)
        if written != signature:
            raise CheckError(f"the {format.name} export has a different signature from the model. Nothing was kept.")
        found = compare(answers, model, images)
        require(found, format.limits, format.name)
    return found
