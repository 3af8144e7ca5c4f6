"""Run several trials in parallel, on this machine or a cluster: Ray Tune, with the study as its searcher."""

import os
import shutil
import time
from collections.abc import Mapping
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from convlet.data import Dataset, ImagesOnDisk, Split
from convlet.errors import ConvletError, DataError, ModelError, OutputError, RecipeError, UsageError
from convlet.recipes import Recipe
from convlet.run.recorded import load_recorded
from convlet.system.cluster import connected
from convlet.system.extras import optional
from convlet.system.watch import Watch
from convlet.tuning.local import searching
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
    watch: Watch | None = None,
) -> Study:
    """Continue a study until it has `trials` trials, as many in parallel as fit.

    A trial whose worker is lost resumes if all machines see the study's folder; otherwise it starts over. The data
    travel with the trials, except data larger than memory, which must have the same path on all machines.

    Args:
        address: see `convlet.system.cluster.connected`.
        study: see `convlet.tuning.begin`.
        dataset: its data; loaded by default.
        trials: the number of trials in the study at the end.
        seconds: see `tune`.
        cpus: cores per trial.
        gpus: GPUs per trial; a fraction shares one.
        watch: see `tune`.

    Raises:
        MissingExtraError: Ray is not installed.
        UsageError: no cluster answers, or no machine has room for a trial.
        ModelError, RecipeError: see `resume_tuning`.
        OutputError: a worker's disk is full; the next search resumes the trial.
    """
    optional("ray.tune", "cluster")
    resources = {"cpu": cpus, "gpu": gpus}
    scratch = study.path.absolute() / ".ray"
    with searching(study, dataset, trials, seconds, watch or Watch()) as (search, data):
        try:
            with connected(address) as ray:
                _require_room(ray, address, resources)
                _run(search, data, scratch, resources)
        finally:
            shutil.rmtree(scratch, ignore_errors=True)
    return study


def _require_room(ray: Any, address: str, resources: Mapping[str, float]) -> None:
    """Refuse resources that no machine of the cluster has: Ray would wait for one."""
    there = [node["Resources"] for node in ray.nodes() if node["Alive"]]
    if not any(node.get("CPU", 0) >= resources["cpu"] and node.get("GPU", 0) >= resources["gpu"] for node in there):
        most = ", ".join(
            f"{max((node.get(kind, 0) for node in there), default=0):g} {kind}s" for kind in ("CPU", "GPU")
        )
        raise UsageError(
            f"no machine of the cluster {address!r} has {resources['cpu']:g} CPUs and {resources['gpu']:g} GPUs for a "
            f"trial; the most is {most}. Ask for fewer with cpus=... and gpus=..."
        )


def _run(search: Search, dataset: Dataset, scratch: Path, resources: Mapping[str, float]) -> None:
    from ray import tune

    trainable = tune.with_resources(
        tune.with_parameters(
            _trial,
            dataset=_data_for_workers(search, dataset),
            study=str(search.study.path.absolute()),
            engine=search.facts["engine"],
            cpus=resources["cpu"],
        ),
        dict(resources),
    )
    bridge = _Bridge(search)
    searcher, stopper = _for_ray(bridge)
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
    if bridge.no_room:
        raise OutputError(bridge.no_room)


class _Bridge:
    """The search for Ray. It pickles to nothing: the journal has everything."""

    def __init__(self, search: Search) -> None:
        self.search = search
        self.numbers: dict[str, int] = {}
        self.reasons: dict[str, str] = {}
        self.last: dict[str, Mapping[str, Any]] = {}
        self.no_room = ""

    def __getstate__(self) -> dict[str, Any]:
        return {}

    def draw(self, trial_id: str) -> dict[str, Any] | None:
        try:
            drawn = None if self.no_room else self.search.next()
        except RecipeError:  # all failed: `searching` reports it when Ray is done
            return None
        if drawn is None:
            return None
        self.numbers[trial_id], recipe = drawn
        return {"number": drawn[0], "recipe": asdict(recipe)}

    def take(self, trial_id: str, result: Mapping[str, Any]) -> bool:
        """Take a trial's report; return whether to stop it."""
        self.last[trial_id] = result
        if "progress" not in result:
            self.no_room = str(result.get("no_room", self.no_room))
            return True
        progress = Progress(**result["progress"])
        if reason := self.search.reason_to_stop(self.numbers[trial_id], progress):
            self.reasons[trial_id] = reason
        return reason is not None

    def ended(self, trial_id: str) -> None:
        number, last = self.numbers.pop(trial_id), self.last.pop(trial_id, {})
        if "no_room" in last:  # not the trial's fault: the next search resumes it
            return
        if outcome := last.get("outcome"):
            self.search.finished(number, Outcome(**outcome))
        elif trial_id in self.reasons:
            self.search.stopped(number, self.reasons[trial_id])
        else:
            lost = f"its worker was lost {_ATTEMPTS} times, or failed as often"
            self.search.failed(number, str(last.get("failed") or lost))


def _for_ray(bridge: _Bridge) -> tuple[Any, Any]:
    """Return the search as Ray Tune's searcher and stopper."""
    from ray.tune import Stopper
    from ray.tune.search import Searcher

    class FromStudy(Searcher):  # type: ignore[misc]
        def suggest(self, trial_id: str) -> Any:
            return bridge.draw(trial_id) or Searcher.FINISHED

        def on_trial_complete(self, trial_id: str, *_args: Any, **_facts: Any) -> None:
            if trial_id in bridge.numbers:
                bridge.ended(trial_id)

        def save(self, checkpoint_path: str) -> None:
            pass

        def restore(self, checkpoint_path: str) -> None:
            pass

    class ByStudy(Stopper):  # type: ignore[misc]
        def __call__(self, trial_id: str, result: dict[str, Any]) -> bool:
            return trial_id in bridge.numbers and bridge.take(trial_id, result)

        def stop_all(self) -> bool:
            return False

    return FromStudy(metric="part", mode="max"), ByStudy()


def _trial(config: Mapping[str, Any], dataset: Mapping[str, Any], study: str, engine: str, cpus: float) -> None:
    threads = max(1, int(cpus))
    os.environ["KERAS_BACKEND"] = engine
    for name in ("TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS"):
        os.environ[name] = str(threads)
    from ray import tune

    recipe = Recipe(**config["recipe"])
    recipe = recipe.changed(replicas=threads) if recipe.replicas == "auto" else recipe

    def report(progress: Progress) -> str | None:
        tune.report({"part": progress.part, "progress": asdict(progress)})
        return None  # the search decides whether to stop

    try:
        outcome = train_trial(Path(study) / "trials" / str(config["number"]), _opened(dataset), recipe, report)
    except OutputError as error:
        tune.report({"part": 1.0, "no_room": str(error)})
        return
    except ModelError:  # a disconnected worker is still training it: Ray tries again
        time.sleep(_UNTIL_LET_GO)
        raise
    except ConvletError as error:  # another attempt would fail too
        tune.report({"part": 1.0, "failed": f"{type(error).__name__}: {error}"})
        return
    tune.report({"part": 1.0, "outcome": asdict(outcome)})


def _data_for_workers(search: Search, dataset: Dataset) -> dict[str, Any]:
    if isinstance(dataset.train.images, ImagesOnDisk):
        moved = {"source": dataset.source, "data_dir": dataset.data_dir}
        return {"recorded": search.facts["dataset"] | moved, "fraction": search.space.base.validation_fraction}
    return {"dataset": replace(dataset, open_test=_closed)}


def _opened(given: Mapping[str, Any]) -> Dataset:
    if "dataset" in given:
        dataset: Dataset = given["dataset"]
        return dataset
    return load_recorded(given["recorded"]).with_validation(given["fraction"])


def _closed() -> Split:
    raise DataError("the test set stays closed in a search.")
