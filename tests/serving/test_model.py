"""Another model takes the place of the one that answers, while everyone asks."""

import json
import shutil
import threading
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from convlet.errors import ModelError
from convlet.prediction.predictor import Predictor
from convlet.run import Run
from convlet.serving.model import Generation
from convlet.training.teaching.generations import Generations
from tests.images import encoded
from tests.serving.running import Served, answer, held, served

_CLIENTS, _EACH = 4, 60  # requests at the same time, and of each client
_SWAPS = 40


@pytest.fixture(scope="module")
def other(run: Run, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The digits' model with other names for its classes: its answers tell which model gave them."""
    import onnx

    path = tmp_path_factory.mktemp("other") / "model.onnx"
    model = onnx.load(str(run.path / "model.onnx"))
    for fact in model.metadata_props:
        if fact.key == "convlet.class_names":
            fact.value = json.dumps([f"other {name}" for name in json.loads(fact.value)])
    from convlet.system.seal import BLANK, sealed

    for fact in model.metadata_props:
        if "sealed-by-convlet" in fact.value:
            fact.value = BLANK
    path.write_bytes(sealed(model.SerializeToString()))
    return path


@pytest.fixture
def swapping(run: Run) -> Iterator[Served]:
    with served(run.path, queue=1000) as running:
        yield running


def test_requests_end_with_the_model_they_began_with_and_none_is_lost(
    swapping: Served, other: Path, seven: np.ndarray, page: np.ndarray
) -> None:
    model = swapping.server._app.model
    generations = [model.now, Generation(Predictor(other, threads=1), 1)]
    bodies = {
        "/predict": encoded(seven[..., 0]),
        "/predict?input=1&heat=1": encoded(seven[..., 0]),
        "/predict/page": encoded(page),
        f"/v2/models/{swapping.name}/infer": json.dumps(
            {"inputs": [{"name": "image", "datatype": "UINT8", "shape": [1, 8, 8, 1], "data": seven.ravel().tolist()}]}
        ).encode(),
    }
    seen: list[list[set[bool]]] = [[] for _ in range(_CLIENTS)]
    wrong: list[str] = []

    def client(number: int) -> None:
        with swapping.connection() as connection:
            for turn in range(_EACH):
                path, body = list(bodies.items())[(turn + number) % len(bodies)]
                connection.request("POST", path, body)
                given = answer(connection)
                if given.status != 200:
                    wrong.append(f"{path}: {given.status}")
                seen[number].append({name.startswith("other") for name in _names(given.json)})

    threads = [threading.Thread(target=client, args=(number,)) for number in range(_CLIENTS)]
    for thread in threads:
        thread.start()
    for turn in range(_SWAPS):
        model.now = generations[(turn + 1) % 2]
        swapping.ask_undescribed("GET", "/model")
    for thread in threads:
        thread.join()
    assert wrong == []
    assert [len(each) for each in seen] == [_EACH] * _CLIENTS
    assert all(len(names) == 1 for each in seen for names in each)  # of one generation


def _names(facts: dict) -> list[str]:
    """Every class name in an answer."""
    if "outputs" in facts:
        return [str(label) for output in facts["outputs"] if output["name"] == "label" for label in output["data"]]
    if "characters" in facts:
        return [name for one in facts["characters"] for name, _ in one["top"]]
    return [facts["label"], *facts["probabilities"], *(name for name, _ in facts["top"])]


def test_what_waits_is_answered_by_the_model_that_it_met(swapping: Served, other: Path, seven: np.ndarray) -> None:
    model, labels = swapping.server._app.model, []
    body = encoded(seven[..., 0])

    def ask() -> None:
        labels.append(swapping.ask_undescribed("POST", "/predict", body).json["label"])

    threads = []
    with held(swapping.lanes.small):
        for now in (model.now, Generation(Predictor(other, threads=1), 1)):
            model.now = now
            threads.append(threading.Thread(target=ask))
            depth = swapping.lanes.small.depth()
            threads[-1].start()
            while swapping.lanes.small.depth() == depth:
                pass
    for thread in threads:
        thread.join()
    assert sorted(labels) == ["7", "other 7"]


def test_facts_are_those_of_the_model_that_answers(swapping: Served, other: Path) -> None:
    assert "generation" not in swapping.get("/model").json
    swapping.server._app.model.now = Generation(Predictor(other, threads=1), 4)
    facts = swapping.ask_undescribed("GET", "/model").json
    assert facts["generation"] == 4
    assert facts["classes"][0] == "other 0"
    described = swapping.ask_undescribed("GET", "/openapi.json").json["components"]["schemas"]
    assert described["Model"]["properties"]["classes"]["const"][0] == "other 0"
    assert "generation" in described["Model"]["required"]
    outputs = swapping.ask_undescribed("GET", f"/v2/models/{swapping.name}").json["outputs"]
    assert outputs[0]["shape"] == [-1, 10]


def test_a_damaged_generation_takes_nobodys_place(run: Run, tmp_path: Path) -> None:
    generations = Generations(tmp_path, run.path)
    shutil.copytree(run.path, generations.runs / "taught-1")
    generations.offer(generations.runs / "taught-1", {}, {})
    (generations.runs / "taught-1" / "model.onnx").write_bytes(b"nothing")
    with pytest.raises(ModelError):
        Predictor(generations.path(1))
