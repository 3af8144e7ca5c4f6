"""The notebooks run from top to bottom, and the committed ones show their output."""

import ast
import base64
import copy
import importlib
import io
import json
import re
import shutil
from pathlib import Path

import nbformat
import numpy as np
import pytest
from PIL import Image

import convlet

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[1]
TUTORIAL = ROOT / "notebooks" / "tutorial.ipynb"
STEPS = (
    "What we will build, and the imports",
    "Load the data",
    "Look at the data",
    "Reshape: the channel axis",
    "Scale the pixels from 0..255 to 0..1",
    "Labels, and what one-hot means",
    "Build the model",
    "The summary",
    "Compile and train",
    "Curves and evaluation",
    "Predict, and what to play with next",
)
PICTURES = ("look-one", "look-grid", "curves", "confusion", "predict-some", "mistakes")
MACHINE_PATH = re.compile(r"/(home|root|tmp|work|Users|usr|opt|var|mnt|private)/|site-packages")
PARAMETERS = {"DATASET": "digits", "EPOCHS": 2}
INSTALLS = {"importlib.util", "subprocess", "sys"}


@pytest.fixture(scope="module")
def run_notebook():
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(ROOT)
        yield importlib.import_module("benchmarks.run_notebook")


@pytest.fixture(scope="module")
def executed(run_notebook, tmp_path_factory):
    """The notebook after a run on `digits`, and the folder of that run."""
    out = tmp_path_factory.mktemp("notebook") / "runs"
    before = TUTORIAL.read_bytes()
    notebook = run_notebook.run(TUTORIAL, {**PARAMETERS, "OUT": str(out)})
    assert TUTORIAL.read_bytes() == before, "run() changed the notebook's file"
    return notebook, out / "digits-small-data-1"


@pytest.fixture(scope="module")
def committed():
    return nbformat.read(TUTORIAL, as_version=4)


def png_of(pixels):
    file = io.BytesIO()
    Image.fromarray(pixels).convert("RGB").save(file, "PNG")
    return base64.b64encode(file.getvalue()).decode()


def code_cells(notebook):
    return {cell.id: cell for cell in notebook.cells if cell.cell_type == "code"}


def outputs(notebook, kind):
    return [
        (cell.id, output)
        for cell in code_cells(notebook).values()
        for output in cell.outputs
        if output.output_type == kind
    ]


def pictures(notebook):
    return {
        cell.id: base64.b64decode(output.data["image/png"])
        for cell in code_cells(notebook).values()
        for output in cell.outputs
        if "image/png" in output.get("data", {})
    }


def warnings_of(notebook):
    return [(cell_id, output.text) for cell_id, output in outputs(notebook, "stream") if output.name == "stderr"]


@pytest.mark.long
def test_runs_on_digits_without_an_error(executed):
    notebook, _ = executed
    assert outputs(notebook, "error") == []
    assert [cell.execution_count for cell in code_cells(notebook).values()] == list(
        range(1, len(code_cells(notebook)) + 1)
    )


@pytest.mark.long
def test_parameters_are_taken_and_keep_their_comments(executed):
    notebook, run = executed
    source = code_cells(notebook)["parameters"].source
    assert 'DATASET = "digits"  # ' in source
    assert "EPOCHS = 2  # " in source
    assert len((run / "history.csv").read_text().splitlines()) == 1 + 2


@pytest.mark.long
def test_draws_its_pictures(executed):
    drawn = pictures(executed[0])
    assert tuple(drawn) == PICTURES
    assert all(png.startswith(b"\x89PNG") and len(png) > 5_000 for png in drawn.values())


@pytest.mark.long
def test_says_the_accuracy_that_the_run_folder_holds(executed, run_notebook):
    notebook, run = executed
    evaluation = json.loads((run / "evaluation-test.json").read_text())
    assert evaluation["accuracy"] > 0.5
    text = run_notebook.text_of(code_cells(notebook)["evaluate-test"])
    assert f"test accuracy: {evaluation['accuracy']:.2%} of 360 images" in text
    low, high = evaluation["accuracy_interval_95"]
    assert f"95 % interval: {low:.2%} to {high:.2%}" in text
    wrong = round((1 - evaluation["accuracy"]) * evaluation["n"])
    assert f"{wrong} of 360 test images are answered wrongly" in run_notebook.text_of(code_cells(notebook)["mistakes"])


@pytest.mark.long
def test_shows_that_both_losses_and_both_models_are_the_same(executed, run_notebook):
    cells = code_cells(executed[0])
    assert re.search(r"the same loss: +True", run_notebook.text_of(cells["same-loss"]))
    assert re.search(r"the same pixels: +True", run_notebook.text_of(cells["reshape-images"]))
    assert "after:  float32, 0.0 to 1.0" in run_notebook.text_of(cells["scale-images"])
    difference = re.search(r"largest difference .*: (\S+)", run_notebook.text_of(cells["build-convlet"]))
    assert float(difference[1]) < 1e-5


def test_the_eleven_steps_are_there_in_order_each_with_its_command(committed):
    steps = [cell.source for cell in committed.cells if cell.cell_type == "markdown" and cell.source.startswith("## ")]
    assert [source.splitlines()[0] for source in steps] == [
        f"## Step {number}: {title}" for number, title in enumerate(STEPS, 1)
    ]
    for source in steps:
        assert len(re.findall(r"^\*\*Command line:\*\* .*`convlet ", source, re.MULTILINE)) == 1, source.splitlines()[0]


def test_cells_have_stable_ids_and_the_second_code_cell_holds_the_parameters(committed):
    ids = [cell.id for cell in committed.cells]
    assert len(set(ids)) == len(ids)
    assert all(re.fullmatch(r"[a-z]+(-[a-z]+)*", cell_id) for cell_id in ids), ids
    install, second, *_ = code_cells(committed).values()
    assert install.id == "install"
    assert second.metadata.tags == ["parameters"]
    assert [line.partition("  #")[0] for line in second.source.splitlines()] == [
        'DATASET = "mnist"',
        "EPOCHS = None",
        'OUT = "runs"',
    ]


def tree_of(notebook):
    return ast.parse("\n".join(cell.source for cell in code_cells(notebook).values()))


def public_names(notebook):
    return {
        node.attr
        for node in ast.walk(tree_of(notebook))
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "convlet"
    }


def imports(notebook):
    tree = tree_of(notebook)
    imported = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    return imported | {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}


def test_uses_public_names_only(committed):
    assert public_names(committed) <= set(convlet.__all__)
    assert imports(committed) == INSTALLS | {"convlet", "keras", "matplotlib.pyplot", "numpy", "pathlib", "tempfile"}


def test_what_it_prints_of_the_recipe_and_the_nets_is_what_they_are_now(committed, run_notebook):
    """If this fails: `make notebook`."""
    cells = code_cells(committed)
    assert run_notebook.text_of(cells["recipe"]).strip() == convlet.recipe("tutorial").to_toml().strip()
    sizes = run_notebook.text_of(cells["play-sizes"])
    shorter = convlet.build_model(convlet.recipe("tutorial", filters=(32,)), (28, 28, 1), 10).count_params()
    assert f"{shorter:,} parameters: filters (32,)" in sizes


def test_the_table_of_what_to_play_with_names_fields_of_a_recipe(committed):
    table = next(cell.source for cell in committed.cells if cell.id == "play")
    rows = re.findall(r"^\| [^|]+\? \| (.+?) \| ", table, re.MULTILINE)
    fields = set(re.findall(r"(\w+)=", "".join(rows)))
    assert {"filters", "strides", "pool", "batch_size", "learning_rate", "epochs"} <= fields
    for row in rows:
        for changes in re.findall(r"`([^`]+)`", row):
            convlet.recipe("tutorial", **eval(f"dict({changes})"))  # noqa: S307  our own notebook


def test_the_committed_notebook_shows_its_outputs(committed, run_notebook):
    cells = code_cells(committed)
    assert [cell.execution_count for cell in cells.values()] == list(range(1, len(cells) + 1))
    assert tuple(pictures(committed)) == PICTURES
    silent = [cell_id for cell_id, cell in cells.items() if not cell.outputs]
    assert silent == ["install", "parameters"]
    assert outputs(committed, "error") == []
    assert "3,274,634 parameters" in run_notebook.text_of(cells["build-convlet"])
    accuracy = re.search(r"test accuracy: ([\d.]+)% of 10,000 images", run_notebook.text_of(cells["evaluate-test"]))
    assert 98.5 < float(accuracy[1]) < 99.7


@pytest.mark.parametrize("which", [pytest.param("executed", marks=pytest.mark.long), "committed"])
def test_holds_no_path_of_a_machine_no_time_and_no_warning(which, request):
    value = request.getfixturevalue(which)
    notebook = value[0] if which == "executed" else value
    assert warnings_of(notebook) == []
    for cell in notebook.cells:
        assert "execution" not in cell.metadata
    assert notebook.metadata.language_info == {"name": "python"}
    for png in pictures(notebook).values():
        assert not re.search(rb"/(home|root|work)/", png)
    for cell in copy.deepcopy(notebook.cells):
        for output in cell.get("outputs", ()):
            output.get("data", {}).pop("image/png", None)  # base64 has slashes of its own
        if cell.id == "parameters" and which == "executed":
            continue  # it holds the folder that this test chose
        text = json.dumps(cell, ensure_ascii=False)
        assert MACHINE_PATH.search(text) is None, cell.id


def test_the_committed_file_is_small_and_of_a_stable_form(run_notebook):
    content = TUTORIAL.read_text(encoding="utf-8")
    assert len(content.encode()) < run_notebook.MOST_BYTES == 200_000
    notebook = nbformat.reads(content, as_version=4)
    nbformat.validate(notebook)
    assert (notebook.nbformat, notebook.nbformat_minor) == (4, 5)
    assert content == nbformat.writes(run_notebook.cleaned(notebook, []), version=4).rstrip("\n") + "\n"


def test_an_unknown_parameter_is_refused(run_notebook):
    with pytest.raises(ValueError, match="does not assign 'EPOCH'"):
        run_notebook.run(TUTORIAL, {"EPOCH": 1})
    with pytest.raises(ValueError, match="no cell tagged"):
        run_notebook.set_parameters(nbformat.v4.new_notebook(), {})


def test_cleaning_takes_paths_times_and_empty_outputs_away(run_notebook):
    gray = np.random.default_rng(0).integers(0, 256, (64, 64), dtype=np.uint8)
    cell = nbformat.v4.new_code_cell("1", metadata={"execution": {"iopub.execute_input": "now"}, "tags": ["kept"]})
    cell.outputs = [
        nbformat.v4.new_output("stream", name="stdout", text="in /somewhere/deep/runs and /somewhere\n"),
        nbformat.v4.new_output("display_data", data={"text/plain": "", "text/html": "<pre></pre>\n"}),
        nbformat.v4.new_output("display_data", data={"text/plain": "/somewhere/x", "image/png": png_of(gray)}),
    ]
    notebook = run_notebook.cleaned(nbformat.v4.new_notebook(cells=[cell]), ["/somewhere/deep", "/somewhere"])
    stream, picture = notebook.cells[0].outputs
    assert stream.text == "in …/runs and …\n"
    assert picture.data["text/plain"] == "…/x"
    with Image.open(io.BytesIO(base64.b64decode(picture.data["image/png"]))) as packed:
        assert packed.mode == "P"
        assert np.abs(np.asarray(packed.convert("L")).astype(int) - gray).max() <= 20
    assert run_notebook.smaller(picture.data["image/png"]) == picture.data["image/png"]
    assert notebook.cells[0].metadata == {"tags": ["kept"]}


def test_a_failing_cell_leaves_the_committed_notebook_as_it_was(run_notebook, tmp_path, monkeypatch):
    notebook = nbformat.v4.new_notebook(
        metadata={"kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"}},
        cells=[
            nbformat.v4.new_code_cell('DATASET = "mnist"  # here', metadata={"tags": ["parameters"]}),
            nbformat.v4.new_code_cell("raise ValueError(DATASET)"),
        ],
    )
    path = tmp_path / "failing.ipynb"
    nbformat.write(notebook, path)
    before = path.read_bytes()
    monkeypatch.setattr(run_notebook, "NOTEBOOKS", tmp_path)
    monkeypatch.setattr("sys.argv", ["run_notebook", "failing"])
    with pytest.raises(SystemExit, match=r"a cell failed; failing\.ipynb stays as it was"):
        run_notebook.main()
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


# The other notebooks: what each is run with here, and what it must then have said.
OTHERS = {
    "your_own_images": ({"EPOCHS": 1}, r"left out: notes\.png", r"test accuracy: [\d.]+% of \d+ images"),
    "why_it_was_wrong": ({"WORST": 5}, r"right: 8\d\.\d% of 360 images", r"of these 9\d\.\d% are right"),
    "teach_it": ({"EXAMPLES": 8, "EPOCHS": 2}, r"known 0 of 30 times", r"it knows: 0, .*, 9, check, cross"),
}


def other(name):
    return nbformat.read(ROOT / "notebooks" / f"{name}.ipynb", as_version=4)


def test_every_notebook_is_tested():
    assert {path.stem for path in (ROOT / "notebooks").glob("*.ipynb")} == OTHERS.keys() | {"tutorial"}


@pytest.mark.parametrize("name", OTHERS)
def test_another_notebook_is_committed_with_its_outputs_and_small(name, run_notebook):
    notebook, content = other(name), (ROOT / "notebooks" / f"{name}.ipynb").read_text(encoding="utf-8")
    cells = code_cells(notebook)
    assert len(content.encode()) < run_notebook.MOST_BYTES
    assert content == nbformat.writes(run_notebook.cleaned(notebook, []), version=4).rstrip("\n") + "\n"
    assert [cell.execution_count for cell in cells.values()] == list(range(1, len(cells) + 1))
    assert list(cells)[:2] == ["install", "parameters"]
    assert cells["install"].source == code_cells(nbformat.read(TUTORIAL, as_version=4))["install"].source
    assert outputs(notebook, "error") == []
    assert warnings_of(notebook) == []
    assert len(pictures(notebook)) >= 2
    for cell in notebook.cells:
        for output in cell.get("outputs", ()):
            output.get("data", {}).pop("image/png", None)
        assert MACHINE_PATH.search(json.dumps(cell, ensure_ascii=False)) is None, cell.id


@pytest.mark.parametrize("name", OTHERS)
def test_another_notebook_uses_public_names_only(name):
    assert public_names(other(name)) <= set(convlet.__all__)
    assert imports(other(name)) <= INSTALLS | {"convlet", "matplotlib.pyplot", "numpy", "pathlib", "tempfile", "PIL"}


@pytest.mark.long
@pytest.mark.parametrize("name", OTHERS)
def test_another_notebook_runs(name, run_notebook, tmp_path):
    parameters, *said = OTHERS[name]
    if "OUT" in code_cells(other(name))["parameters"].source:
        parameters = {**parameters, "OUT": str(tmp_path / "runs")}
    notebook = run_notebook.run(ROOT / "notebooks" / f"{name}.ipynb", parameters)
    assert outputs(notebook, "error") == []
    assert warnings_of(notebook) == []
    text = "\n".join(map(run_notebook.text_of, code_cells(notebook).values()))
    for words in said:
        assert re.search(words, text), text


@pytest.mark.long
@pytest.mark.parametrize("packed", [False, True])
def test_a_user_s_own_images(packed, run_notebook, tmp_path, digits):
    """JPEGs beside a file that no class holds, and an archive of them."""
    folder = tmp_path / "mine"
    for number in range(200):
        place = folder / f"digit {digits.train.labels[number] % 2}"
        place.mkdir(parents=True, exist_ok=True)
        Image.fromarray(digits.train.images[number, ..., 0].repeat(4, 0).repeat(4, 1)).save(place / f"{number}.jpg")
    (folder / ".DS_Store").write_bytes(b"of a Mac")
    given = shutil.make_archive(str(folder), "zip", folder) if packed else str(folder)
    cells = code_cells(run_notebook.run(ROOT / "notebooks" / "your_own_images.ipynb", {"FOLDER": given, "EPOCHS": 1}))
    assert len(run_notebook.text_of(cells["ask-model"]).splitlines()) == 5
    assert "it answers: digit" in run_notebook.text_of(cells["export"])
