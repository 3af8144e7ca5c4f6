"""Install a wheel, an sdist or this folder into a new environment, and use it from an empty folder.

    python .ci/try_package.py dist/*.whl            # the light part: read, serve, doctor
    python .ci/try_package.py --train dist/*.whl    # with the extra `train`: train, evaluate

As a stranger would, with Python alone, on any system. A pattern that a shell left as it is is completed here.
"""

import argparse
import glob
import json
import os
import subprocess
import sys
import tempfile
import time
import urllib.request
import venv
from pathlib import Path

SEVEN = """
from PIL import Image, ImageDraw
picture = Image.new("L", (280, 280), 255)
ImageDraw.Draw(picture).line([(60, 70), (220, 70), (135, 240)], fill=0, width=20, joint="curve")
picture.save("seven.png")
"""
HEAVY = {"tensorflow", "tensorflow-cpu", "keras", "jax", "torch", "scipy", "scikit-learn", "matplotlib", "onnx"}
# What only training brings, by the names under which Python imports it.
ABSENT = ("tensorflow", "keras", "jax", "torch", "scipy", "sklearn", "matplotlib", "onnx")
MISSING = 5  # the exit status of a missing extra
PATIENCE = 60  # seconds until a server is ready, on the slowest machine


def main() -> None:
    """Install, and use."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("package", nargs="+")
    parser.add_argument("--train", action="store_true")
    parser.add_argument("--python", type=Path, help="use this Python, where convlet is installed already")
    chosen = parser.parse_args()
    (package,) = [path for pattern in chosen.package for path in glob.glob(pattern)]  # noqa: PTH207  of any folder
    with tempfile.TemporaryDirectory(prefix="a stranger's é ") as folder:  # blanks, an apostrophe, an accent
        place = Path(folder)
        python = chosen.python or installed(Path(package).resolve(), place / "venv", train=chosen.train)
        empty = place / "empty"
        empty.mkdir()
        use(python, empty)
        if chosen.train:
            train(python, empty)
        else:
            lack(python, empty)
    print("all of it works")


def installed(package: Path, home: Path, *, train: bool) -> Path:
    """Return the Python of a new environment with the package."""
    began = time.monotonic()
    venv.create(home, with_pip=True)
    python = home / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    run(python, home, "-m", "pip", "install", "--quiet", f"{package}{'[train]' if train else ''}")
    listed = run(python, home, "-m", "pip", "list", "--format", "json")
    names = {one["name"].lower() for one in json.loads(listed)}
    files = [path for path in home.rglob("*") if path.is_file() and not path.is_symlink()]
    size = sum(path.stat().st_size for path in files if "pip" not in path.relative_to(home).parts) / 1e6
    print(f"{len(names)} packages, {size:.0f} MB without pip, in {time.monotonic() - began:.0f} s")
    if not train:
        expect("the light part brings nothing heavy", not names & HEAVY, names & HEAVY)
    return python


def use(python: Path, folder: Path) -> None:
    """Do what needs no training."""
    print(run(python, folder, "-m", "convlet", "--version").strip())
    run(python, folder, "-m", "convlet", "--help")
    report = json.loads(run(python, folder, "-m", "convlet", "doctor", "--json"))
    expect("the doctor finds nothing wrong", report["healthy"], report)
    run(python, folder, "-c", SEVEN)
    (answer,) = json.loads(run(python, folder, "-m", "convlet", "predict", "digits", "seven.png", "--json"))
    expect("a drawn seven is read", answer["label"] == "7" and answer["known"], answer)
    serve(python, folder)


def serve(python: Path, folder: Path) -> None:
    """Start the server, ask it, and end it."""
    command = [python, "-m", "convlet", "serve", "--port", "0"]
    with (folder / "served.txt").open("w+", encoding="utf-8") as said:
        server = subprocess.Popen(command, cwd=folder, stdout=said, stderr=subprocess.STDOUT)
        try:
            deadline, address = time.monotonic() + PATIENCE, ""
            while not address and server.poll() is None and time.monotonic() < deadline:
                time.sleep(0.1)
                text = (folder / "served.txt").read_text(encoding="utf-8", errors="replace")
                found = (word for word in text.split() if word.startswith("http://127.0.0.1:"))
                address = next(found, "").rstrip(".,;")
            expect("the server says where it is", bool(address), text)
            with urllib.request.urlopen(f"{address}/healthz", timeout=PATIENCE) as answer:
                expect("the server is ready", answer.status == 200, answer.status)
            with urllib.request.urlopen(address, timeout=PATIENCE) as answer:
                expect("the page is there", b"<title" in answer.read(), answer.status)
        finally:
            server.terminate()
            server.wait(PATIENCE)


def lack(python: Path, folder: Path) -> None:
    """Ask the light part for what it lacks: it says so in a line, at once, and tells the command that installs it."""
    report = json.loads(run(python, folder, "-m", "convlet", "doctor", "--json"))["items"]
    states = {f"{one['group']}/{one['name']}": one["state"] for one in report}
    off = {"engine/keras": "off", "engine/trains with": "off", "self-test/reads": "ok", "self-test/trains": "off"}
    expect("the doctor tells of the light part alone", off.items() <= states.items(), states)
    asked = (
        ("train", "digits"),
        ("evaluate", "digits"),
        ("export", "digits", "--format", "litert", "--out", "made.tflite"),
    )
    for words in asked:
        done = started(python, folder, "-m", "convlet", *words)
        said = done.stderr.decode("utf-8", "replace")
        told = said.startswith("error: ") and said.count("\n") == 1 and "install" in said and "convlet[train]" in said
        expect(f"{words[0]} asks for the extra in one line", told and done.returncode == MISSING, said)
    expect(
        "nothing was begun", not any((folder / name).exists() for name in ("runs", "made.tflite")), [*folder.iterdir()]
    )
    told = run(
        python,
        folder,
        "-c",
        f"import convlet, sys; convlet.predict('digits', ['seven.png']); print({{*{ABSENT}}} & {{*sys.modules}})",
    )
    expect("a prediction imports nothing of training", told.strip() == "set()", told)


def train(python: Path, folder: Path) -> None:
    """Train on the embedded digits, and judge the run."""
    run(python, folder, "-m", "convlet", "train", "digits", "--recipe", "small-data", "--epochs", "8")
    judged = json.loads(run(python, folder, "-m", "convlet", "evaluate", "latest", "--json"))
    expect("a net has learned", judged["accuracy"] > 0.9, judged["accuracy"])
    run(python, folder, "-m", "convlet", "export", "latest", "--format", "onnx", "--out", "digits.onnx")
    (answer,) = json.loads(run(python, folder, "-m", "convlet", "predict", "digits.onnx", "seven.png", "--json"))
    expect("its export answers", answer["label"] in "0123456789", answer)


def run(python: Path, folder: Path, *words: str) -> str:
    """Run a Python program, and return its stdout; its failure ends this one."""
    done = started(python, folder, *words)
    said, problem = (text.decode("utf-8", "replace") for text in (done.stdout, done.stderr))
    if done.returncode:
        sys.exit(f"{' '.join(words)} ended with status {done.returncode}:\n{said}\n{problem}")
    return said


def started(python: Path, folder: Path, *words: str) -> "subprocess.CompletedProcess[bytes]":
    """Run a Python program as on a machine that knows nothing of convlet's tests."""
    settings = ("PYTHONPATH", "CONVLET_DATA", "KERAS_BACKEND")
    environment = {name: value for name, value in os.environ.items() if name not in settings} | {"PYTHONUTF8": "1"}
    return subprocess.run([python, *words], cwd=folder, env=environment, capture_output=True, check=False)


def expect(what: str, right: object, found: object) -> None:
    """End this program unless it is so."""
    if not right:
        sys.exit(f"expected that {what}; found:\n{found}")
    print(what)


if __name__ == "__main__":
    main()
