"""The exported site: complete, offline, and never replacing other files."""

import json
import re
from pathlib import Path

import pytest

import convlet
from convlet.errors import OutputError
from convlet.exports import browser_runtime, export
from convlet.run import Run


@pytest.mark.long
def test_a_web_page_is_whole(exported: dict, run: Run) -> None:
    site = exported["web"].path
    static = site / "static"
    assert exported["web"].card == site / "MODEL.md"
    wanted = set(re.findall(r'(?:src|href)="(static/[^"]+)"', (site / "index.html").read_text()))
    for script in static.glob("*.js"):
        wanted |= {f"static/{name}" for name in re.findall(r'from "\./([^"]+)"', script.read_text())}
    assert {
        "static/page.js",
        "static/style.css",
        "static/colors.css",
        "static/runtime/ort.wasm.bundle.min.js",
    } <= wanted
    assert {name for name in wanted if not (site / name).is_file()} == set()
    assert convlet.Predictor(static / "model.onnx").signature == run.predictor().signature
    assert json.loads((static / "model.json").read_text())["classes"] == list(run.predictor().signature.class_names)
    assert {file.name for file in (static / "runtime").iterdir()} == {
        name.replace(".mjs", ".js") for name in browser_runtime.FILES
    }
    words = {f"words/{file.name}" for file in (static / "words").iterdir()}
    assert words >= {"words/en.json", "words/ar.json"}
    assert all(f'"{name}": "sha256-' in (static / "sums.js").read_text() for name in words)
    text = "".join(
        file.read_text()
        for file in site.rglob("*")
        if file.suffix in (".js", ".html", ".css", ".json") and "runtime" not in file.parts
    )
    assert "local/" not in "".join(wanted)
    assert not (static / "teach").exists()  # a server must do that
    assert set(re.findall(r"https?://[^/'\"]+", text)) <= {
        "http://www.w3.org",  # the name of SVG
        "http://127.0.0.1:8000",  # a file server of the reader: a link in a page opened without one
    }


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
