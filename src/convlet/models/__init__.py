"""Build nets: from a recipe to a Keras model and its file."""

from convlet.models.architectures import ARCHITECTURES
from convlet.models.build import average, build_model, members, summary, with_weights
from convlet.models.none import before_sharing, learns_none
from convlet.models.parts import Kinds
from convlet.models.preparation import PREPROCESSING, PROBABILITIES, Pixels
from convlet.models.top_hat import FAINTEST, TOP_HAT, top_hat, top_hat_side
from convlet.models.views import each_view, over_views

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
    "each_view",
    "learns_none",
    "members",
    "over_views",
    "summary",
    "top_hat",
    "top_hat_side",
    "with_weights",
]
