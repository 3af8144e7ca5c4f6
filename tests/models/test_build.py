"""What holds for all nets, beside the contract of test_architectures.py."""

import numpy as np

import convlet
from convlet.models import ARCHITECTURES, build_model, summary


def test_the_names_a_recipe_may_use_are_those_that_exist() -> None:
    assert convlet.recipes.SETTINGS["architecture"].values.words == f"one of {', '.join(sorted(ARCHITECTURES))}"


def test_bfloat16_keeps_weights_and_answers_in_float32() -> None:
    model = build_model(convlet.recipe("tutorial"), (8, 8, 1), 10, "bfloat16")
    answers = model(np.zeros((1, 8, 8, 1), np.uint8))
    assert {weight.dtype for weight in model.weights} == {"float32"}
    assert model.layers[1].compute_dtype == "bfloat16"
    assert np.asarray(answers).dtype == np.float32
    assert build_model(convlet.recipe("tutorial"), (8, 8, 1), 10).layers[1].compute_dtype == "float32"


def test_the_summary_names_every_layer_and_the_total() -> None:
    text = summary(build_model(convlet.recipe("tutorial"), (28, 28, 1), 10))
    for words in ("conv_1", "(None, 14, 14, 32)", "3,212,288", "Total params: 3,274,634"):
        assert words in text
