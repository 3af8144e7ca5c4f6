"""`train`: a data set and a recipe in, a run folder out. Read `_train_in` from top to bottom: it is the whole story."""

from pathlib import Path
from typing import Any

from convlet import plots
from convlet.data import Dataset, Split
from convlet.errors import ModelError, RecipeError
from convlet.export import export_onnx, save_keras
from convlet.files import write_text
from convlet.models import PREPROCESSING, build_model, summary
from convlet.recipe import Recipe
from convlet.run import FOLDER, Epoch, Run
from convlet.signature import Signature
from convlet.training import checkpoint
from convlet.training.pipeline import steps_per_execution, training_batches, validation_batches
from convlet.training.recorder import Recorder, Watch


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
    dataset = _prepared(dataset, recipe)
    run = Run.create(out, dataset, recipe)
    _train_in(run, dataset, recipe, watch or Watch(), resumed=False)
    return run


def resume(run: Run, dataset: Dataset | None = None, *, watch: Watch | None = None) -> Run:
    """Go on with a run that was interrupted, from the last epoch it finished, to the same result.

    Raises:
        ModelError: it is finished, still running, has no finished epoch, or its data have changed.
    """
    if run.status in ("done", "running"):
        raise ModelError(f"{run.path} is {run.status}: there is nothing to take up.")
    recipe = run.recipe
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

        model = build_model(recipe, dataset.image_shape, len(dataset.class_names))
        model.compile(
            optimizer={"class_name": recipe.optimizer, "config": {"learning_rate": recipe.learning_rate}},
            loss="sparse_categorical_crossentropy",  # categorical cross-entropy on class numbers: no one-hot copy in memory
            metrics=["accuracy"],
            steps_per_execution=steps_per_execution(recipe.batch_size),
            jit_compile=False,  # on a CPU, XLA takes 2.5 times as long for these nets
        )
        write_text(run.path / "summary.txt", summary(model))
        watch.on_note(summary(model))

        recorder = Recorder(run, model, recipe, len(dataset.train), watch)
        if resumed:
            recorder.history = checkpoint.restore(model, run.path)
            watch.on_note(f"going on after epoch {len(recorder.history)} of {recipe.epochs}.")
        model.fit(
            training_batches(dataset.train, recipe.batch_size, recorder.order),
            epochs=recipe.epochs,
            initial_epoch=len(recorder.history),
            validation_data=validation_batches(held_out),
            callbacks=[recorder.as_callback()],
            shuffle=False,  # the pipeline has its own order
            verbose=0,
        )
        _keep(run, model, dataset, recipe, held_out, recorder.history)


def _keep(run: Run, model: Any, dataset: Dataset, recipe: Recipe, held_out: Split, history: list[Epoch]) -> None:
    """Write everything that a finished run holds."""
    signature = Signature(
        input_shape=dataset.image_shape,
        class_names=dataset.class_names,
        preprocessing=PREPROCESSING,
        dataset=dataset.source,
        recipe=recipe.name,
    )
    save_keras(model, signature, run.path / "model.keras")
    agreement = export_onnx(model, signature, run.path / "model.onnx", held_out.images)
    on = recipe.validate_on
    for what in ("accuracy", "loss"):
        figure = plots.curve([getattr(e, what) for e in history], [getattr(e, f"val_{what}") for e in history], what, on)
        plots.save(figure, run.path / f"{what}.png")
    last = history[-1]
    train_seconds = sum(epoch.seconds for epoch in history)
    run.write_metrics(
        {
            "accuracy": last.accuracy,
            "loss": last.loss,
            "val_accuracy": last.val_accuracy,
            "val_loss": last.val_loss,
            "validated_on": on,
            "params": model.count_params(),
            "epochs": len(history),
            "train_seconds": train_seconds,
            "seconds_per_epoch": train_seconds / len(history),
            "onnx": vars(agreement),
        }
    )
    (run.path / checkpoint.NAME).unlink(missing_ok=True)


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
