"""The `.tflite` file as another program opens it."""

import numpy as np
import pytest

from convlet.run import Run


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:.*tf.lite.Interpreter is deprecated")
def test_a_stranger_opens_the_tflite_file(exported: dict, run: Run, digits) -> None:
    import tensorflow as tf

    images = digits.test.images[:7]
    interpreter = tf.lite.Interpreter(model_path=str(exported["litert"].path))
    answered = interpreter.get_signature_runner("serve")(image=images)
    np.testing.assert_allclose(next(iter(answered.values())), run.predictor().probabilities(images), atol=1e-5)
    assert b'"convlet.threshold"' in exported["litert"].path.read_bytes()
