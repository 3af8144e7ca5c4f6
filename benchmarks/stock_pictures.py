"""What somebody writes in plain Keras for a folder of pictures: what convlet's default is measured against.

`python -m benchmarks.stock_pictures FOLDER [--mirror] [--seed 1]` trains on FOLDER/train, opens FOLDER/test once, and
prints one JSON object. Six 3x3 convolutions with batch normalization; small shifts, or mirror images for things;
images resized to 32x32; 15 epochs of batch 64.
"""

import argparse
import json
import sys
import time
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

_SIDE = 32


def main() -> None:
    """Train and evaluate, and print what came of it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--mirror", action="store_true", help="mirror half of the images instead of shifting them")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()

    import keras

    layers = keras.layers
    keras.utils.set_random_seed(options.seed)
    (images, labels, classes), (shown, wanted, _) = (_read(options.folder / split) for split in ("train", "test"))
    move = layers.RandomFlip("horizontal") if options.mirror else layers.RandomTranslation(0.06, 0.06)
    model = keras.Sequential([keras.Input((_SIDE, _SIDE, 3)), move, layers.Rescaling(1 / 255)])
    for filters in (32, 64, 128):
        for _ in range(2):
            model.add(layers.Conv2D(filters, 3, padding="same", use_bias=False))
            model.add(layers.BatchNormalization(momentum=0.9))
            model.add(layers.Activation("relu"))
        model.add(layers.MaxPooling2D())
    model.add(layers.Flatten())
    model.add(layers.Dropout(0.3))
    model.add(layers.Dense(classes, activation="softmax"))
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    began = time.perf_counter()
    tell = keras.callbacks.LambdaCallback(
        on_epoch_end=lambda epoch, logs: print(f"stock, epoch {epoch + 1}: {logs}", file=sys.stderr, flush=True)
    )
    model.fit(images, labels, batch_size=64, epochs=15, verbose=0, callbacks=[tell])
    seconds = time.perf_counter() - began
    right = model.predict(shown, verbose=0).argmax(axis=1) == wanted
    print(
        json.dumps(
            {
                "accuracy": float(right.mean()),
                "balanced_accuracy": float(np.mean([right[wanted == label].mean() for label in range(classes)])),
                "params": model.count_params(),
                "train_seconds": seconds,
            }
        )
    )


def _read(folder: Path) -> tuple[NDArray[np.float32], NDArray[np.int64], int]:
    """Return images (n, 32, 32, 3), labels (n,) and the number of classes."""
    import keras

    batches = keras.utils.image_dataset_from_directory(folder, image_size=(_SIDE, _SIDE), shuffle=False, verbose=False)
    images, labels = zip(*((image.numpy(), label.numpy()) for image, label in batches), strict=True)
    return np.concatenate(images), np.concatenate(labels), len(batches.class_names)


if __name__ == "__main__":
    main()
