"""Train the nets of a recipe, one after the other; most recipes have one."""

from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

from convlet.data import Dataset
from convlet.models import Pixels, build_model, summary
from convlet.recipes import Recipe
from convlet.run import Epoch
from convlet.signature import Form
from convlet.system.engine import jax_platform
from convlet.system.interrupts import interrupts_held
from convlet.system.watch import Watch
from convlet.training.augmentation.forms import with_forms
from convlet.training.augmentation.outliers import shown_outliers, with_outliers
from convlet.training.balance import Shares, shares_of
from convlet.training.checkpoint import Checkpoint, Place, State, Weights
from convlet.training.feed import Feed
from convlet.training.feeding import choose_feed
from convlet.training.keeping import Kept, validated_epochs
from convlet.training.optimizer import accuracy, cross_entropy, make_optimizer
from convlet.training.plan import Plan
from convlet.training.recorder import Keeper, Recorder
from convlet.training.resolve import measured_pixels
from convlet.training.start import Start
from convlet.training.warm_up import warm_up


class Members(NamedTuple):
    """Trained nets: weights, the pixels' mean and deviation, and how they were trained."""

    weights: list[Weights]
    pixels: Pixels
    history: list[Epoch]
    compile_seconds: float


def fit_members(
    dataset: Dataset,
    recipe: Recipe,
    form: Form,
    keeper: Keeper,
    watch: Watch,
    saved: Checkpoint | None = None,
    start: Start | None = None,
) -> Members:
    """Train every net of a resolved recipe, and have `keeper` save the state after each epoch.

    Args:
        dataset: see `train`.
        recipe: a resolved one.
        form: that of the images.
        keeper: saves the state.
        watch: callbacks.
        saved: a state to go on from.
        start: a trained model whose nets these begin as.
    """
    shape, classes = dataset.image_shape, len(dataset.class_names)
    known = with_forms(dataset.train, recipe, dataset.class_names, form.box)
    train = with_outliers(known, recipe, dataset.class_names, form.box)
    held_out = dataset.split(recipe.validate_on)
    pixels = _pixels(dataset, recipe, start)
    feed = choose_feed(recipe, train)
    if feed.note:
        watch.on_note(feed.note)
    state = saved.state if saved else State(history=[])
    history, finished = state.history, state.finished
    if saved:
        watch.on_note(_resuming(saved, recipe))
    keeper.begin(history, None if finished else lambda: summary(build_model(recipe, shape, classes)))
    outliers = shown_outliers(recipe, known)
    shares: Shares | None
    if start:
        shares = start.shares(train.labels, len(dataset.train), classes, outliers)
    else:
        shares = shares_of(train.labels, classes, outliers, even=recipe.balance == "auto")
    size = sum(shares.shown) if shares else len(known) + outliers
    compile_seconds = 0.0
    for member in range(len(finished), recipe.ensemble):
        own = member_recipe(recipe, member)
        if recipe.ensemble > 1:
            watch.on_note(f"net {member + 1} of {recipe.ensemble}, seed {own.seed}:")
        plan = Plan(own, size, shape, shares)
        with feed.scope(), interrupts_held() as check:
            net = build_model(own, shape, classes, own.precision, pixels, training=True, kinds=feed.kinds)
            first = start.begin(net, member, dataset) if start else None
            model = _compiled(net, feed, own, size, classes)
            compile_seconds += warm_up(model, feed, train, plan)
            if saved:
                saved.restore(model)
            kept = Kept(net, recipe.keep, len(held_out), saved.state.kept if saved else None)
            batches = feed.training_batches(train, plan)
            before = member * recipe.epochs
            recorder = Recorder(
                plan=plan,
                steps=len(batches),
                history=history,
                keep=partial(_keep, keeper, model, history, finished, kept, before=before),
                watch=watch,
                seconds=recipe.checkpoint_seconds,
                check=partial(_check, check, keeper),
            )
            fit = partial(
                model.fit,
                validation_data=feed.validation_batches(held_out),
                validation_freq=validated_epochs(recipe, size),
                callbacks=[recorder.as_callback()],
                shuffle=False,  # the plan has its own order
                verbose=0,
            )
            if saved and (done := saved.state.place.steps):
                recorder.resume_within(saved, model)
                epoch = len(history) - before
                fit(feed.training_batches(train, plan, done), initial_epoch=epoch, epochs=epoch + 1)
            saved = None
            fit(batches, initial_epoch=len(history) - before, epochs=recipe.epochs)
        finished.append(start.blended(first, kept.weights, recipe.blend) if start and first else kept.weights)
    return Members(finished, pixels, history, compile_seconds)


def _pixels(dataset: Dataset, recipe: Recipe, start: Start | None) -> Pixels:
    if start:
        return start.pixels
    return measured_pixels(dataset.train) if recipe.pixels == "standard" else Pixels()


def _check(interrupts: Callable[[], None], keeper: Keeper) -> None:
    """Raise KeyboardInterrupt if a signal has arrived, or somebody elsewhere wants the training to stop."""
    interrupts()
    keeper.check()


def _keep(
    keeper: Keeper, model: Any, history: list[Epoch], finished: list[Weights], kept: Kept, place: Place, *, before: int
) -> None:
    """Save the state after a validated epoch, or within one; `before` is the number of epochs of earlier nets."""
    if not place.steps:
        kept.see(history[before:])
    keeper.keep(model, State(history=history, finished=finished, kept=kept.so_far, place=place))


def _resuming(saved: Checkpoint, recipe: Recipe) -> str:
    epochs, steps = len(saved.state.history), saved.state.place.steps
    damaged = f"{saved.damaged} Resuming from the state before it: " if saved.damaged else ""
    after = f"after {steps:,} steps of epoch {epochs + 1}" if steps else f"after epoch {epochs}"
    return f"{damaged}resuming {after} of {recipe.epochs * recipe.ensemble}."


def member_recipe(recipe: Recipe, member: int) -> Recipe:
    """Return the recipe of one net of an ensemble: seeds are consecutive and wrap around."""
    return recipe.changed(seed=(recipe.seed + member) % 2**32)


def _compiled(net: Any, feed: Feed, recipe: Recipe, images: int, classes: int) -> Any:
    loss = cross_entropy(recipe, classes)
    model = feed.wrap(net, loss)
    model.compile(
        optimizer=make_optimizer(recipe, recipe.epochs * -(-images // recipe.batch_size)),
        loss=loss,
        metrics=[accuracy(classes)],
        steps_per_execution=feed.steps_per_execution,
        # TensorFlow's XLA is 2.5 times slower for these nets on a CPU; torch's compiler needs a C++ compiler.
        jit_compile="auto" if jax_platform() else False,
    )
    return model
