"""Leave a training's results in its run folder: the model, the figures, and which images and epochs they are of."""

from collections.abc import Mapping
from typing import Any

from convlet.data import Dataset
from convlet.evaluation import Evaluation, can_set
from convlet.models import PREPROCESSING, average, build_model, over_views, with_weights
from convlet.models.keras_file import save_keras
from convlet.recipes import Recipe
from convlet.report import plots
from convlet.run import Epoch, Run
from convlet.signature import Form, Signature
from convlet.training.calibrate import TOMORROW, calibrate
from convlet.training.members import Members, member_recipe


def validated_on(recipe: Recipe, dataset: Dataset) -> str:
    """Say which images the figures come from."""
    images = len(dataset.split(recipe.validate_on))
    if dataset.validation is dataset.train:
        return f"no image could be held out: the figures are those of the {images:,} images that it trains on."
    if recipe.validate_on == "test":
        return f"validated on the test set, as in the tutorial ({images:,} images): val_accuracy is test accuracy."
    some, those = ("1 image", "That is") if images == 1 else (f"{images:,} images", "They are")
    text = f"validated on {some} held out from train; the test set stays closed until `convlet evaluate`."
    few = f" {those} too few to recognize what is none of the classes: the model refuses no image as unknown."
    return text if can_set(images, TOMORROW) else text + few


def epochs_kept(kept: list[Epoch], history: list[Epoch], recipe: Recipe) -> str:
    """Say which epochs' weights the model has."""
    last = [epoch.epoch == (net + 1) * recipe.epochs for net, epoch in enumerate(kept)]
    if all(last):
        return "the last epoch is kept: no earlier one was clearly better on the validation images."
    if recipe.ensemble > 1:
        return f"of the nets' {len(history)} epochs {', '.join(str(epoch.epoch) for epoch in kept)} are kept."
    return (
        f"epoch {kept[0].epoch} of {recipe.epochs} is kept: its validation accuracy is "
        f"{kept[0].val_accuracy:.2%}, that of the last epoch {history[-1].val_accuracy:.2%}."
    )


def keep_model(run: Run, dataset: Dataset, recipe: Recipe, form: Form, members: Members) -> int:
    """Write `model.keras`, calibrated and in float32; return its number of parameters."""
    shape, classes = dataset.image_shape, len(dataset.class_names)
    nets = [
        with_weights(build_model(member_recipe(recipe, member), shape, classes, pixels=members.pixels), weights)
        for member, weights in enumerate(members.weights)
    ]
    temperature, threshold = calibrate(nets, dataset, recipe)
    signature = Signature(
        input_shape=shape,
        class_names=dataset.class_names,
        preprocessing=PREPROCESSING,
        dataset=dataset.name,
        recipe=recipe.name,
        form=form,
        temperature=temperature,
        threshold=threshold,
        white=dataset.white,
    )
    model = over_views(average(nets), recipe)
    save_keras(model, signature, run.path / "model.keras")
    return int(model.count_params())


def keep_figures(
    run: Run,
    history: list[Epoch],
    kept: list[Epoch],
    recipe: Recipe,
    saved: Evaluation,
    facts: Mapping[str, Any],
) -> None:
    """Write the plots, the kept epochs, and `metrics.json` with the saved model's validation figures."""
    numbers = [epoch.epoch for epoch in kept]
    for what in ("accuracy", "loss"):
        train, validation = ([getattr(epoch, prefix + what) for epoch in history] for prefix in ("", "val_"))
        plots.save(plots.curve(train, validation, what, recipe.validate_on, numbers), run.path / f"{what}.png")
    run.write_history(history, numbers)
    train_seconds = sum(epoch.seconds for epoch in history)
    run.write_metrics(
        {
            "accuracy": kept[-1].accuracy,
            "loss": kept[-1].loss,
            "val_accuracy": saved.accuracy,
            "val_loss": saved.loss,
            "val_balanced_accuracy": saved.balanced_accuracy if saved.uneven else None,
            "validated_on": recipe.validate_on,
            "epochs": len(history),
            "kept_epochs": numbers,
            "train_seconds": train_seconds,
            "seconds_per_epoch": train_seconds / len(history),
            **facts,
        }
    )
