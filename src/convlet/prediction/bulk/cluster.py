"""Answer chunks on the machines of a Ray cluster, in order."""

import logging
import pickle
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from convlet.errors import DataError
from convlet.prediction.bulk.block import Block
from convlet.prediction.bulk.listing import Inputs
from convlet.prediction.bulk.work import answer
from convlet.prediction.pages import Wish
from convlet.prediction.predictor import Predictor


class _Actor:
    """A process of the cluster, which reads the images itself."""

    def __init__(self, suffix: str, wish: Wish | None, model: list[Any], inputs: list[Any]) -> None:
        import ray

        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / f"model{suffix}"
            file.write_bytes(ray.get(model[0]))
            self.predictor = Predictor(file, threads=1)
        self.wish = wish
        self.inputs: Inputs = ray.get(inputs[0])

    def __call__(self, batch: dict[str, Any]) -> dict[str, Any]:
        rows = [answer(self.predictor, self.wish, self.inputs.chunk(start)) for start in batch["start"].tolist()]
        return {"rows": np.array([pickle.dumps(one) for one in rows], object)}


def on_cluster(ray: Any, model: Path, wish: Wish | None, inputs: Inputs, start: int) -> Iterator[Block]:
    """Answer the inputs, beginning with image `start`, on every core of the cluster. Ray replaces workers that die.

    Args:
        ray: the connected module.
        model: an `.onnx` or `.keras` file, sent to the workers.
        wish: how pages are read; None for single images.
        inputs: the workers read them under the same paths.
        start: where a chunk begins.

    Raises:
        DataError: the cluster failed, or cannot run convlet.
    """
    context = ray.data.DataContext.get_current()
    logging.getLogger("ray.data").setLevel(logging.ERROR)  # not earlier: its import sets the level
    context.enable_progress_bars = False
    context.execution_options.preserve_order = True
    cores = max(1, int(ray.cluster_resources().get("CPU", 1)))
    held = [ray.put(model.read_bytes())], [ray.put(inputs)]  # kept for restarted actors
    answered = ray.data.from_items([{"start": begin} for begin in inputs.starts(start)]).map_batches(
        _Actor,
        fn_constructor_args=(model.suffix, wish, *held),
        batch_size=1,
        compute=ray.data.ActorPoolStrategy(min_size=1, max_size=cores),
    )
    try:
        for row in answered.iter_rows():
            rows: Block = pickle.loads(row["rows"])  # noqa: S301  from our own workers
            yield rows
    except ray.exceptions.RayError as error:
        raise DataError(
            f"the cluster failed: {str(error).strip().splitlines()[-1]}. Each machine needs this version of convlet. "
            "Earlier answers are kept. Repeat the command to resume."
        ) from error
