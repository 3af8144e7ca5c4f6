"""No library sends anything to anyone, or writes outside the folders that convlet names."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from convlet import SILENT
from convlet.prediction.opening import open_model
from convlet.system.box import DIGITS, FOLDER
from tests.cli.test_everywhere import VERBS as ALL

CONVLET = str(Path(sys.executable).with_name("convlet"))
# What each verb may need, in the order in which they run; {run} is the run of the first.
VERBS = {
    "train": ["train", "digits", "--recipe", "small-data", "--set", "epochs=1", "--out", "runs"],
    "evaluate": ["evaluate", "{run}"],
    "predict": ["predict", "{run}", "seven.png"],
    "page": ["predict", "{run}", "seven.png", "--all", "--out", "boxes.png"],
    "table": ["predict", "{run}", "seven.png", "--out", "answers.csv"],
    "keras": ["predict", "{run}/model.keras", "seven.png"],
    "explain": ["explain", "{run}", "seven.png", "--out", "heat.png"],
    "onnx": ["export", "{run}", "--format", "onnx", "--out", "small.onnx"],
    "int8": ["export", "{run}", "--format", "onnx-int8", "--out", "int8.onnx"],
    "litert": ["export", "{run}", "--format", "litert", "--out", "small.tflite"],
    "saved-model": ["export", "{run}", "--format", "saved-model", "--out", "saved"],
    "tune": ["tune", "digits", "--recipe", "small-data", "--trials", "1", "--out", "studies"],
    "list": ["data", "list"],
    "info": ["data", "info", "digits"],
    "show": ["data", "show", "digits", "--out", "digits.png"],
    "check": ["data", "check", "digits", "--html", "check.html"],
    "mlflow": ["train", "digits", "--recipe", "small-data", "--set", "epochs=1", "--track", "mlflow", "--out", "runs"],
    "compare": ["compare", "{run}", "runs/digits-small-data-2", "--split", "test"],
    "pixels": ["data", "show", "digits", "--index", "1", "--out", "digit.png"],
    "doctor": ["doctor"],
    "recipes": ["recipe", "list"],
    "recipe": ["recipe", "show", "{run}"],
    "fields": ["recipe", "fields", "epochs"],
    "runs": ["runs", "check", "{run}"],
    "runs-list": ["runs", "list"],
    "runs-show": ["runs", "show", "{run}"],
    "runs-open": ["runs", "open", "{run}"],
    "runs-rename": ["runs", "rename", "digits-small-data-2", "second"],
    "runs-remove": ["runs", "remove", "second", "--yes"],
    "clean": ["runs", "clean"],
    "serve": ["serve", "{run}", "--port", "0"],
    "view": ["view", "--no-open"],
    "label": ["label", "pictures", "--model", "{run}", "--no-open"],
}
_UNTIL_STOPPED = {"serve", "view", "label"}
_SENDS = re.compile(
    r"(?:connect|sendto|sendmsg)\(.*sa_family=AF_INET6?, .*?(?:inet_addr\(|inet_pton\(AF_INET6, )\"([^\"]+)"
)
_WRITES = re.compile(
    r"\bopen(?:at)?\((?:AT_FDCWD, )?\"([^\"]+)\", [A-Z_|]*(?:O_WRONLY|O_RDWR|O_CREAT)|\bmkdir\(\"([^\"]+)\""
)
_OWN = ("/dev/", "/proc/", "/sys/")


@pytest.mark.parametrize("name", SILENT)
def test_importing_convlet_switches_it_off_unless_the_user_has_set_it(name: str) -> None:
    code = f"import convlet, os; print(os.environ[{name!r}])"
    clean = {key: value for key, value in os.environ.items() if key not in SILENT}
    for given, expected in (({}, SILENT[name]), ({name: "mine"}, "mine")):
        done = subprocess.run(
            [sys.executable, "-c", code], env=clean | given, capture_output=True, check=True, text=True
        )
        assert done.stdout == f"{expected}\n"


def test_the_page_names_each_switch_and_onnxruntimes_function_is_called(monkeypatch) -> None:
    page = (Path(__file__).parents[1] / "docs" / "privacy.md").read_text(encoding="utf-8")
    assert [name for name, value in SILENT.items() if f"`{name}={value}`" not in page] == []
    called: list[bool] = []
    monkeypatch.setattr("onnxruntime.disable_telemetry_events", lambda: called.append(True))
    for value, times in (("1", 1), ("0", 1)):  # one's own wish stays
        monkeypatch.setenv("ORT_DISABLE_TELEMETRY", value)
        open_model(FOLDER / DIGITS / "model.onnx", None)
        assert len(called) == times


def test_every_verb_is_tried() -> None:
    tried = {" ".join(words[:many]) for words in VERBS.values() for many in (1, 2)}
    assert ALL.keys() - tried == set()


@pytest.mark.long
@pytest.mark.skipif(shutil.which("strace") is None, reason="strace is not installed: apt-get install strace")
def test_no_verb_connects_or_writes_elsewhere(tmp_path: Path) -> None:
    home, here, temporary = (tmp_path / name for name in ("home", "here", "tmp"))
    for folder in (home, here, temporary):
        folder.mkdir()
    Image.fromarray(np.pad(np.zeros((60, 8), np.uint8), 40, constant_values=255)).save(here / "seven.png")
    (here / "pictures").mkdir()
    shutil.copy(here / "seven.png", here / "pictures")
    kept = {name: value for name, value in os.environ.items() if not name.startswith("XDG_") and name not in SILENT}
    environment = kept | {"HOME": str(home), "TMPDIR": str(temporary), "PYTHONDONTWRITEBYTECODE": "1"}
    environment.pop("CONVLET_DATA", None)
    sent, written = {}, {}
    for verb, words in VERBS.items():
        trace = tmp_path / f"{verb}.txt"
        command = ["strace", "-f", "-qq", "-s", "400", "-e", "trace=connect,sendto,sendmsg,open,openat,mkdir", "-o"]
        command += [str(trace), CONVLET, *(word.format(run="runs/digits-small-data-1") for word in words)]
        before = ["timeout", "-s", "TERM", "20"] if verb in _UNTIL_STOPPED else []
        done = subprocess.run(
            [*before, *command], cwd=here, env=environment, capture_output=True, check=False, timeout=900, text=True
        )
        assert done.returncode in (0, 4) or before, (verb, done.stderr)  # 4: the check found something
        assert "error: " not in done.stderr, (verb, done.stderr)
        text = trace.read_text(errors="replace")
        assert "openat" in text, verb
        sent[verb] = sorted({found for found in _SENDS.findall(text) if not _is_here(found)})
        names = {
            first or second
            for line in text.splitlines()
            if " = -1 " not in line
            for first, second in _WRITES.findall(line)
        }
        allowed = (str(here), str(temporary), str(home / ".cache" / "convlet"), str(home / ".cache"), *_OWN)
        written[verb] = sorted(name for name in names if name.startswith("/") and not name.startswith(allowed))
    assert sent == {verb: [] for verb in VERBS}
    assert written == {verb: [] for verb in VERBS}
    assert sorted(path.name for path in home.iterdir()) == [".cache"]
    assert [path.name for path in (home / ".cache").iterdir()] == ["convlet"]


def _is_here(address: str) -> bool:
    return address.startswith("127.") or address == "::1"
