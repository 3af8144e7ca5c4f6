"""Share what a run and a study have in common: a folder, its manifest, and its recorded data set."""

from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any, ClassVar

from convlet.data import Dataset, brought_to, load
from convlet.data.sizing import Wanted
from convlet.data.turn import turned
from convlet.errors import DataError, ModelError
from convlet.system.places import read_manifest
from convlet.system.watch import Watch

# The facts that verbs use, with their types; every data set has the first four.
_DATA: dict[str, Any] = {"name": str, "source": str, "data_dir": str | None, "train_sha256": str}
_MORE: dict[str, Any] = {"class_names": list, "image_shape": list, "brought_to": dict | None, "transposed": bool}
_OWN: dict[str, Any] = {
    "status": str,
    "engine": str,
    "recipe": str,
    "objective": str,
    "created": str,
    "hardware": dict,
    "versions": dict,
    "files": dict,
    "process": dict,
    "processes": int,
    "trials": int,
    "start": dict,
}
_START = {"path": str, "sha256": str, "signature": dict}  # the run that this one goes on from


class Recorded:
    """A folder written by a verb.

    Args:
        path: the folder.
        mark: the name of its manifest.
        what: what it should be, for the error.
        verb: the verb that writes such folders.

    Raises:
        ModelError: it has no manifest.
    """

    facts: ClassVar = frozenset({"dataset"})  # that every manifest has

    def __init__(self, path: Path, mark: str, what: str, verb: str) -> None:
        self.path, self._mark = path, mark
        if not (path / mark).is_file():
            raise ModelError(f"{path} is not {what}: it has no {mark}. Expected a folder that `convlet {verb}` wrote.")

    def __repr__(self) -> str:
        return f"{type(self).__name__}({str(self.path)!r})"

    @property
    def manifest(self) -> dict[str, Any]:
        """The content of the manifest.

        Raises:
            ModelError: it is damaged, or lacks what every manifest has.

        Example:
            >>> run.manifest["dataset"]["name"]
            'digits'
        """
        found = read_manifest(self.path / self._mark)
        data = found.get("dataset")
        missing = self.facts - found.keys() or (_DATA.keys() - data.keys() if isinstance(data, dict) else {"dataset"})
        if missing:
            raise ModelError(f"{self.path / self._mark} is damaged: it has no {min(missing)!r}.")
        wrong = _wrong(found, _OWN) or _wrong(found["dataset"], _DATA | _MORE)
        if not wrong and (start := found.get("start")) is not None:
            wrong = _wrong(start, _START) or ("its 'start' lacks a fact" if _START.keys() - start.keys() else "")
        if wrong:
            raise ModelError(f"{self.path / self._mark} is damaged: {wrong}.")
        return found

    def dataset(self, data_dir: str | Path | None = None, **options: Any) -> Dataset:
        """Load the data set it was made with; `options` and errors: see `convlet.load`.

        Example:
            >>> len(run.dataset().train)
            1437
        """
        return load_recorded(self.manifest["dataset"], data_dir, **options)


def _wrong(facts: Mapping[str, Any], types: Mapping[str, Any]) -> str:
    """Return which fact is not of its type, or ""."""
    wrong = [name for name, type_ in types.items() if name in facts and not isinstance(facts[name], type_)]
    return f"its {wrong[0]!r} is {facts[wrong[0]]!r:.60}" if wrong else ""


def recorded(dataset: Dataset) -> dict[str, Any]:
    """Return a data set's source and the SHA-256 of its training split."""
    facts = {
        "name": dataset.name,
        "source": dataset.source,
        "data_dir": dataset.data_dir,
        "train_sha256": dataset.train.sha256,
        "brought_to": dataset.form and {"size": dataset.image_shape[:2], **asdict(dataset.form)},
    }
    return {**facts, "transposed": True} if dataset.transposed else facts


def as_recorded(dataset: Dataset, facts: Mapping[str, Any]) -> Dataset:
    """Return a data set with its images turned and resized like the recorded one's."""
    if facts.get("transposed") and not dataset.transposed:
        dataset = turned(dataset)
    brought = facts.get("brought_to")
    if not brought:
        return dataset
    wanted = Wanted.of(tuple(brought["size"]), brought["fit"], brought["kind"])
    return brought_to(dataset, wanted, Watch())


def load_recorded(facts: Mapping[str, Any], data_dir: str | Path | None = None, **options: Any) -> Dataset:
    """Load a recorded data set, from `data_dir` if given; `options` and other errors: see `convlet.load`.

    Raises:
        DataError: it has moved, or cannot be reached.
    """
    place = Path(facts["source"])
    if place.is_absolute():
        try:
            place.stat()
        except OSError as error:
            raise DataError(
                f"the data set {facts['name']} was at {place}, which cannot be opened now: {error.strerror}. If it has "
                "moved, give its new place as DATASET (in Python, load it with convlet.load)."
            ) from error
    there = facts["data_dir"]
    if data_dir is None and there is not None and Path(there).is_dir():
        data_dir = there
    if brought := facts.get("brought_to"):
        options |= {"image_size": tuple(brought["size"]), "fit": brought["fit"], "kind": brought["kind"]}
    return load(facts["source"], data_dir, transpose=facts.get("transposed", False), **options)
