"""Train a recipe on a data set into a run folder; `_train_in` has every step."""

import contextlib
import shlex
from pathlib import Path

from convlet.data import Dataset, brought_to
from convlet.data.files import quarantine
from convlet.data.sizing import Wanted
from convlet.errors import ModelError, RecipeError
from convlet.evaluation import evaluate
from convlet.exports import FORMATS, write
from convlet.recipes import RECIPES, Recipe, require_same_net
from convlet.run import CHECKPOINT, Run
from convlet.run.existing import better_existing
from convlet.run.history import kept_epochs
from convlet.run.judge import QUARANTINE
from convlet.run.kept import KEPT, chosen
from convlet.run.recorded import as_recorded
from convlet.run.verdict import verdict
from convlet.signature import Form
from convlet.system.engine import choose_replicas, keras
from convlet.system.extras import require_train
from convlet.system.machine import differences as differences_from
from convlet.system.machine import hardware
from convlet.system.places import FOLDER
from convlet.system.watch import Watch
from convlet.training import checkpoint
from convlet.training.choose import choose_recipe
from convlet.training.distributed import distribute
from convlet.training.introduce import introduced
from convlet.training.members import fit_members
from convlet.training.recorder import RunKeeper
from convlet.training.resolve import explained_form, form_of, resolved, settled, wanted_of
from convlet.training.results import epochs_kept, keep_figures, keep_model, validated_on
from convlet.training.start import Start, parent_of

INTERRUPTED = "interrupted"  # begins the note of a training that was
_CHECKED_IMAGES = 1_000


def train(
    dataset: Dataset,
    recipe: Recipe | None = None,
    *,
    start: "Run | str | Path | None" = None,
    out: str | Path = FOLDER,
    watch: Watch | None = None,
) -> Run:
    """Train a recipe's model on a data set.

    Args:
        dataset: see `convlet.load`.
        recipe: see `convlet.recipe`; by default the named one that suits the data, which a note reports.
        start: a finished run to go on from: its classes, which need not be in the data, stay, and others are added. The
            default recipe is then `teach`, made from the run's, for one to a few hundred new images. What the run kept
            of its training images is trained on too, so that it is not forgotten.
        out: the folder for the run folder `DATASET-RECIPE-N`.
        watch: callbacks.

    Returns:
        The finished run, with models, plots and figures on disk.

    Raises:
        UsageError: this is not the first of several processes (see `follow`).
        RecipeError: the recipe does not fit the data or the model to go on from, or its training diverged.
        ModelError: there is no such run to go on from.
        OutputError: `out` cannot be written to, or holds something else.
        CheckError: the exported model disagrees with the trained one.
        LostProcessError: another process ended too early.

    Example:
        >>> run = convlet.train(convlet.load("digits"), convlet.recipe("small-data"))
        >>> run.evaluate().accuracy > 0.9
        True
    """
    require_train("training")
    distribute.require_chief()
    watch = watch or Watch()
    if start is not None:
        return _train_from(parent_of(start), dataset, recipe, out, watch)
    dataset.require_classes()
    if recipe is None:
        dataset = brought_to(dataset, Wanted.of("auto"), watch)
        recipe = choose_recipe(dataset, watch)
    dataset = with_splits(brought_to(dataset, wanted_of(recipe), watch), recipe)
    form, why = explained_form(recipe, dataset)
    recipe, notes = resolved(recipe, dataset, form)
    run = Run.create(out, dataset, recipe)
    run.update(engine=keras().backend.backend())
    quarantine(dataset.left_out, run.path / QUARANTINE)
    for line in [*introduced(dataset, recipe, form, why), *notes]:
        watch.on_note(line)
    return _train_in(run, dataset, recipe, form, watch, resumed=False)


def _train_from(parent: Run, given: Dataset, recipe: Recipe | None, out: str | Path, watch: Watch) -> Run:
    """Train from a model's weights, on new images and on those that it kept."""
    recipe = require_same_net(recipe or parent.teaching(given.class_names), parent.recipe)
    start = Start.of(parent, choose_replicas(recipe.replicas, recipe.batch_size))
    dataset, form = start.joined(given, recipe), start.signature.form
    recipe, notes = settled(recipe, dataset, start.taught(dataset))
    run = Run.create(out, dataset, recipe, given=given, start=start.facts, before=start.kept)
    run.update(engine=keras().backend.backend())
    quarantine(dataset.left_out, run.path / QUARANTINE)
    for line in [*start.introduced(given, dataset), *notes]:
        watch.on_note(line)
    return _train_in(run, dataset, recipe, form, watch, resumed=False, start=start)


def resume(run: Run, dataset: Dataset | None = None, *, anyway: bool = False, watch: Watch | None = None) -> Run:
    """Resume an interrupted run where its last state was saved, with the same result and any number of processes.

    If no state was saved yet, it begins anew.

    Args:
        run: the run to resume; returned once finished.
        dataset: its data; loaded again by default.
        anyway: also on a machine whose processor, cores or threads differ. Sums are then rounded differently, and the
            weights become slightly different ones.
        watch: callbacks.

    Raises:
        ModelError: it is done or running, or its engine, machine, recipe or data have changed.
        OutputError, CheckError, LostProcessError: see `train`.

    Example:
        >>> cut = dataset.with_validation(0.1)
        >>> begun = convlet.Run.create("begun", cut, convlet.recipe("small-data", epochs=2))
        >>> convlet.resume(begun, cut).status
        'done'
    """
    distribute.require_chief()
    recipe = run.recipe
    begun, engine = run.manifest.get("engine"), keras().backend.backend()
    if begun not in (None, engine):
        raise ModelError(
            f"{run.path} was started on {begun}, but this is {engine}. Resume it with KERAS_BACKEND={begun}."
        )
    differences = differences_from(run.manifest.get("hardware", {}))
    chosen = distribute.part().of != run.manifest.get("processes", 1)  # another number of processes, and so of cores
    if differences and not (anyway or chosen):
        raise ModelError(
            f"{run.path} was started with another {', '.join(differences)}. Sums are rounded differently here, and the "
            "weights would become slightly different ones. Resume it where it was started, or with --anyway (in Python "
            "anyway=True)."
        )
    if differences:
        (watch or Watch()).on_note(f"resumed with another {', '.join(differences)}: the weights will differ slightly.")
        run.update(resumed_on=[*run.manifest.get("resumed_on", []), hardware()])
    facts = run.manifest["dataset"]
    start = Start.recorded(run)
    dataset = with_splits(run.joined(as_recorded(dataset, facts)) if dataset else run.dataset(), recipe)
    if dataset.train.sha256 != facts["train_sha256"]:
        again = ["convlet", "train", str(dataset.source), "--config", str(run.path / "recipe.toml")]
        raise ModelError(f"{dataset.name} has changed since {run.path} was started. Train again: {shlex.join(again)}")
    form = start.signature.form if start else form_of(recipe, dataset)
    return _train_in(run, dataset, recipe, form, watch or Watch(), resumed=True, start=start)


def with_splits(dataset: Dataset, recipe: Recipe) -> Dataset:
    """Return the data set with the splits the recipe needs.

    Raises:
        RecipeError: a batch is larger than the data.
    """
    if recipe.validate_on == "validation":
        dataset = dataset.with_validation(recipe.validation_fraction)
    if recipe.batch_size > len(dataset.train) and not recipe.least_steps:
        named = RECIPES.get(recipe.name)
        as_named = named is not None and named.batch_size == recipe.batch_size  # chosen by nobody
        other = ", or name no recipe: one that suits the data is chosen" if as_named else ""
        raise RecipeError(
            f"batch_size {recipe.batch_size:,} is larger than the data: {dataset.name} has {len(dataset.train):,} "
            f"training images. Set a smaller batch_size{other}."
        )
    return dataset


def _train_in(
    run: Run,
    dataset: Dataset,
    recipe: Recipe,
    form: Form,
    watch: Watch,
    *,
    resumed: bool,
    start: Start | None = None,
) -> Run:
    with contextlib.ExitStack() as after, run.recording():
        after.callback(watch.on_end, run)  # once the recording has noted how it ended
        saved = checkpoint.load(run.path) if resumed else None
        if saved and saved.damaged:
            (run.path / CHECKPOINT).unlink()  # or the next state would take the place of the only whole one
        if resumed and not saved:
            watch.on_note("no state was saved before the training ended: it begins anew.")
        try:
            with distribute.leading(dataset, recipe, saved.path if saved else None) as processes:
                run.update(processes=processes)
                held_out = dataset.split(recipe.validate_on)
                quarantine(held_out.left_out, run.path / QUARANTINE)
                watch.on_note(validated_on(recipe, dataset))
                members = fit_members(dataset, recipe, form, RunKeeper(run, watch), watch, saved, start)
                kept = kept_epochs(members.history, recipe, len(held_out))
                if recipe.keep == "best":
                    watch.on_note(epochs_kept(kept, members.history, recipe))
                params = keep_model(run, dataset, recipe, form, members)
                # From the file users get; this also frees the training's memory.
                images = held_out.images[held_out.sample(_CHECKED_IMAGES)]
                agreement = write(FORMATS["onnx"], run.path / "model.keras", run.path / "model.onnx", images)
                predictor = run.predictor()
                probabilities = predictor.probabilities(held_out.images)
                if kept_images := chosen(dataset, recipe.validate_on, recipe.kept_images, predictor):
                    kept_images.write(run.path / KEPT)
                judged = evaluate(probabilities, held_out.labels, dataset.class_names)
                ask = form.kind == "ink" and recipe.validate_on == "validation"
                existing = better_existing(run, held_out, probabilities) if ask else ""
                found = verdict(members.history, judged, recipe, existing, images=len(dataset.train))
                if found:
                    watch.on_note(f"verdict: {found.text}")
                facts = {
                    "params": params,
                    "compile_seconds": members.compile_seconds,
                    "processes": processes,
                    "onnx": vars(agreement),
                    "verdict": found and found._asdict(),
                }
                keep_figures(run, members.history, kept, recipe, judged, facts)
        except KeyboardInterrupt:
            watch.on_note(f"{INTERRUPTED}; {run.kept}")
            raise
    return run
