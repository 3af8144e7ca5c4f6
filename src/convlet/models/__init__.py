"""Build nets: from a recipe to a Keras model and its file."""

from convlet.models.architectures import ARCHITECTURES
from convlet.models.build import average, build_model, members, mirror_weights, summary, with_weights
from convlet.models.none import before_sharing, learns_none
from convlet.models.parts import Kinds
from convlet.models.preparation import PREPROCESSING, PROBABILITIES, Pixels
from convlet.models.top_hat import FAINTEST, TOP_HAT, top_hat, top_hat_side

__all__ = [
    "ARCHITECTURES",
    "FAINTEST",
    "PREPROCESSING",
    "PROBABILITIES",
    "TOP_HAT",
    "Kinds",
    "Pixels",
    "average",
    "before_sharing",
    "build_model",
    "learns_none",
    "members",
    "mirror_weights",
    "summary",
    "top_hat",
    "top_hat_side",
    "with_weights",
]
