"""The tutorial's own program on today's Keras: what convlet is measured against.

`python -m benchmarks.stock [--epochs 5] [--seed 1]` prints one JSON object. convlet only reads the files.
"""

import argparse
import json
import sys
import time
from typing import Any

import numpy as np

import convlet


def main() -> None:
    """Train and evaluate as the tutorial does, and print what it took."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--epochs", type=int, default=5)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    print(json.dumps(measure(options.epochs, options.seed)))


def measure(epochs: int, seed: int) -> dict[str, Any]:
    """The program. Seconds per epoch are those of the training batches alone: validation is taken off."""
    import keras

    mnist = convlet.load("mnist")
    keras.utils.set_random_seed(seed)
    x_train = np.asarray(mnist.train.images).reshape(-1, 28, 28, 1).astype("float32") / 255
    x_test = np.asarray(mnist.test.images).reshape(-1, 28, 28, 1).astype("float32") / 255
    y_train = keras.utils.to_categorical(mnist.train.labels, 10)
    y_test = keras.utils.to_categorical(mnist.test.labels, 10)
    model = keras.Sequential(
        [
            keras.Input((28, 28, 1)),
            keras.layers.Conv2D(32, 5, padding="same", activation="relu"),
            keras.layers.MaxPooling2D(2),
            keras.layers.Conv2D(64, 5, padding="same", activation="relu"),
            keras.layers.MaxPooling2D(2),
            keras.layers.Flatten(),
            keras.layers.Dense(1024, activation="relu"),
            keras.layers.Dropout(0.2),
            keras.layers.Dense(10, activation="softmax"),
        ]
    )
    model.compile(optimizer=keras.optimizers.Adam(1e-4), loss="categorical_crossentropy", metrics=["accuracy"])
    seconds: list[float] = []
    began = [0.0]
    watch = keras.callbacks.LambdaCallback(
        on_epoch_begin=lambda epoch, logs: began.append(time.perf_counter()),
        on_test_begin=lambda logs: seconds.append(time.perf_counter() - began[-1]),
        on_epoch_end=lambda epoch, logs: print(
            f"stock, epoch {epoch + 1}: {seconds[-1]:.1f} s, {logs}", file=sys.stderr, flush=True
        ),
    )
    model.fit(
        x_train, y_train, batch_size=128, epochs=epochs, validation_data=(x_test, y_test), verbose=0, callbacks=[watch]
    )
    trained = list(seconds)
    loss, accuracy = model.evaluate(x_test, y_test, verbose=0)
    return {
        "epochs": epochs,
        "seed": seed,
        "params": model.count_params(),
        "epoch_seconds": trained,
        "accuracy": accuracy,
        "loss": loss,
    }


if __name__ == "__main__":
    main()
