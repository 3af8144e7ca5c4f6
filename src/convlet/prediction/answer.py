"""A model's answer for one image."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Answer:
    """A model's answer for one image.

    Attributes:
        label: the likeliest class; "empty" for an empty image (a class may have that name; check `empty`).
        probability: that of the label, 0 to 1; 0 for an empty image.
        top: the three likeliest classes as (name, probability), best first.
        known: False for an empty image, or if no class reaches the model's threshold. On a page also True if less sure,
            but the same as its neighbors in height and row.
        empty: whether the model expects ink and the image has none.

    Example:
        >>> answer = convlet.predict("digits", "seven.png")[0]
        >>> answer.label, answer.known, answer.probability > 0.9
        ('7', True, True)
    """

    label: str
    probability: float
    top: tuple[tuple[str, float], ...]
    known: bool = True
    empty: bool = False
