"""Hold the model that answers now. Another can take its place at any moment; requests keep the one they began with."""

from dataclasses import dataclass

from convlet.prediction.predictor import Predictor
from convlet.signature import Signature


@dataclass(frozen=True, eq=False)
class Generation:
    """A model that answers.

    Attributes:
        predictor: answers.
        number: which generation it is; None where nobody teaches.
    """

    predictor: Predictor
    number: int | None = None

    @property
    def signature(self) -> Signature:
        """What it takes and answers."""
        return self.predictor.signature


class Model:
    """The model of a server.

    Args:
        now: the one that answers. Set it to swap: reading and setting it are atomic.
    """

    def __init__(self, now: Generation) -> None:
        self.now = now
