"""Answer a chunk, with the same rows in this process, in a worker and on a cluster."""

import functools
from pathlib import Path

from convlet.prediction.bulk import answers, numbers
from convlet.prediction.bulk.block import Block
from convlet.prediction.bulk.listing import Chunk
from convlet.prediction.pages import Wish
from convlet.prediction.predictor import Predictor


def answer(predictor: Predictor, wish: Wish | None, chunk: Chunk) -> Block:
    """Answer the images of a chunk, as pages if there is a wish how to read them."""
    return answers.answer(predictor, chunk) if wish is None else numbers.read(predictor, chunk, wish)


def answer_with(model: str, wish: Wish | None, chunk: Chunk) -> Block:
    """Do what `answer` does in a worker process, which opens the model file once."""
    return answer(_opened(model), wish, chunk)


@functools.cache
def _opened(model: str) -> Predictor:
    return Predictor(Path(model), threads=1)
