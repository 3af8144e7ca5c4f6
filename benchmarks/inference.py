"""The speed of the `fast` net: one image and batches, float32 and int8, one core and two, beside Keras's `predict`.

`python -m benchmarks.inference [--json]` trains the recipe once, calls onnxruntime and Keras in turns, and writes
`results/inference.json`. "One image" is the median of thousands of calls on one core; "batches" are images per second,
the median of five passes over the test images, for Keras of one over 2,048. The int8 model is the float32 one quantized
by onnxruntime, weights and activations, calibrated on 1,000 training images.
"""

import argparse
import json
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

import convlet
from benchmarks import measure

Answer = Callable[[NDArray[np.uint8]], Any]
BATCHES = (1, 16, 256, 1024)


def main() -> None:
    """Measure, keep the raw figures, print them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    options = parser.parse_args()
    mnist = convlet.load("mnist")
    images = np.asarray(mnist.test.images)
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "runs"
        model = Path(measure.train("fast", 1, out)["run"])
        quantize(model / "model.onnx", model / "int8.onnx", np.asarray(mnist.train.images[:1000]))
        rows = [
            timed(name, threads, onnxruntime(model / file, threads), images, mnist.test.labels)
            for threads in (1, 2)
            for name, file in (("float32", "model.onnx"), ("int8", "int8.onnx"))
        ]
        rows.append(timed("Keras predict", 2, keras_predict(model / "model.keras"), images, mnist.test.labels))
        result = {"rows": rows, **measure.machine(out)}
    measure.save("inference", result)
    print(json.dumps(result) if options.json else table(rows))


def timed(
    name: str, threads: int, answer: Answer, images: NDArray[np.uint8], labels: NDArray[np.int64]
) -> dict[str, Any]:
    """Return a row: microseconds for one image, images per second by batch size, and the accuracy."""
    slow = name.startswith("Keras")  # tens of milliseconds a call
    calls, judged = (200, images[:2048]) if slow else (5000, images)
    for image in images[:50]:
        answer(image[np.newaxis])
    microseconds = []
    for index in range(calls):
        image = images[index % len(images)][np.newaxis]
        began = time.perf_counter()
        answer(image)
        microseconds.append(1e6 * (time.perf_counter() - began))
    per_second = {}
    for size in BATCHES[1:]:
        passes = []
        for _ in range(1 if slow else 5):
            began = time.perf_counter()
            for start in range(0, len(judged), size):
                answer(judged[start : start + size])
            passes.append(len(judged) / (time.perf_counter() - began))
        per_second[size] = statistics.median(passes)
    right = (
        np.concatenate(
            [np.asarray(answer(images[start : start + 1000])).argmax(1) for start in range(0, len(images), 1000)]
        )
        == labels
    )
    row = {
        "model": name,
        "threads": threads,
        "one_image_us": statistics.median(microseconds),
        "images_per_second": per_second,
    }
    return {**row, "accuracy": float(right.mean())}


def onnxruntime(file: Path, threads: int) -> Answer:
    """The model in onnxruntime on so many threads."""
    import onnxruntime as ort

    options = ort.SessionOptions()
    options.intra_op_num_threads = threads
    session = ort.InferenceSession(file, options, providers=["CPUExecutionProvider"])
    name = session.get_inputs()[0].name
    return lambda images: session.run(None, {name: images})[0]


def keras_predict(file: Path) -> Answer:
    """`keras.Model.predict`, as most people call it."""
    import keras

    model = keras.models.load_model(file)
    return lambda images: model.predict(images, batch_size=len(images), verbose=0)


def quantize(source: Path, target: Path, images: NDArray[np.uint8]) -> None:
    """Write the model with int8 weights and activations."""
    from onnxruntime.quantization import CalibrationDataReader, QuantType, quantize_static

    class Images(CalibrationDataReader):  # type: ignore[misc]
        def __init__(self) -> None:
            self.batches = iter(np.split(images, 10))

        def get_next(self) -> dict[str, Any] | None:
            batch = next(self.batches, None)
            return None if batch is None else {"image": batch}

    quantize_static(
        source, target, Images(), weight_type=QuantType.QInt8, activation_type=QuantType.QUInt8, per_channel=True
    )


def table(rows: list[dict[str, Any]]) -> str:
    """The figures for reading."""
    sizes = BATCHES[1:]
    lines = [
        f"{'':14} {'cores':>5} {'one image, us':>13}"
        + "".join(f"{f'batch {size}, /s':>16}" for size in sizes)
        + f"{'accuracy':>10}"
    ]
    for row in rows:
        speeds = "".join(f"{row['images_per_second'][size]:16,.0f}" for size in sizes)
        lines.append(f"{row['model']:14} {row['threads']:5} {row['one_image_us']:13.1f}{speeds}{row['accuracy']:10.2%}")
    return "\n".join(lines)


if __name__ == "__main__":
    main()
