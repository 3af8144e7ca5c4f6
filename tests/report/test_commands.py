"""The command that puts a label right, in the report and on the page of a check."""

import html
import re
import shlex
from pathlib import Path

import numpy as np

import convlet
from convlet.checks.page import write_page
from convlet.data import Dataset
from convlet.evaluation import evaluate
from convlet.report import Facts, write_report
from convlet.report.commands import label_command, labeled_folder, put_right
from tests.data.datafiles import pictures, write_class_folders


def commands(path: Path) -> list[list[str]]:
    found = re.findall(r'<code class="command" dir="ltr">(.*?)</code>', path.read_text(encoding="utf-8"))
    return [shlex.split(html.unescape(one)) for one in found]


def test_a_folder_and_a_path_may_have_any_name() -> None:
    assert shlex.split(label_command("/a b/'c", ["x;y.png", "-z.png"])) == [
        *("convlet", "label", "/a b/'c", "--only", "x;y.png", "--only", "-z.png")
    ]
    assert "<b>" not in put_right("/a", "<b>.png")


def test_only_class_folders_can_be_put_right(digits: Dataset, tmp_path: Path) -> None:
    assert labeled_folder(digits) == ""
    write_class_folders(tmp_path, pictures((12, 12), seed=1), ("ant", "bee"))
    assert labeled_folder(convlet.load(tmp_path)) == str(tmp_path)


def test_a_check_names_it_beside_each_copy_under_two_labels(tmp_path: Path) -> None:
    folder = tmp_path / "my set"
    write_class_folders(folder, pictures((12, 12), seed=1), ("ant", "bee"))
    (folder / "bee" / "again.png").write_bytes(next((folder / "ant").iterdir()).read_bytes())
    write_page(tmp_path / "check.html", convlet.check(convlet.load(folder)))
    found = commands(tmp_path / "check.html")
    assert ["convlet", "label", str(folder)] in found
    assert ["convlet", "label", str(folder), "--only", "bee/again.png"] in found


def test_a_report_names_it_beside_each_suspect(tmp_path: Path) -> None:
    folder = tmp_path / "set"
    write_class_folders(folder, pictures((40, 40), seed=1), ("ant", "bee"))
    split = convlet.load(folder).train
    probabilities = np.full((len(split), 2), 0.02, np.float32)
    probabilities[np.arange(len(split)), split.labels] = 0.98
    probabilities[5] = probabilities[5][::-1]
    found = evaluate(probabilities, split.labels, ("ant", "bee"), None, split.files)
    for place in (str(folder), ""):
        facts = Facts(model="m", dataset="set", split="test", details={}, folder=place)
        write_report(tmp_path / "report.html", found, split, probabilities, facts)
        whole = ["convlet", "label", str(folder)]
        expected = [whole, [*whole, "--only", (split.files or [])[5]]] if place else []
        assert commands(tmp_path / "report.html") == expected
