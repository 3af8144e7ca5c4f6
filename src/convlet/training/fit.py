"""`train`: a data set and a recipe in, a run folder out. Read `_train_in` from top to bottom: it is the whole story."""

import contextlib
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from numpy.typing import NDArray

from convlet.data import Dataset, Split, load
from convlet.errors import ModelError, RecipeError, UsageError
from convlet.evaluation import Evaluation, evaluate
from convlet.exports import FORMATS, write
from convlet.models import PREPROCESSING, Pixels, average, build_model, summary
from convlet.models.keras_file import save_keras
from convlet.recipes import Recipe
from convlet.report import plots
from convlet.run import CHECKPOINT, FOLDER, Epoch, Run
from convlet.signature import Form, Signature
from convlet.system.engine import keras, on_tensorflow, settle_threads
from convlet.system.files import write_text
from convlet.system.watch import Watch
from convlet.training import checkpoint
from convlet.training.augmentation.outliers import with_outliers
from convlet.training.calibrate import calibrate
from convlet.training.compiled import compiled, measured_pixels
from convlet.training.distributed import distribute
from convlet.training.engines.fused import fused_batch_normalization
from convlet.training.pipeline import Failures, training_batches, validation_batches
from convlet.training.plan import Plan
from convlet.training.recorder import Recorder
from convlet.training.settled import form_of, settled
from convlet.training.warm_up import warm_up

_CHECKED_IMAGES = 1_000


class _Nets(NamedTuple):
    """What a training came to: each member's weights, and what else their model is made of."""

    weights: list[list[NDArray[Any]]]
    pixels: Pixels
    form: Form
    compile_seconds: float


def train(dataset: Dataset, recipe: Recipe, *, out: str | Path = FOLDER, watch: Watch | None = None) -> Run:
    """Train a recipe's model on a data set.

    Args:
        dataset: see `convlet.load`.
        recipe: see `convlet.recipe`.
        out: the folder in which the run folder `DATASET-RECIPE-N` is made.
        watch: who is told how it goes.

    Returns:
        The finished run, with its models, plots and figures on disk.

    Raises:
        UsageError: this is one of several processes, and not the first (see `follow`).
        RecipeError: the recipe does not fit the data, or its training diverged.
        OutputError: `out` cannot be written to, or is a folder of something else.
        CheckError: the exported model did not agree with the trained one.
        LostProcessError: one of several processes ended before its time.
    """
    _require_chief()
    watch = watch or Watch()
    dataset = _prepared(dataset, recipe)
    recipe, notes = settled(recipe, dataset)
    run = Run.create(out, dataset, recipe)
    run.update(engine=keras().backend.backend())
    for line in notes:
        watch.on_note(line)
    _train_in(run, dataset, recipe, watch, resumed=False)
    return run


def resume(run: Run, dataset: Dataset | None = None, *, watch: Watch | None = None) -> Run:
    """Go on with a run that was interrupted, from the last epoch it finished, to the same result.

    Any number of processes may go on with it, whatever their number was before.

    Raises:
        ModelError: it is finished, still running, has no finished epoch, was begun on another engine, or its data have changed.
    """
    _require_chief()
    recipe = run.recipe
    begun, engine = run.manifest.get("engine"), keras().backend.backend()
    if begun not in (None, engine):
        raise ModelError(f"{run.path} was begun on {begun}, and this is {engine}. Go on with KERAS_BACKEND={begun}.")
    dataset = _prepared(dataset or run.dataset(), recipe)
    if dataset.train.sha256 != run.manifest["dataset"]["train_sha256"]:
        raise ModelError(
            f"{dataset.name} has changed since {run.path} was started. Train anew: convlet train --config {run.path}/recipe.toml"
        )
    _train_in(run, dataset, recipe, watch or Watch(), resumed=True)
    return run


def follow(source: str | None = None, data_dir: str | Path | None = None) -> None:
    """Train along with process 0, which calls `train` or `resume`, as one of the other processes; nothing is written.

    Args:
        source: where the data of process 0 lie here, if not where they lie there; with `data_dir` as for `convlet.load`.

    Raises:
        DataError: the data cannot be found, or are others than those of process 0.
        LostProcessError: another process ended before its time.
    """
    with distribute.noticing_losses(), tempfile.TemporaryDirectory() as folder:
        there, written, state = distribute.told()
        for name, content in (("recipe.toml", written.encode()), (CHECKPOINT, state)):
            (Path(folder) / name).write_bytes(content)
        recipe = Recipe.from_toml(Path(folder) / "recipe.toml")
        saved = checkpoint.load(Path(folder)) if state else None
        dataset = _prepared(load(source or there, data_dir), recipe)
        distribute.require_the_same_data(dataset)
        _fit(None, dataset, dataset.split(recipe.validate_on), recipe, Watch(), saved)


def _require_chief() -> None:
    if not distribute.part().chief:
        raise UsageError(
            f"this is process {distribute.part().index}; `train` and `resume` are for process 0, the others call `follow`."
        )


def _train_in(run: Run, dataset: Dataset, recipe: Recipe, watch: Watch, *, resumed: bool) -> None:
    with contextlib.ExitStack() as over, run.recording(), distribute.noticing_losses():
        over.callback(watch.on_end, run)  # after the recording, which notes how it ended
        run.update(processes=distribute.part().of)
        saved = checkpoint.load(run.path) if resumed else None
        distribute.tell(dataset, recipe, (run.path / CHECKPOINT).read_bytes() if saved else b"")
        distribute.require_the_same_data(dataset)
        held_out = dataset.split(recipe.validate_on)
        if recipe.validate_on == "test":
            watch.on_note(
                f"validated on the test set, as in the tutorial ({len(held_out):,} images): val_accuracy is test accuracy."
            )
        else:
            watch.on_note(
                f"validated on {len(held_out):,} images kept apart from train; the test set stays closed until `convlet evaluate`."
            )
        try:
            if note := settle_threads(int(recipe.replicas)):
                watch.on_note(note)
            history, nets = _fit(run, dataset, held_out, recipe, watch, saved)
            facts = _keep_model(run, dataset, recipe, nets)
            # From the file and not from the model in memory: what is checked is what was saved, and the training's memory is free again.
            images = held_out.images[held_out.sample(_CHECKED_IMAGES)]
            agreement = write(FORMATS["onnx"], run.path / "model.keras", run.path / "model.onnx", images)
            judged = evaluate(run.predictor().probabilities(held_out.images), held_out.labels, dataset.class_names)
            _keep_figures(run, history, recipe, judged, facts | {"onnx": vars(agreement)})
        except KeyboardInterrupt:
            kept = len(run.history)
            way_on = f"{kept} epochs are kept. Go on with: {run.way_on}" if kept else "no epoch was finished."
            watch.on_note(f"interrupted; {way_on}")
            raise


def _fit(
    run: Run | None,
    dataset: Dataset,
    held_out: Split,
    recipe: Recipe,
    watch: Watch,
    saved: checkpoint.Checkpoint | None,
) -> tuple[list[Epoch], _Nets]:
    """Train every member, from the checkpoint on if there is one, and return the history and what came of it; without a run nothing is written."""
    shape, classes = dataset.image_shape, len(dataset.class_names)
    form = form_of(recipe, dataset)
    train = with_outliers(dataset.train, recipe, dataset.class_names, form.box)
    pixels = measured_pixels(dataset.train) if recipe.pixels == "standard" else Pixels()
    history, finished = (saved.history, saved.finished) if saved else ([], [])
    if saved:
        if run:
            run.write_history(history)  # a process killed between the two files left it an epoch behind
        watch.on_note(f"going on after epoch {len(history)} of {recipe.epochs * recipe.ensemble}.")
    if run and not finished:
        layers = summary(build_model(recipe, shape, classes))
        write_text(run.path / "summary.txt", layers + "\n")
        watch.on_note(layers)
    if run:
        watch.on_start(run)
    compile_seconds = 0.0
    for member in range(len(finished), recipe.ensemble):
        seeded = _member(recipe, member)
        if recipe.ensemble > 1:
            watch.on_note(f"net {member + 1} of {recipe.ensemble}, seed {seeded.seed}:")
        failures: Failures = []
        try:
            with distribute.together():
                normalization = fused_batch_normalization() if on_tensorflow() else None
                net = build_model(
                    seeded, shape, classes, recipe.precision, pixels, training=True, batch_normalization=normalization
                )
                model = compiled(net, seeded, train)
                plan = Plan(seeded, len(train), shape)
                compile_seconds += warm_up(model, train, plan, recipe.batch_size, failures)
                if saved:
                    saved.restore(model)
                    saved = None
                batches = training_batches(train, recipe.batch_size, plan, failures)
                recorder = Recorder(run, model, plan, len(batches), history, finished, watch)
                model.fit(
                    batches,
                    epochs=recipe.epochs,
                    initial_epoch=len(history) - member * recipe.epochs,
                    validation_data=validation_batches(held_out, failures),
                    callbacks=[recorder.as_callback()],
                    shuffle=False,  # the pipeline has its own order
                    verbose=0,
                )
        except Exception as error:
            if failures:
                raise failures[0] from error
            raise
        finished.append(net.get_weights())
    return history, _Nets(finished, pixels, form, compile_seconds)


def _keep_model(run: Run, dataset: Dataset, recipe: Recipe, nets: _Nets) -> dict[str, Any]:
    """Write `model.keras`, calibrated, and return the parameters and the seconds of compiling."""
    shape, classes = dataset.image_shape, len(dataset.class_names)
    plain = [
        build_model(_member(recipe, member), shape, classes, pixels=nets.pixels) for member in range(recipe.ensemble)
    ]
    for net, weights in zip(plain, nets.weights, strict=True):  # float32, whatever the training multiplied in
        net.set_weights(weights)
    temperature, threshold = calibrate(plain, dataset, recipe)
    signature = Signature(
        input_shape=shape,
        class_names=dataset.class_names,
        preprocessing=PREPROCESSING,
        dataset=dataset.name,
        recipe=recipe.name,
        form=nets.form,
        temperature=temperature,
        threshold=threshold,
    )
    whole = average(plain)
    save_keras(whole, signature, run.path / "model.keras")
    return {"params": whole.count_params(), "compile_seconds": nets.compile_seconds, "processes": distribute.part().of}


def _member(recipe: Recipe, member: int) -> Recipe:
    """The recipe of one net of an ensemble: seeds follow each other, and start anew after the largest."""
    return recipe.changed(seed=(recipe.seed + member) % 2**32)


def _keep_figures(run: Run, history: list[Epoch], recipe: Recipe, saved: Evaluation, facts: Mapping[str, Any]) -> None:
    """Write the plots and `metrics.json`; its validation figures are those of the saved float32 model, whatever it was trained in."""
    for what in ("accuracy", "loss"):
        train, validation = ([getattr(epoch, prefix + what) for epoch in history] for prefix in ("", "val_"))
        plots.save(plots.curve(train, validation, what, recipe.validate_on), run.path / f"{what}.png")
    last = history[-1]
    train_seconds = sum(epoch.seconds for epoch in history)
    run.write_metrics(
        {
            "accuracy": last.accuracy,
            "loss": last.loss,
            "val_accuracy": saved.accuracy,
            "val_loss": saved.loss,
            "validated_on": recipe.validate_on,
            "epochs": len(history),
            "train_seconds": train_seconds,
            "seconds_per_epoch": train_seconds / len(history),
            **facts,
        }
    )


def _prepared(dataset: Dataset, recipe: Recipe) -> Dataset:
    """The data set with the splits the recipe needs, checked against its batch size."""
    if recipe.validate_on == "validation":
        dataset = dataset.with_validation(recipe.validation_fraction)
    if recipe.batch_size > len(dataset.train):
        raise RecipeError(
            f"batch_size {recipe.batch_size:,} is larger than the data: {dataset.name} has {len(dataset.train):,} training images. "
            "Set a smaller --batch-size."
        )
    return dataset
