"""Several views in one batch, in ONNX."""

import pytest

import convlet
from convlet.models import average, build_model, over_views
from convlet.system.engine import keras
from tests.exports.onnx_graph.nets import (
    COLOUR,
    GREY,
    LAYERS,
    assert_same,
    functional,
    ops,
    refused,
    sequential,
    shaken,
)


@pytest.mark.parametrize(("mirror", "shift"), [("average", 0), ("none", 1), ("average", 2)])
@pytest.mark.parametrize("shape", [GREY, COLOUR])
def test_the_mean_over_views(shape: tuple[int, int, int], mirror: str, shift: int) -> None:
    nets = [sequential(LAYERS.Conv2D(4, 3), shape=shape, name=f"one_{number}") for number in (1, 2)]
    nets[1].set_weights([-weights for weights in nets[1].get_weights()])  # or the graph would share them
    proto = assert_same(over_views(average(nets), convlet.recipe("tutorial", mirror=mirror, shifts=shift)))
    assert ops(proto).count("Conv") == len(nets)  # all views in one batch
    assert ("Slice" in ops(proto), "Pad" in ops(proto)) == (True, shift > 0)


@pytest.mark.parametrize("side", [31, 32])
def test_a_net_absorbs_all_normalization(side: int) -> None:
    form = {"filters": (4, 6, 6, 8), "kernel_size": (2, 3, 3, 3), "padding": ("valid", "same", "same", "same")}
    recipe = convlet.recipe("pictures", strides=1, pool=(1, 2, 2, 2), outliers=0, mirror="average", **form)
    net = shaken(build_model(recipe, (side, side, 3), 4))
    # Else softmax would answer 0 and 1 whatever the image.
    net.layers[-1].set_weights([values * 1e-2 for values in net.layers[-1].get_weights()])
    assert "BatchNormalization" not in ops(assert_same(over_views(net, recipe)))


def test_other_uses_of_the_operations_are_refused() -> None:
    operations = keras().ops
    refused(functional(lambda x: operations.flip(x, axis=1)), "Flip., other than of images from left to right")
    refused(functional(operations.flip), "Flip., other than of images from left to right")
    refused(functional(lambda x: operations.pad(x, 1)), "Pad., other than of images by reflection")
    edges = [(0, 0), (1, 1), (1, 1), (0, 0)]
    refused(
        functional(lambda x: operations.pad(x, edges, mode="symmetric")), "Pad., other than of images by reflection"
    )
    refused(functional(lambda x: operations.mean(x, axis=1, keepdims=True)), "Mean., other than over views")
    refused(functional(lambda x: operations.mean(x, axis=0, keepdims=True)), "Mean., other than over views")
    refused(functional(lambda x: operations.reshape(x, (-1, 108))), "Reshape., other than from a batch of answers")
