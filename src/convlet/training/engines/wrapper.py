"""Wrap a net in a model, for training steps that are not Keras's own."""

from typing import Any

from convlet.system.engine import keras


def wrapper() -> Any:
    """Return a subclass of `keras.Model` that answers like its net; subclass it to replace its steps."""

    class Wrapper(keras().Model):  # type: ignore[misc]
        def __init__(self, net: Any) -> None:
            super().__init__(name=net.name)
            self.net = net

        def call(self, images: Any, training: bool = False) -> Any:
            return self.net(images["images"] if isinstance(images, dict) else images, training=training)

    return Wrapper
