"""Pictures as people have them, of every kind and size, and a small model of pictures."""

import io
from pathlib import Path

import numpy as np
from PIL import Image

from convlet.signature import Form, Signature

SHAPE = (24, 40, 3)
FORM = Form(fit="crop")


def scene(width: int, height: int) -> Image.Image:
    """A picture that no turn and no mirror leaves as it is, smooth at every size."""
    y, x = np.mgrid[0 : 1 : height * 1j, 0 : 1 : width * 1j]
    red = 40 + 190 * np.exp(-((x - 0.25) ** 2 + (y - 0.3) ** 2) / 0.02)
    green = 60 + 150 * x * y
    blue = 200 - 120 * y + 40 * np.sin(9 * x)
    return Image.fromarray(np.stack([red, green, blue], axis=-1).clip(0, 255).round().astype(np.uint8))


def oddities() -> dict[str, bytes]:
    """Files by name."""
    disc = Image.fromarray(255 * (np.hypot(*np.mgrid[-1:1:90j, -1:1:120j]) < 0.8).astype(np.uint8))
    clear, white = scene(120, 90), Image.new("RGB", (120, 90), "white")
    clear.putalpha(disc)
    white.putalpha(disc)
    deep = Image.fromarray(np.asarray(scene(70, 50).convert("L")).astype(np.uint16) * 257)
    turned = {f"turned-{turn}.jpg": _file(scene(150, 100), "JPEG", turn) for turn in range(1, 9)}
    return turned | {
        "small.png": _file(scene(20, 14), "PNG"),
        "same.png": _file(scene(40, 24), "PNG"),
        "tall.png": _file(scene(60, 200), "PNG"),
        "large.jpg": _file(scene(1500, 1100), "JPEG"),
        "large-turned.jpg": _file(scene(2400, 1600), "JPEG", 6),
        "large.png": _file(scene(1300, 700), "PNG"),
        "grey.jpg": _file(scene(130, 90).convert("L"), "JPEG"),
        "palette.png": _file(scene(100, 80).quantize(64), "PNG"),
        "clear.png": _file(clear, "PNG"),
        "white-on-clear.png": _file(white, "PNG"),
        "sixteen-bits.png": _file(deep, "PNG"),
        "turned.png": _file(scene(90, 60), "PNG", 6),
        "turned.webp": _file(scene(90, 60), "WEBP", 6),
    }


def save_model(path: Path) -> Path:
    """Write a `.keras` file of a model of pictures with two classes."""
    from convlet.models.keras_file import save_keras
    from convlet.system.engine import keras

    layers = keras().layers
    net = keras().Sequential(
        [
            keras().Input(SHAPE, dtype="uint8"),
            layers.Rescaling(1 / 255),
            layers.Conv2D(4, 3, activation="relu"),
            layers.Flatten(),
            layers.Dense(2, activation="softmax", name="probabilities"),
        ]
    )
    signature = Signature(
        input_shape=SHAPE, class_names=("ant", "bee"), preprocessing="none", dataset="odd", recipe="odd", form=FORM
    )
    save_keras(net, signature, path)
    return path


def _file(image: Image.Image, kind: str, turn: int = 1) -> bytes:
    exif = Image.Exif()
    exif[0x0112] = turn
    file = io.BytesIO()
    options = {"quality": 95, "subsampling": 0} if kind == "JPEG" else {"lossless": True} if kind == "WEBP" else {}
    image.save(file, kind, exif=exif, **options)
    return file.getvalue()
