"""`tune`: a data set in, a study out. One trial after the other, in this process."""

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from convlet.data import Dataset
from convlet.errors import ModelError, OutputError
from convlet.recipes import Recipe, recipe
from convlet.system.engine import keras
from convlet.tuning import pictures
from convlet.tuning.search import Search
from convlet.tuning.space import Space
from convlet.tuning.study import FOLDER, Study, Trial
from convlet.tuning.trial import Progress, Stopped, train_trial

_SMALL = 5_000  # training images, below which passes are short and a recipe needs many of them


@dataclass(frozen=True, kw_only=True)
class TuneWatch:
    """Who is told how a search goes.

    Attributes:
        on_note: a line the user should know.
        on_progress: (number of the trial, how far it is).
        on_trial: (a trial that has ended, the best so far).
    """

    on_note: Callable[[str], None] = field(default=lambda text: None)
    on_progress: Callable[[int, Progress], None] = field(default=lambda number, progress: None)
    on_trial: Callable[[Trial, Trial | None], None] = field(default=lambda trial, best: None)


def tune(
    dataset: Dataset,
    space: Space | None = None,
    *,
    trials: int = 30,
    seconds: float | None = None,
    objective: str = "accuracy",
    trial_seconds: float | None = None,
    seed: int = 1,
    out: str | Path = FOLDER,
    watch: TuneWatch | None = None,
) -> Study:
    """Search for the best settings on a data set's validation images.

    Args:
        dataset: see `convlet.load`. Its test split stays closed.
        space: what is drawn; the default is around `balanced`, or `small-data` where there are few images.
        trials: to be drawn.
        seconds: after which no trial is begun and the one under way is ended, as soon as one has finished.
        objective: one of `OBJECTIVES`.
        trial_seconds: of training that a trial may take; the default is twice what the first one takes, at least 10.
        seed: of what is drawn, and of every training.
        out: the folder in which the study `DATASET-N` is made.
        watch: who is told how it goes.

    Returns:
        The study, with its best recipe and pictures on disk.

    Raises:
        MissingExtraError: Optuna is not installed.
        RecipeError: no trial could be trained.
        OutputError: the study cannot be written.
    """
    study = begin(dataset, space, objective=objective, trial_seconds=trial_seconds, seed=seed, out=out)
    return resume_tuning(study, dataset, trials=trials, seconds=seconds, watch=watch)


def begin(
    dataset: Dataset,
    space: Space | None = None,
    *,
    objective: str = "accuracy",
    trial_seconds: float | None = None,
    seed: int = 1,
    out: str | Path = FOLDER,
) -> Study:
    """Make a study without any trial; see `tune`."""
    space = space or Space.default(base_for(dataset))
    space = Space(space.base.changed(validate_on="validation", seed=seed), space.ranges)
    return Study.create(out, dataset.with_validation(space.base.validation_fraction), space, objective, trial_seconds)


def base_for(dataset: Dataset) -> Recipe:
    """The recipe that a search starts from where none is named."""
    return recipe("small-data" if len(dataset.train) < _SMALL else "balanced")


def resume_tuning(
    study: Study,
    dataset: Dataset | None = None,
    *,
    trials: int = 30,
    seconds: float | None = None,
    watch: TuneWatch | None = None,
) -> Study:
    """Go on with a study until it has so many trials. Trials that a killed process left behind are trained to their end first.

    Raises:
        ModelError: another process is searching in it, or its data have changed.
    """
    watch = watch or TuneWatch()
    with searching(study, dataset, trials, seconds, watch) as (search, data):
        while drawn := search.next():
            number, chosen = drawn
            watch.on_trial(_trained(search, number, chosen, data, watch), search.best())
    return study


@contextlib.contextmanager
def searching(
    study: Study, dataset: Dataset | None, trials: int, seconds: float | None, watch: TuneWatch
) -> Iterator[tuple[Search, Dataset]]:
    """What both drivers do around their trials: hold the study, give up where all fail, say how to go on, and draw the pictures.

    Raises:
        ModelError: another process is searching in the study, it was begun on another engine, or its data have changed.
        RecipeError: no trial could be trained.
    """
    with study.held():
        search = Search(study, trials, seconds, study.space.base.seed)
        try:
            yield search, prepared(study, dataset)
        except KeyboardInterrupt:
            ended = sum(trial.state != "unfinished" for trial in search.trials)
            watch.on_note(f"interrupted; {ended} trials are kept. Go on with: convlet tune --resume {study.path}")
            raise
        finally:
            search.tidy()
        search.require_one_that_can_be_trained()
        pictures.save(study.path, search.trials, study.manifest["objective"], search.optuna)


def prepared(study: Study, dataset: Dataset | None) -> Dataset:
    """The data set of a study, with its validation split.

    Raises:
        ModelError: it has changed since the study was begun, or this is another engine.
    """
    begun, engine = study.manifest["engine"], keras().backend.backend()
    if begun != engine:
        raise ModelError(f"{study.path} was begun on {begun}, and this is {engine}. Go on with KERAS_BACKEND={begun}.")
    dataset = (dataset or study.dataset()).with_validation(study.space.base.validation_fraction)
    if dataset.train.sha256 != study.manifest["dataset"]["train_sha256"]:
        raise ModelError(
            f"{dataset.name} has changed since {study.path} was begun, so its trials cannot be compared. Begin a new study."
        )
    return dataset


def _trained(search: Search, number: int, chosen: Recipe, dataset: Dataset, watch: TuneWatch) -> Trial:
    def report(progress: Progress) -> str | None:
        watch.on_progress(number, progress)
        return search.reason_to_stop(number, progress)

    try:
        outcome = train_trial(search.study.folder(number), dataset, chosen, report)
    except Stopped as stopped:
        return search.stopped(number, str(stopped))
    except (OutputError, OSError):  # a full disk is no trial's fault: the next search goes on with it
        raise
    except Exception as error:
        return search.failed(number, f"{type(error).__name__}: {error}".splitlines()[0][:500])
    return search.finished(number, outcome)
