"""Answers over several views of an image: the image itself, its mirror image, and both shifted."""

from typing import Any

from convlet.recipes import Recipe
from convlet.system.engine import keras


def each_view(net: Any, recipe: Recipe) -> Any:
    """Return a `keras.Model` with a net's answers for every view of an image.

    All views go through the net in one batch. What a shift brings in is reflected at the border, as in training.

    Args:
        net: uint8 (n, height, width, channels) in, float32 (n, answers) out.
        recipe: `mirror` and `shifts` say which views.

    Returns:
        Uint8 (n, height, width, channels) in, float32 (views, n, answers) out.
    """
    layers, ops = keras().layers, keras().ops
    shift = min(recipe.shifts, min(net.input_shape[1:3]) - 1)  # a smaller image has no more to reflect
    image = keras().Input(net.input_shape[1:], dtype="uint8", name="image")
    views = [image]
    if shift:
        wide = ops.pad(image, ((0, 0), (shift, shift), (shift, shift), (0, 0)), mode="reflect")
        corners = {"up_left": (2 * shift, 0), "down_right": (0, 2 * shift)}
        views += [layers.Cropping2D((corner, corner), name=name)(wide) for name, corner in corners.items()]
    if recipe.mirror == "average":
        views += [ops.flip(view, axis=2) for view in views]
    answers = net(layers.Concatenate(axis=0, name="views")(views) if len(views) > 1 else image)
    return keras().Model(image, ops.reshape(answers, (len(views), -1, answers.shape[-1])))


def over_views(net: Any, recipe: Recipe) -> Any:
    """Return a `keras.Model` with a net's mean answers over every view of an image, or the net itself if it is one."""
    if recipe.mirror == "none" and not recipe.shifts:
        return net
    each = each_view(net, recipe)
    return keras().Model(each.inputs[0], keras().ops.mean(each.outputs[0], axis=0), name="over_views")
