"""The SavedModel as another program opens it."""

import json

import numpy as np

from convlet.run import Run


def test_a_stranger_opens_the_saved_model(exported: dict, run: Run, digits) -> None:
    import tensorflow as tf

    images = digits.test.images[:7]
    served = tf.saved_model.load(str(exported["saved-model"].path)).signatures["serve"](image=tf.constant(images))
    np.testing.assert_allclose(next(iter(served.values())), run.predictor().probabilities(images), atol=1e-5)
    facts = json.loads((exported["saved-model"].path / "assets.extra" / "convlet.json").read_text())
    assert json.loads(facts["convlet.class_names"]) == list(digits.class_names)
