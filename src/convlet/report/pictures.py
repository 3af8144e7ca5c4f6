"""Choose the images a report shows, and encode them as `data:` URLs."""

import base64
import io
from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from convlet.data.disk import Images

_SIDE = 96  # pixels; larger images are shrunk
_EXACT = 48  # pixels; larger color images are JPEG, a tenth of the size
_BLOCK = 64  # images

CELL = 60  # mistakes shown per cell of the matrix
EXAMPLES = 12  # right answers shown per class
_MISTAKES = 1000  # in total, so that a poor model's report can be mailed

Cells = dict[tuple[int, int], NDArray[np.int64]]


def data_url(pixels: NDArray[np.uint8]) -> str:
    """Encode an image, uint8 (height, width, 1 or 3), as a `data:` URL."""
    height, width, channels = pixels.shape
    image = Image.fromarray(pixels[..., 0] if channels == 1 else pixels)
    if max(height, width) > _SIDE:
        image.thumbnail((_SIDE, _SIDE))
    kind = "jpeg" if channels == 3 and max(height, width) > _EXACT else "png"
    written = io.BytesIO()
    image.save(written, kind, **({"quality": 85} if kind == "jpeg" else {"optimize": True}))
    return f"data:image/{kind};base64,{base64.b64encode(written.getvalue()).decode()}"


def data_urls(images: Images, indices: Iterable[int]) -> dict[int, str]:
    """Encode the images at `indices`, each once; others are not read."""
    wanted = sorted(set(indices))
    parts = (wanted[start : start + _BLOCK] for start in range(0, len(wanted), _BLOCK))
    return {index: data_url(image) for part in parts for index, image in zip(part, images[np.array(part)], strict=True)}


def mistakes(labels: NDArray[np.int64], answers: NDArray[np.int64], confidence: NDArray[np.float32]) -> Cells:
    """Return the indices of each kind of mistake, (label, answer), most confident first."""
    wrong = np.flatnonzero(labels != answers)
    wrong = wrong[np.lexsort((-confidence[wrong], answers[wrong], labels[wrong]))]
    pairs = np.stack([labels[wrong], answers[wrong]], axis=1)
    starts = np.flatnonzero((np.diff(pairs, axis=0, prepend=-1) != 0).any(axis=1))
    return {
        (int(label), int(answer)): part
        for (label, answer), part in zip(pairs[starts], np.split(wrong, starts[1:]), strict=False)
    }


def right_answers(
    labels: NDArray[np.int64], answers: NDArray[np.int64], confidence: NDArray[np.float32], classes: int
) -> Cells:
    """Return right answers for each class, evenly spaced from the least to the most confident."""
    found = {}
    for label in range(classes):
        right = np.flatnonzero((labels == label) & (answers == label))
        if len(right):
            steps = np.linspace(0, len(right) - 1, min(EXAMPLES, len(right))).round().astype(int)
            found[label, label] = right[np.argsort(confidence[right], kind="stable")][steps]
    return found


def at_most(cells: Cells, each: int = CELL, together: int = _MISTAKES) -> Cells:
    """Cut every cell to the same length, at least 1, so that the total stays within bounds."""
    while each > 1 and sum(min(each, len(indices)) for indices in cells.values()) > together:
        each -= 1
    return {cell: indices[:each] for cell, indices in cells.items()}
