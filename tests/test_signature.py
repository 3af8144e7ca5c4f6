import json
from dataclasses import FrozenInstanceError, asdict, replace

import pytest

from convlet.errors import ModelError
from convlet.signature import FORMAT, Form, Signature

SIGNATURE = Signature(
    input_shape=(28, 28, 1), class_names=("null", "één"), preprocessing="none", dataset="mnist", recipe="tutorial"
)


def test_comes_back_from_metadata_unchanged() -> None:
    assert Signature.from_metadata(SIGNATURE.to_metadata() | {"author": "somebody"}, "m.onnx") == SIGNATURE


def test_refuses_a_file_that_is_not_convlets() -> None:
    with pytest.raises(ModelError, match=r"m\.onnx has no convlet metadata"):
        Signature.from_metadata({"author": "somebody"}, "m.onnx")


def test_refuses_a_file_of_a_newer_version() -> None:
    with pytest.raises(ModelError, match="newer convlet"):
        Signature.from_metadata(SIGNATURE.to_metadata() | {"convlet.format": str(FORMAT + 1)}, "m.onnx")


def test_a_file_of_the_first_version_has_the_defaults() -> None:
    later = {"convlet.form", "convlet.temperature", "convlet.threshold"}
    first = {key: value for key, value in SIGNATURE.to_metadata().items() if key not in later} | {"convlet.format": "1"}
    assert Signature.from_metadata(first, "m.onnx") == SIGNATURE
    assert (SIGNATURE.temperature, SIGNATURE.threshold) == (1, None)
    assert asdict(SIGNATURE.form) == {"kind": "picture", "light": True, "box": 20 / 28, "centre": "mass", "fit": "pad"}


def test_metadata_keep_their_format() -> None:
    """Files written today are read by the next version: whoever changes this raises FORMAT."""
    assert FORMAT == 4
    assert replace(SIGNATURE, threshold=0.5).to_metadata() == {
        "convlet.format": "2",
        "convlet.input_shape": "[28,28,1]",
        "convlet.class_names": '["null","\\u00e9\\u00e9n"]',
        "convlet.preprocessing": '"none"',
        "convlet.dataset": '"mnist"',
        "convlet.recipe": '"tutorial"',
        "convlet.form": '{"kind":"picture","light":true,"box":0.7142857142857143,"centre":"mass"}',
        "convlet.temperature": "1.0",
        "convlet.threshold": "0.5",
    }


@pytest.mark.parametrize(
    ("dataset", "recipe", "name"),
    [
        ("mnist", "fast", "mnist-fast"),
        ("my  scans/2026", "v1.5_b", "my-scans-2026-v1.5_b"),
        ("_é.", "fast é", "fast"),
        (".", ".", "model"),
        ("a" * 40, "b" * 40, "a" * 40 + "-" + "b" * 23),
    ],
)
def test_a_name_fits_an_address(dataset: str, recipe: str, name: str) -> None:
    assert replace(SIGNATURE, dataset=dataset, recipe=recipe).name == name


def test_the_facts_that_programs_are_told() -> None:
    ink = Form(kind="ink", light=False, box=0.5, centre="box")
    assert replace(SIGNATURE, form=ink, threshold=0.25).facts() == {
        "name": "mnist-tutorial",
        "dataset": "mnist",
        "recipe": "tutorial",
        "input_shape": [28, 28, 1],
        "classes": ["null", "één"],
        "form": {"kind": "ink", "light": False, "box": 0.5, "centre": "box"},
        "threshold": 0.25,
    }


def test_only_a_model_that_does_not_pad_needs_this_version() -> None:
    cropping = replace(SIGNATURE, form=Form(fit="crop"))
    assert cropping.to_metadata()["convlet.format"] == "3"
    assert cropping.facts()["form"]["fit"] == "crop"
    assert Signature.from_metadata(cropping.to_metadata(), "m.onnx") == cropping


def test_only_a_model_of_pixels_that_were_stretched_needs_the_format_of_white() -> None:
    digits = replace(SIGNATURE, white=16.0)
    assert (digits.to_metadata()["convlet.format"], digits.to_metadata()["convlet.white"]) == ("4", "16.0")
    assert Signature.from_metadata(digits.to_metadata(), "m.onnx") == digits
    for given, wrong in (("0", "0"), ("Infinity", "inf"), ("-1", "-1")):
        with pytest.raises(ModelError, match=f"white {wrong}"):
            Signature.from_metadata(digits.to_metadata() | {"convlet.white": given}, "m.onnx")
    assert Signature.from_metadata(digits.to_metadata() | {"convlet.white": "0.5"}, "m.onnx").white == 0.5


@pytest.mark.parametrize("value", [SIGNATURE, SIGNATURE.form])
def test_values_stay_as_they_are(value: Signature | Form) -> None:
    with pytest.raises(FrozenInstanceError):
        value.kind = "other"  # type: ignore[misc, union-attr]


@pytest.mark.parametrize(
    "change",
    [
        {"convlet.input_shape": "[28, 28, 3]"},
        {"convlet.input_shape": "[1, 1, 1]"},
        {"convlet.class_names": '["one"]'},
        {"convlet.threshold": "0"},
        {"convlet.threshold": "1"},
        {"convlet.form": '{"kind": "ink", "box": 1, "centre": "box", "light": false}'},
    ],
)
def test_reads_every_value_that_can_be_true(change: dict[str, str]) -> None:
    read = Signature.from_metadata(SIGNATURE.to_metadata() | change, "m.onnx").to_metadata()
    assert {key: json.loads(read[key]) for key in change} == {key: json.loads(value) for key, value in change.items()}


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"convlet.input_shape": "[28, 28, 2]"}, r"input_shape \(28, 28, 2\)"),
        ({"convlet.input_shape": "[28, 28, 1, 1]"}, r"input_shape \(28, 28, 1, 1\)"),
        ({"convlet.input_shape": "[28, -1, 1]"}, r"input_shape \(28, -1, 1\)"),
        ({"convlet.input_shape": "[2049, 2048, 1]"}, r"input_shape \(2049, 2048, 1\)"),
        ({"convlet.class_names": "[]"}, r"\(class_names\)"),
        ({"convlet.class_names": '["a", "b", "a"]'}, "twice"),
        ({"convlet.threshold": "1.5"}, r"threshold 1\.5"),
        ({"convlet.threshold": "-0.1"}, r"threshold -0\.1"),
        ({"convlet.threshold": "true"}, "threshold True"),
        ({"convlet.form": '{"light": 1}'}, "form"),
        ({"convlet.form": '{"centre": "top"}'}, "form"),
        ({"convlet.form": '{"box": 1.5}'}, "form"),
        ({"convlet.form": '{"fit": "squeeze"}'}, "form"),
        ({"convlet.form": "[1]"}, "Form"),
        ({"convlet.format": '"two"'}, "str"),
        ({"convlet.input_shape": "[" * 100_000}, "recursion"),
    ],
)
def test_names_what_cannot_be_true(change: dict[str, str], named: str) -> None:
    with pytest.raises(ModelError, match=rf"m\.onnx has unreadable convlet metadata \(?.*{named}"):
        Signature.from_metadata(SIGNATURE.to_metadata() | change, "m.onnx")


def test_names_what_is_missing() -> None:
    without = {key: value for key, value in SIGNATURE.to_metadata().items() if key != "convlet.class_names"}
    with pytest.raises(ModelError, match="class_names"):
        Signature.from_metadata(without, "m.onnx")


@pytest.mark.parametrize(
    "change",
    [
        {"convlet.input_shape": "[28]"},
        {"convlet.input_shape": "[28, 0, 1]"},
        {"convlet.input_shape": "[28, 2.5, 1]"},
        {"convlet.class_names": "nonsense"},
        {"convlet.class_names": "[]"},
        {"convlet.class_names": "[1, 2]"},
        {"convlet.threshold": '"high"'},
        {"convlet.threshold": "7"},
        {"convlet.form": '{"kind": "paper"}'},
        {"convlet.form": '{"kind": "ink", "box": 0}'},
        {"convlet.surplus": "1"},
    ],
)
def test_refuses_metadata_it_cannot_read(change: dict[str, str]) -> None:
    with pytest.raises(ModelError, match="unreadable"):
        Signature.from_metadata(SIGNATURE.to_metadata() | change, "m.onnx")
