"""Exports of a run: every format answers like the model, what disagrees is not kept, the card tells the truth."""

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import convlet
from convlet.data import download
from convlet.errors import CheckError, DownloadError, InputError, MissingExtraError, OutputError, UsageError
from convlet.exports import check, int8, litert
from convlet.exports.shipping import FORMATS, browser_runtime, export
from convlet.run import Run
from convlet.system.files import sha256


@pytest.fixture(scope="module")
def browser_files(tmp_path_factory) -> Path:
    """What stands in for onnxruntime's browser build where no browser runs it."""
    folder = tmp_path_factory.mktemp("runtime")
    for name in browser_runtime.FILES:
        (folder / name).write_text(f"not the real {name}")
    return folder


@pytest.fixture(scope="module")
def exported(run: Run, browser_files: Path, tmp_path_factory) -> dict:
    folder = tmp_path_factory.mktemp("exported")
    return {
        form: export(
            run, form, folder / ("web" if form == "web" else ""), runtime=browser_files if form == "web" else None
        )
        for form in FORMATS
    }


@pytest.mark.parametrize("form", FORMATS)
def test_every_format_answers_like_the_model(exported: dict, form: str) -> None:
    found = exported[form]
    assert found.agreement.checked_images == 1000  # 360 test images, and training images
    assert found.agreement.agreement >= (0.99 if form == "onnx-int8" else 1)
    assert found.agreement.max_abs_difference < (0.5 if form == "onnx-int8" else 1e-5)
    assert (
        found.bytes
        == sum(file.stat().st_size for file in found.path.rglob("*") if file.is_file() and file != found.card)
        or found.bytes == found.path.stat().st_size
    )


def test_a_stranger_opens_the_saved_model(exported: dict, run: Run, digits) -> None:
    import tensorflow as tf

    images = digits.test.images[:7]
    served = tf.saved_model.load(str(exported["saved-model"].path)).signatures["serve"](image=tf.constant(images))
    np.testing.assert_allclose(next(iter(served.values())), run.predictor().probabilities(images), atol=1e-5)
    facts = json.loads((exported["saved-model"].path / "assets.extra" / "convlet.json").read_text())
    assert json.loads(facts["convlet.class_names"]) == list(digits.class_names)


@pytest.mark.filterwarnings("ignore:.*tf.lite.Interpreter is deprecated")
def test_a_stranger_opens_the_tflite_file(exported: dict, run: Run, digits) -> None:
    import tensorflow as tf

    images = digits.test.images[:7]
    interpreter = tf.lite.Interpreter(model_path=str(exported["litert"].path))
    answered = interpreter.get_signature_runner("serve")(image=images)
    np.testing.assert_allclose(next(iter(answered.values())), run.predictor().probabilities(images), atol=1e-5)
    assert b'"convlet.threshold"' in exported["litert"].path.read_bytes()


def test_int8_is_an_onnx_model_like_the_other(exported: dict, run: Run, digits) -> None:
    import onnx

    predictor = convlet.Predictor(exported["onnx-int8"].path)
    assert predictor.signature == run.predictor().signature
    assert predictor.evaluate(digits).accuracy == exported["onnx-int8"].accuracy
    assert exported["onnx-int8"].accuracy == pytest.approx(
        run.evaluate(digits).accuracy - exported["onnx-int8"].accuracy_lost
    )
    weights = onnx.load(exported["onnx-int8"].path).graph.initializer
    large = [one for one in weights if np.prod(one.dims) > 2000]  # scales and biases are one for each of 1,024 units
    assert large
    assert {one.data_type for one in large} <= {onnx.TensorProto.INT8, onnx.TensorProto.UINT8}


def test_one_card_for_all_files_of_a_folder(exported: dict, run: Run) -> None:
    beside = [found for form, found in exported.items() if form != "web"]
    (path,) = {found.card for found in beside}
    assert path.name == "MODEL.md"
    card = path.read_text()
    for found in beside:
        file = found.path / "saved_model.pb" if found.path.is_dir() else found.path
        (row,) = (line for line in card.splitlines() if line.startswith(f"| {found.path.name} |"))
        for words in (sha256(file), f"{found.accuracy:.2%}", f"{found.bytes:,}", f"{found.agreement.agreement:.2%}"):
            assert words in row
    for words in (run.manifest["dataset"]["train_sha256"], "what not", "MNIST-C", "95 % interval", run.path.name):
        assert words in card
    assert str(run.path) not in card


def test_the_card_forgets_what_is_no_longer_there(run: Run, tmp_path) -> None:
    first = export(run, "onnx", tmp_path)
    first.path.write_bytes(b"another file")
    card = export(run, "onnx-int8", tmp_path).card.read_text()
    assert "| model-int8.onnx |" in card
    assert "| model.onnx |" not in card


def test_somebody_elses_card_stays(run: Run, tmp_path) -> None:
    (tmp_path / "MODEL.md").write_text("mine")
    assert export(run, "onnx", tmp_path).card.name == "model.MODEL.md"
    assert (tmp_path / "MODEL.md").read_text() == "mine"


def test_without_its_card_a_file_is_not_kept(run: Run, tmp_path) -> None:
    (tmp_path / "seven.MODEL.md").mkdir()
    with pytest.raises(OutputError):
        export(run, "onnx", tmp_path / "seven.onnx")
    assert [file.name for file in tmp_path.iterdir()] == ["seven.MODEL.md"]


def test_the_runs_own_model_is_not_written_over(run: Run) -> None:
    before = sha256(run.path / "model.onnx")
    with pytest.raises(UsageError, match="the run's own model"):
        export(run, "onnx-int8", run.path / "model.onnx")
    assert sha256(run.path / "model.onnx") == before


def test_the_corruptions_are_measured_once(run: Run, tmp_path) -> None:
    said: list[str] = []
    export(run, "onnx", tmp_path, on_note=said.append)
    said.clear()
    export(run, "onnx", tmp_path, on_note=said.append)
    assert said == []


def test_a_web_page_is_whole(exported: dict, run: Run) -> None:
    site = exported["web"].path
    static = site / "static"
    assert exported["web"].card == site / "MODEL.md"
    wanted = set(re.findall(r'(?:src|href)="(static/[^"]+)"', (site / "index.html").read_text()))
    for script in static.glob("*.js"):
        wanted |= {f"static/{name}" for name in re.findall(r'from "\./([^"]+)"', script.read_text())}
    assert {"static/page.js", "static/style.css", "static/runtime/ort.wasm.bundle.min.js"} <= wanted
    assert {name for name in wanted if not (site / name).is_file()} == set()
    assert convlet.Predictor(static / "model.onnx").signature == run.predictor().signature
    assert json.loads((static / "model.json").read_text())["classes"] == list(run.predictor().signature.class_names)
    assert {file.name for file in (static / "runtime").iterdir()} == {
        name.replace(".mjs", ".js") for name in browser_runtime.FILES
    }
    text = "".join(
        file.read_text()
        for file in site.rglob("*")
        if file.suffix in (".js", ".html", ".css") and "runtime" not in file.parts
    )
    assert "local/" not in "".join(wanted)
    assert set(re.findall(r"https?://[^/'\"]+", text)) <= {"http://www.w3.org"}  # the name of SVG


def test_a_web_page_takes_the_place_of_its_like_only(run: Run, browser_files: Path, tmp_path) -> None:
    (tmp_path / "site").mkdir()
    export(run, "web", tmp_path / "site", runtime=browser_files)
    (tmp_path / "site" / "static" / "old.js").write_text("old")
    export(run, "web", tmp_path / "site", runtime=browser_files)
    assert not (tmp_path / "site" / "static" / "old.js").exists()
    (tmp_path / "site" / "CNAME").write_text("mine")
    with pytest.raises(OutputError, match="CNAME"):
        export(run, "web", tmp_path / "site", runtime=browser_files)
    assert (tmp_path / "site" / "CNAME").read_text() == "mine"
    (tmp_path / "mine" / "static").mkdir(parents=True)
    (tmp_path / "mine" / "static" / "model.onnx").write_text("mine")  # of another program
    (tmp_path / "mine" / "letter.txt").write_text("mine")
    with pytest.raises(OutputError, match="holds something else"):
        export(run, "web", tmp_path / "mine", runtime=browser_files)
    assert [file.name for file in tmp_path.iterdir() if file.name.startswith(".")] == []
    assert (tmp_path / "mine" / "letter.txt").read_text() == "mine"


def test_the_browser_build_is_fetched_with_npm_and_checked(tmp_path, monkeypatch) -> None:
    """A real npm is asked for a package of the same form that lies on disk."""
    npm = shutil.which("npm")
    if npm is None:
        pytest.skip("npm is not installed")
    package = tmp_path / "package"
    (package / "dist").mkdir(parents=True)
    (package / "package.json").write_text('{"name": "made-up", "version": "1.0.0"}')
    for name in browser_runtime.FILES:
        (package / "dist" / name).write_text(name)
    monkeypatch.setattr(browser_runtime, "_PACKAGE", str(package))
    monkeypatch.setattr(download, "cache_folder", lambda: tmp_path / "cache")
    with pytest.raises(DownloadError, match="wrong SHA-256"):
        browser_runtime.browser_runtime()
    assert [file for file in (tmp_path / "cache").rglob("*") if file.is_file()] == []
    monkeypatch.setattr(
        browser_runtime, "FILES", {name: hashlib.sha256(name.encode()).hexdigest() for name in browser_runtime.FILES}
    )
    said: list[str] = []
    folder = browser_runtime.browser_runtime(None, said.append)
    assert {file.name for file in folder.iterdir()} == set(browser_runtime.FILES)
    assert len(said) == 1
    browser_runtime.browser_runtime(None, said.append)
    assert len(said) == 1


def test_without_npm_or_the_files_it_says_what_to_do(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(download, "cache_folder", lambda: tmp_path / "cache")
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(MissingExtraError, match="--runtime DIR"):
        browser_runtime.browser_runtime()
    with pytest.raises(InputError, match=r"ort-wasm-simd-threaded\.wasm"):
        browser_runtime.browser_runtime(tmp_path)


@pytest.mark.parametrize(("home", "limits"), [(int8, "QUANTIZED"), (litert, "EXACT")])
def test_what_disagrees_is_not_kept(run: Run, tmp_path, monkeypatch, home, limits: str) -> None:
    monkeypatch.setattr(home, limits, check.Limits(agreement=1, difference=-1.0))
    with pytest.raises(CheckError, match="Nothing was kept"):
        export(run, "onnx-int8" if home is int8 else "litert", tmp_path)
    assert not list(tmp_path.iterdir())


def test_not_a_number_disagrees() -> None:
    with pytest.raises(CheckError):
        check.require(check.Agreement(10, 1.0, float("nan")), check.EXACT, "made up")


def test_places(run: Run, tmp_path) -> None:
    found = export(run, "onnx", tmp_path / "new" / "seven.onnx")
    assert {path.name for path in found.path.parent.iterdir()} == {"seven.onnx", "seven.MODEL.md"}
    with pytest.raises(UsageError, match=r"seven\.tflite"):
        export(run, "litert", tmp_path / "seven.onnx")
    with pytest.raises(UsageError, match="onnx, onnx-int8, litert, saved-model, web"):
        export(run, "pickle")
    (tmp_path / "mine").write_text("mine")
    with pytest.raises(OutputError, match="holds something else"):
        export(run, "saved-model", tmp_path / "mine")
    assert (tmp_path / "mine").read_text() == "mine"


def test_jax_cannot_write_tensorflows_forms(run: Run, tmp_path) -> None:
    pytest.importorskip("jax", reason="JAX is not installed: pip install 'convlet[jax]'")
    words = [
        sys.executable,
        "-c",
        "from convlet.cli import main; main()",
        "export",
        str(run.path),
        "--format",
        "litert",
        "--out",
        str(tmp_path),
    ]
    done = subprocess.run(words, capture_output=True, text=True, check=False, env=os.environ | {"KERAS_BACKEND": "jax"})
    assert done.returncode == 2
    assert "KERAS_BACKEND=tensorflow" in done.stderr
