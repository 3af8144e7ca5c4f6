"""`train`: a data set and a recipe in, a run folder out. Read `_train_in` from top to bottom: it is the whole story."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from convlet import plots
from convlet.data import Dataset, Split
from convlet.engine import keras, settle_threads
from convlet.errors import ModelError, RecipeError
from convlet.evaluation import Evaluation, evaluate
from convlet.export import export_onnx
from convlet.files import write_text
from convlet.keras_file import save_keras
from convlet.models import PREPROCESSING, Pixels, average, build_model, summary
from convlet.recipes import Recipe
from convlet.run import FOLDER, Epoch, Run
from convlet.signature import Signature
from convlet.training import checkpoint
from convlet.training.calibrate import calibrate
from convlet.training.compiled import compiled, measured_pixels
from convlet.training.outliers import with_outliers
from convlet.training.pipeline import Failures, training_batches, validation_batches
from convlet.training.plan import Plan
from convlet.training.recorder import Recorder, Watch
from convlet.training.settled import form_of, settled
from convlet.training.warm_up import warm_up

_CHECKED_IMAGES = 1_000


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
        RecipeError: the recipe does not fit the data, or its training diverged.
        OutputError: `out` cannot be written to, or is a folder of something else.
        CheckError: the exported model did not agree with the trained one.
    """
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

    Raises:
        ModelError: it is finished, still running, has no finished epoch, was begun on another engine, or its data have changed.
    """
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


def _train_in(run: Run, dataset: Dataset, recipe: Recipe, watch: Watch, *, resumed: bool) -> None:
    with run.recording():
        held_out = dataset.split(recipe.validate_on)
        if recipe.validate_on == "test":
            watch.on_note(f"validated on the test set, as in the tutorial ({len(held_out):,} images): val_accuracy is test accuracy.")
        else:
            watch.on_note(
                f"validated on {len(held_out):,} images kept apart from train; the test set stays closed until `convlet evaluate`."
            )
        try:
            if note := settle_threads(int(recipe.replicas)):
                watch.on_note(note)
            history, facts = _fit(run, dataset, held_out, recipe, watch, resumed=resumed)
            # From the file and not from the model in memory: what is checked is what was saved, and the training's memory is free again.
            images = held_out.images[held_out.sample(_CHECKED_IMAGES)]
            agreement = export_onnx(run.path / "model.keras", run.path / "model.onnx", images)
            saved = evaluate(run.predictor().probabilities(held_out.images), held_out.labels, dataset.class_names)
            _keep_figures(run, history, recipe, saved, facts | {"onnx": vars(agreement)})
        except KeyboardInterrupt:
            kept = len(run.history)
            way_on = f"{kept} epochs are kept. Go on with: convlet train --resume {run.path}" if kept else "no epoch was finished."
            watch.on_note(f"interrupted; {way_on}")
            raise


def _fit(run: Run, dataset: Dataset, held_out: Split, recipe: Recipe, watch: Watch, *, resumed: bool) -> tuple[list[Epoch], dict[str, Any]]:
    """Train every member, write `model.keras`, and return the history, with the parameters and the seconds of compiling."""
    shape, classes = dataset.image_shape, len(dataset.class_names)
    form = form_of(recipe, dataset)
    train = with_outliers(dataset.train, recipe, dataset.class_names, form.box)
    pixels = measured_pixels(dataset.train) if recipe.pixels == "standard" else Pixels()
    saved = checkpoint.load(run.path) if resumed else None
    history, finished = (saved.history, saved.finished) if saved else ([], [])
    if saved:
        watch.on_note(f"going on after epoch {len(history)} of {recipe.epochs * recipe.ensemble}.")
    compile_seconds = 0.0
    for member in range(len(finished), recipe.ensemble):
        seeded = _member(recipe, member)
        net = build_model(seeded, shape, classes, recipe.precision, pixels, training=True)
        model = compiled(net, seeded, train)
        if member == 0:
            layers = summary(build_model(seeded, shape, classes))
            write_text(run.path / "summary.txt", layers + "\n")
            watch.on_note(layers)
        if recipe.ensemble > 1:
            watch.on_note(f"net {member + 1} of {recipe.ensemble}, seed {seeded.seed}:")
        plan = Plan(seeded, len(train), shape)
        failures: Failures = []
        try:
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
    plain = [build_model(_member(recipe, member), shape, classes, pixels=pixels) for member in range(recipe.ensemble)]
    for net, weights in zip(plain, finished, strict=True):  # float32, whatever the training multiplied in
        net.set_weights(weights)
    temperature, threshold = calibrate(plain, dataset, recipe)
    signature = Signature(
        input_shape=shape,
        class_names=dataset.class_names,
        preprocessing=PREPROCESSING,
        dataset=dataset.name,
        recipe=recipe.name,
        form=form,
        temperature=temperature,
        threshold=threshold,
    )
    whole = average(plain)
    save_keras(whole, signature, run.path / "model.keras")
    return history, {"params": whole.count_params(), "compile_seconds": compile_seconds}


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
