"""Turn any picture into a model's input."""

from convlet.reading.batch import read_images
from convlet.reading.decode import upright
from convlet.reading.image import read_image
from convlet.reading.page import Character, read_page

__all__ = ["Character", "read_image", "read_images", "read_page", "upright"]
