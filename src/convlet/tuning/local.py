"""Tune: a data set in, a study out. Trials run one after the other, in this process."""

import contextlib
import functools
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from convlet.data import Dataset, brought_to
from convlet.data.sizing import Wanted
from convlet.errors import ModelError, OutputError
from convlet.recipes import Recipe
from convlet.run.recorded import as_recorded
from convlet.system.engine import keras
from convlet.system.extras import require_train
from convlet.system.watch import Watch
from convlet.training.choose import choose_recipe
from convlet.training.resolve import wanted_of
from convlet.tuning import pictures
from convlet.tuning.search import Search
from convlet.tuning.space import Space
from convlet.tuning.study import FOLDER, Study
from convlet.tuning.trial import Stopped, train_trial


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
    watch: Watch | None = None,
) -> Study:
    """Search for the best settings on a data set's validation images.

    Args:
        dataset: its test split stays closed.
        space: what to draw from; by default around the recipe that suits the data, as in `train`.
        trials: number of trials to draw.
        seconds: after this time, and one finished trial, stop all trials.
        objective: one of `OBJECTIVES`.
        trial_seconds: limit of each training, including the first: one that would take longer is ended as soon as its
            steps show it. Compiling and validation do not count. By default twice the first one's seconds, at least 10.
        seed: seed of the draws and of every training.
        out: the folder for the study `DATASET-N`.
        watch: `on_progress` gets each trial in percent, `on_note` how it ended.

    Returns:
        The study, with its best recipe and plots on disk.

    Raises:
        MissingExtraError: Optuna is not installed.
        UsageError: no such objective.
        RecipeError: no trial could be trained, or none within the limit.
        OutputError: the study cannot be written.

    Example:
        >>> study = convlet.tune(convlet.load("digits"), trials=1, trial_seconds=60)
        >>> len(study.trials)
        1
    """
    require_train("a search")
    study = begin(dataset, space, objective=objective, trial_seconds=trial_seconds, seed=seed, out=out, watch=watch)
    return resume_tuning(study, dataset, trials=trials, seconds=seconds, watch=watch)


def begin(
    dataset: Dataset,
    space: Space | None = None,
    *,
    objective: str = "accuracy",
    trial_seconds: float | None = None,
    seed: int = 1,
    out: str | Path = FOLDER,
    watch: Watch | None = None,
) -> Study:
    """Make a study without trials; see `tune`."""
    if space is None:
        dataset = brought_to(dataset, Wanted.of("auto"), Watch())
        space = Space.default(choose_base(dataset, watch), len(dataset.train))
    space = Space(space.base.changed(validate_on="validation", seed=seed), space.ranges)
    dataset = brought_to(dataset, wanted_of(space.base), Watch())  # once, not for every trial
    return Study.create(out, dataset.with_validation(space.base.validation_fraction), space, objective, trial_seconds)


def choose_base(dataset: Dataset, watch: Watch | None = None) -> Recipe:
    """Return the recipe to search around if none is named: the one that suits the data, never the tutorial."""
    return choose_recipe(replace(dataset, name=""), watch)


def resume_tuning(
    study: Study,
    dataset: Dataset | None = None,
    *,
    trials: int = 30,
    seconds: float | None = None,
    watch: Watch | None = None,
) -> Study:
    """Continue a study until it has `trials` trials, beginning with unfinished ones.

    Args:
        study: from `begin` or `Study(path)`.
        dataset: its data; loaded by default.
        trials: the number of trials in the study at the end.
        seconds: see `tune`.
        watch: see `tune`.

    Raises:
        ModelError: another process is searching in it, or its data or the engine have changed.
        RecipeError: no trial could be trained.
    """
    with searching(study, dataset, trials, seconds, watch or Watch()) as (search, data):
        while drawn := search.next():
            _train(search, *drawn, data)
    return study


@contextlib.contextmanager
def searching(
    study: Study, dataset: Dataset | None, trials: int, seconds: float | None, watch: Watch
) -> Iterator[tuple[Search, Dataset]]:
    """Lock a study during its trials, then draw the plots; on Ctrl-C say how to resume. Errors: see `resume_tuning`."""
    with study.held():
        search = Search(study, trials, seconds, watch)
        try:
            yield search, _dataset(study, dataset)
        except KeyboardInterrupt:
            ended = sum(trial.state != "unfinished" for trial in search.trials)
            watch.on_note(f"interrupted; {ended} trials are kept. Resume with: convlet tune --resume {study.path}")
            raise
        finally:
            search.tidy()
        search.require_success()
        pictures.save(study.path, search.trials, study.manifest["objective"], search.optuna)
        search.require_finished()


def _dataset(study: Study, dataset: Dataset | None) -> Dataset:
    begun, engine = study.manifest["engine"], keras().backend.backend()
    if begun != engine:
        raise ModelError(
            f"{study.path} was started on {begun}, but this is {engine}. Resume it with KERAS_BACKEND={begun}."
        )
    facts = study.manifest["dataset"]
    dataset = as_recorded(dataset, facts) if dataset else study.dataset()
    dataset = dataset.with_validation(study.space.base.validation_fraction)
    if dataset.train.sha256 != facts["train_sha256"]:
        raise ModelError(
            f"{dataset.name} has changed since {study.path} was started: its trials do not compare. Start over."
        )
    return dataset


def _train(search: Search, number: int, recipe: Recipe, dataset: Dataset) -> None:
    report = functools.partial(search.reason_to_stop, number)
    try:
        outcome = train_trial(search.study.folder(number), dataset, recipe, report)
    except Stopped as stopped:
        search.stopped(number, str(stopped))
    except (OutputError, OSError):  # a full disk is not the trial's fault: the next search resumes it
        raise
    except Exception as error:  # noqa: BLE001
        search.failed(number, f"{type(error).__name__}: {error}".splitlines()[0][:500])
    else:
        search.finished(number, outcome)
