"""The result of a comparison."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from convlet.evaluation.paired import Paired

REAL = 0.05  # p below which a difference counts as real


@dataclass(frozen=True, kw_only=True)
class Compared:
    """One model among others.

    Attributes:
        name: the run folder's name, or a file's with its folder.
        recipe: the recipe's name.
        accuracy: on the split, 0 to 1.
        accuracy_interval_95: Wilson's 95 % interval.
        loss, ece: as in `Evaluation`.
        params: number of weights; None for a model file.
        train_seconds: time spent on training batches; None for a model file.
        bytes: size of the model file.
        images_per_second: median over batches of 1,000, on all cores.
    """

    name: str
    recipe: str
    accuracy: float
    accuracy_interval_95: tuple[float, float]
    loss: float
    ece: float
    params: int | None
    train_seconds: float | None
    bytes: int
    images_per_second: float


@dataclass(frozen=True, kw_only=True)
class Pair:
    """Two models; `first` is the more accurate one.

    Attributes:
        test: the paired test.
        p: its p, adjusted for the number of pairs (Holm).
    """

    first: str
    second: str
    test: Paired
    p: float

    @property
    def real(self) -> bool:
        """Whether the difference is significant: `p` below 0.05."""
        return self.p < REAL


@dataclass(frozen=True)
class Comparison:
    """Models on the same images.

    Attributes:
        dataset: its name.
        split: "test", "train" or "validation".
        n: number of images.
        models: most accurate first.
        pairs: all pairs, in that order.
        settings: the recipe fields that differ among runs; for each, the values by the run's name.
    """

    dataset: str
    split: str
    n: int
    models: tuple[Compared, ...]
    pairs: tuple[Pair, ...]
    settings: Mapping[str, Mapping[str, Any]]

    @property
    def behind_the_best(self) -> tuple[Pair, ...]:
        """Return the pairs of the most accurate model with each other one, in order."""
        return self.pairs[: len(self.models) - 1]

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON; in a pair, `p` is the adjusted p, and `p_alone` McNemar's."""
        pairs = []
        for pair in self.pairs:
            test = asdict(pair.test)
            p_alone = test.pop("p")
            pairs.append(
                {"first": pair.first, "second": pair.second, **test, "p_alone": p_alone, "p": pair.p, "real": pair.real}
            )
        models = [asdict(model) for model in self.models]
        facts = {"dataset": self.dataset, "split": self.split, "n": self.n}
        return {**facts, "models": models, "pairs": pairs, "settings": dict(self.settings)}
