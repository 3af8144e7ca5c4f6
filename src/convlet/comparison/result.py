"""What a comparison comes to."""

from dataclasses import asdict, dataclass
from typing import Any

from convlet.evaluation.paired import Paired

REAL = 0.05  # the p below which a difference is called real


@dataclass(frozen=True, kw_only=True)
class Compared:
    """One model among others.

    Attributes:
        name: the run folder's name, or a file's with its folder.
        recipe: its name.
        accuracy: on the split.
        accuracy_interval_95: Wilson's 95 % interval.
        loss, ece: as in `Evaluation`.
        params: weights, trainable and other; None for a model file, which does not say.
        train_seconds: of the training batches; None for a model file.
        bytes: of the file that answered.
        images_per_second: answered in batches, on every core; the median over thousands.
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
    """Two of them; `first` is the more accurate one.

    Attributes:
        test: images that only one got right, the difference in accuracy with its interval, McNemar's p.
        p: that p, adjusted for the number of pairs (Holm).
    """

    first: str
    second: str
    test: Paired
    p: float

    @property
    def real(self) -> bool:
        """Whether so large a difference would come up by chance in fewer than one of twenty comparisons such as this one."""
        return self.p < REAL


@dataclass(frozen=True)
class Comparison:
    """Models on the same images.

    Attributes:
        dataset: its name.
        split: "test", "train" or "validation".
        n: images.
        models: the most accurate first.
        pairs: each two of them, in that order.
    """

    dataset: str
    split: str
    n: int
    models: tuple[Compared, ...]
    pairs: tuple[Pair, ...]

    @property
    def behind_the_best(self) -> tuple[Pair, ...]:
        """The pairs of the most accurate with each other model, in order."""
        return self.pairs[: len(self.models) - 1]

    def to_dict(self) -> dict[str, Any]:
        """The fields as plain values for JSON; in a pair `p` is the adjusted one and `p_alone` McNemar's."""
        pairs = []
        for pair in self.pairs:
            test = asdict(pair.test)
            p_alone = test.pop("p")
            pairs.append(
                {"first": pair.first, "second": pair.second, **test, "p_alone": p_alone, "p": pair.p, "real": pair.real}
            )
        models = [asdict(model) for model in self.models]
        return {"dataset": self.dataset, "split": self.split, "n": self.n, "models": models, "pairs": pairs}
