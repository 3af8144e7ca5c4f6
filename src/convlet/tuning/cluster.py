"""The same search with several trials at once, on this machine's cores or on a cluster's machines: Ray Tune, with the study as its search."""

import os
import shutil
import time
from collections.abc import Mapping
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from convlet.data import Dataset, ImagesOnDisk, Split, load
from convlet.errors import ConvletError, DataError, ModelError, OutputError, RecipeError, UsageError
from convlet.recipes import Recipe
from convlet.system.cluster import connected
from convlet.system.extras import optional
from convlet.tuning.local import TuneWatch, searching
from convlet.tuning.search import Search
from convlet.tuning.study import Study
from convlet.tuning.trial import Outcome, Progress, train_trial

_ATTEMPTS = 3
_UNTIL_LET_GO = 20.0  # seconds


def tune_on(
    address: str,
    study: Study,
    dataset: Dataset | None = None,
    *,
    trials: int = 30,
    seconds: float | None = None,
    cpus: float = 1,
    gpus: float = 0,
    watch: TuneWatch | None = None,
) -> Study:
    """Go on with a study until it has so many trials, as many of them at once as there is room for.

    A trial whose worker is lost is begun again where it stands, on whatever machine has room. The study's folder must be one that all
    machines see, or a lost trial begins anew; the data travel with the trials, unless they are larger than memory: those must lie at one
    path on all machines.

    Args:
        address: see `convlet.system.cluster.connected`.
        study: see `convlet.tuning.begin`.
        dataset: the study's; the default is to load it.
        trials: that the study is to have.
        seconds: after which no trial is begun and those under way are ended, as soon as one has finished.
        cpus: cores of each trial.
        gpus: of each trial; a fraction shares one.
        watch: who is told how it goes.

    Raises:
        MissingExtraError: Ray is not installed.
        UsageError: no cluster answers, or no machine of it has room for a trial.
        ModelError, RecipeError: see `resume_tuning`.
        OutputError: a worker's disk is full; the trial goes on when the search is taken up again.
    """
    watch = watch or TuneWatch()
    optional("ray.tune", "cluster")
    resources = {"cpu": cpus, "gpu": gpus}
    scratch = study.path.absolute() / ".ray"
    with searching(study, dataset, trials, seconds, watch) as (search, data):
        try:
            with connected(address) as ray:
                _require_room(ray, address, resources)
                _run(search, data, scratch, resources, watch)
        finally:
            shutil.rmtree(scratch, ignore_errors=True)
    return study


def _require_room(ray: Any, address: str, resources: Mapping[str, float]) -> None:
    """Refuse what no machine of the cluster has: Ray would wait for one to come.

    Raises:
        UsageError: none has it.
    """
    there = [node["Resources"] for node in ray.nodes() if node["Alive"]]
    if not any(node.get("CPU", 0) >= resources["cpu"] and node.get("GPU", 0) >= resources["gpu"] for node in there):
        most = ", ".join(
            f"{max((node.get(kind, 0) for node in there), default=0):g} {kind}s" for kind in ("CPU", "GPU")
        )
        raise UsageError(
            f"no machine of the cluster {address!r} has {resources['cpu']:g} CPUs and {resources['gpu']:g} GPUs for a trial; the most is {most}. "
            "Ask for less with --cpus and --gpus."
        )


def _run(search: Search, dataset: Dataset, scratch: Path, resources: Mapping[str, float], watch: TuneWatch) -> None:
    from ray import tune

    given = _whole(search, dataset)
    trainable = tune.with_resources(
        tune.with_parameters(
            _trial,
            dataset=given,
            study=str(search.study.path.absolute()),
            engine=search.facts["engine"],
            cpus=resources["cpu"],
        ),
        dict(resources),
    )
    desk = _Desk(search, watch)
    searcher, stopper = _made_for_ray(desk)
    tuner = tune.Tuner(
        trainable,
        tune_config=tune.TuneConfig(search_alg=searcher, num_samples=-1),
        run_config=tune.RunConfig(
            name="trials",
            storage_path=str(scratch),
            stop=stopper,
            verbose=0,
            failure_config=tune.FailureConfig(max_failures=_ATTEMPTS - 1),
        ),
    )
    tuner.fit()
    if desk.no_room:
        raise OutputError(desk.no_room)


class _Desk:
    """Where what Ray asks meets the search. Ray writes down whatever is handed to it; of this there is nothing to write, the journal has it all."""

    def __init__(self, search: Search, watch: TuneWatch) -> None:
        self.search, self.watch = search, watch
        self.numbers: dict[str, int] = {}
        self.reasons: dict[str, str] = {}
        self.last: dict[str, Mapping[str, Any]] = {}
        self.no_room = ""

    def __getstate__(self) -> dict[str, Any]:
        return {}

    def draw(self, trial_id: str) -> dict[str, Any] | None:
        """What a new trial of Ray's is to train; None if there is no more."""
        try:
            drawn = None if self.no_room else self.search.next()
        except RecipeError:  # all fail: `searching` says so when Ray is done
            return None
        if drawn is None:
            return None
        self.numbers[trial_id], recipe = drawn
        return {"number": drawn[0], "recipe": asdict(recipe)}

    def told(self, trial_id: str, result: Mapping[str, Any]) -> bool:
        """Take note of what a trial reports; whether it is to stop."""
        self.last[trial_id] = result
        if "progress" not in result:
            self.no_room = str(result.get("no_room", self.no_room))
            return True
        progress = Progress(**result["progress"])
        self.watch.on_progress(self.numbers[trial_id], progress)
        if reason := self.search.reason_to_stop(self.numbers[trial_id], progress):
            self.reasons[trial_id] = reason
        return reason is not None

    def ended(self, trial_id: str) -> None:
        """Record what a trial came to."""
        number, last = self.numbers.pop(trial_id), self.last.pop(trial_id, {})
        if "no_room" in last:  # no trial's fault: it is left as it stands, for the next search
            return
        if outcome := last.get("outcome"):
            trial = self.search.finished(number, Outcome(**outcome))
        elif trial_id in self.reasons:
            trial = self.search.stopped(number, self.reasons[trial_id])
        else:
            trial = self.search.failed(
                number, str(last.get("failed") or f"its worker was lost {_ATTEMPTS} times, or failed as often")
            )
        self.watch.on_trial(trial, self.search.best())


def _made_for_ray(desk: _Desk) -> tuple[Any, Any]:
    """The search as Ray Tune asks for it: what to try next, and whether to stop a trial. Both are called in this process."""
    from ray.tune import Stopper
    from ray.tune.search import Searcher

    class FromStudy(Searcher):  # type: ignore[misc]
        def suggest(self, trial_id: str) -> Any:
            return desk.draw(trial_id) or Searcher.FINISHED

        def on_trial_complete(self, trial_id: str, result: Any = None, error: bool = False) -> None:
            if trial_id in desk.numbers:
                desk.ended(trial_id)

        def save(self, checkpoint_path: str) -> None:
            pass

        def restore(self, checkpoint_path: str) -> None:
            pass

    class ByStudy(Stopper):  # type: ignore[misc]
        def __call__(self, trial_id: str, result: dict[str, Any]) -> bool:
            return trial_id in desk.numbers and desk.told(trial_id, result)

        def stop_all(self) -> bool:
            return False

    return FromStudy(metric="part", mode="max"), ByStudy()


def _trial(config: Mapping[str, Any], dataset: Mapping[str, Any], study: str, engine: str, cpus: float) -> None:
    """What a worker does: train one trial, and say how it goes."""
    threads = max(1, int(cpus))
    os.environ["KERAS_BACKEND"] = engine
    for name in ("TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS"):
        os.environ[name] = str(threads)
    from ray import tune

    recipe = Recipe(**config["recipe"])
    recipe = recipe.changed(replicas=threads) if recipe.replicas == "auto" else recipe

    def report(progress: Progress) -> str | None:
        tune.report({"part": progress.part, "progress": asdict(progress)})
        return None  # whether to stop is decided where the study is

    try:
        outcome = train_trial(Path(study) / "trials" / str(config["number"]), _opened(dataset), recipe, report)
    except OutputError as error:
        tune.report({"part": 1.0, "no_room": str(error)})
        return
    except ModelError:  # a worker that was cut off still trains it: Ray tries again
        time.sleep(_UNTIL_LET_GO)
        raise
    except ConvletError as error:  # another attempt would end the same way
        tune.report({"part": 1.0, "failed": f"{type(error).__name__}: {error}"})
        return
    tune.report({"part": 1.0, "outcome": asdict(outcome)})


def _whole(search: Search, dataset: Dataset) -> dict[str, Any]:
    """What a worker needs of the data: all of it, or where it lies."""
    if isinstance(dataset.train.images, ImagesOnDisk):
        return {
            "source": dataset.source,
            "data_dir": dataset.data_dir,
            "fraction": search.space.base.validation_fraction,
        }
    return {"dataset": replace(dataset, open_test=_closed)}


def _opened(given: Mapping[str, Any]) -> Dataset:
    if "dataset" in given:
        dataset: Dataset = given["dataset"]
        return dataset
    return load(given["source"], given["data_dir"]).with_validation(given["fraction"])


def _closed() -> Split:
    raise DataError("the test set stays closed in a search.")
