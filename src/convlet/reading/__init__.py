"""From an image file to what a model takes."""

from convlet.reading.image import read_image

__all__ = ["read_image"]
