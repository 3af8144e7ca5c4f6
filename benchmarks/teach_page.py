"""Teaching on the page: a new sign drawn, taught and undone; killed while it learns; and how long it takes.

    python -m benchmarks.teach_page RUN [--kills 20] [--turns 3] [--parts page kills seconds]

RUN is of MNIST's digits, and kept images. Each part serves it with `--teach` in a process of its own and a new folder.
"""

import argparse
import contextlib
import http.client
import io
import json
import os
import re
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import numpy as np
from PIL import Image, ImageDraw

from benchmarks import measure

# Signs as points of strokes in percent of the sheet.
_SIGNS: dict[str, list[list[tuple[float, float]]]] = {
    "heart": [[(50, 80), (25, 50), (30, 28), (42, 25), (50, 40), (58, 25), (70, 28), (75, 50), (50, 80)]],
    "arrow": [[(20, 50), (80, 50)], [(60, 30), (80, 50), (60, 70)]],
    "star": [[(30, 82), (50, 18), (70, 82), (18, 42), (82, 42), (30, 82)]],
    "house": [[(25, 80), (25, 45), (50, 20), (75, 45), (75, 80), (25, 80)]],
    "fork": [[(50, 85), (50, 20)], [(30, 20), (30, 40), (50, 52), (70, 40), (70, 20)]],
}
_DRAWN, _AGAIN = 5, 10  # times that a sign is drawn to teach it, and after that
_PROBES = 20  # test images whose answers must be as before


class Server:
    """`convlet serve RUN --teach FOLDER` in a process of its own."""

    def __init__(self, run: str, folder: Path) -> None:
        command = [sys.executable, "-m", "convlet", "serve", run, "--teach", str(folder), "--port", "0"]
        began = time.perf_counter()
        self.process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
        for line in self.process.stderr or ():
            if found := re.search(r"answers at http://127\.0\.0\.1:(\d+)", line):
                self.port = int(found[1])
                break
        else:
            raise SystemExit(f"the server ended: {self.process.wait()}")
        self.start_seconds = time.perf_counter() - began
        threading.Thread(target=lambda: list(self.process.stderr or ()), daemon=True).start()

    def ask(self, path: str, body: bytes | None = None, query: dict[str, Any] | None = None) -> Any:
        """Ask, with POST if there is a body or a query, and return the JSON."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=120)
        with contextlib.closing(connection):
            method = "GET" if body is None and query is None else "POST"
            connection.request(method, f"{path}?{urlencode(query)}" if query else path, body)
            response = connection.getresponse()
            content = json.loads(response.read())
        if response.status != 200:
            raise SystemExit(f"{path}: {response.status} {content}")
        return content

    def taught(self) -> Any:
        """Wait until the training has ended; return the state."""
        while (state := self.ask("/teach"))["training"]["state"] == "training":
            time.sleep(0.05)
        if state["training"]["problem"]:
            raise SystemExit(state["training"]["problem"])
        return state

    def end(self) -> None:
        """End as Ctrl-C does."""
        self.process.send_signal(signal.SIGINT)
        self.process.wait(60)


@contextlib.contextmanager
def served(run: str, folder: Path) -> Iterator[Server]:
    """Serve for a while."""
    server = Server(run, folder)
    try:
        yield server
    finally:
        server.end()


def varied(sign: str, chance: np.random.Generator) -> list[list[tuple[float, float]]]:
    """Return a sign as another hand would draw it: each point, its size, its turn and its place differ a little."""
    turn, wide, high = chance.normal(0, 0.08), chance.normal(1, 0.1), chance.normal(1, 0.1)
    right, down = chance.normal(0, 3), chance.normal(0, 3)

    def moved(x: float, y: float) -> tuple[float, float]:
        x, y = (x - 50) * wide + chance.normal(0, 1.2), (y - 50) * high + chance.normal(0, 1.2)
        return 50 + x + turn * y + right, 50 + y - turn * x + down

    return [[moved(*point) for point in stroke] for stroke in _SIGNS[sign]]


def picture(sign: str, chance: np.random.Generator) -> bytes:
    """Return a sign drawn on a sheet, as the file that a page sends."""
    sheet = Image.new("L", (336, 336), 255)
    for stroke in varied(sign, chance):
        points = [(336 * x / 100, 336 * y / 100) for x, y in stroke]
        ImageDraw.Draw(sheet).line(points, 0, 19, joint="curve")
    file = io.BytesIO()
    sheet.save(file, "PNG")
    return file.getvalue()


def probes() -> list[bytes]:
    """Return test images of MNIST as files."""
    import convlet

    files = []
    for image in convlet.load("mnist").test.images[:_PROBES]:
        file = io.BytesIO()
        Image.fromarray(np.asarray(image)[..., 0]).save(file, "PNG")
        files.append(file.getvalue())
    return files


def page(run: str, _: argparse.Namespace) -> dict[str, Any]:
    """Draw each sign as a new class, teach it, draw it again, undo: on the page, in Chromium."""
    from playwright.sync_api import sync_playwright

    program = os.environ.get("CONVLET_CHROMIUM") or shutil.which("chromium")
    flags = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking"]
    found = {}
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=program, args=flags)
        for number, sign in enumerate(_SIGNS):
            with tempfile.TemporaryDirectory() as folder, served(run, Path(folder) / "taught") as server:
                shown = chromium.new_page(viewport={"width": 1280, "height": 900})
                shown.set_default_timeout(300_000)
                found[sign] = _on_page(shown, server, sign, np.random.default_rng(number))
                shown.close()
            print(f"{sign}: {json.dumps(found[sign])}", file=sys.stderr, flush=True)
        chromium.close()
    return found


def _on_page(shown: Any, server: Server, sign: str, chance: np.random.Generator) -> dict[str, Any]:
    settled = "body:not([data-pending]):not([data-busy]):not([data-answer=waiting])"

    def draw(strokes: list[list[tuple[float, float]]]) -> str:
        shown.locator("#clear").evaluate("button => button.click()")
        shown.locator("#board").scroll_into_view_if_needed()
        sheet = shown.locator("#sheet").bounding_box()
        for stroke in strokes:
            places = [
                (sheet["x"] + sheet["width"] * x / 100, sheet["y"] + sheet["height"] * y / 100) for x, y in stroke
            ]
            shown.mouse.move(*places[0])
            shown.mouse.down()
            for place in places[1:]:
                shown.mouse.move(*place, steps=4)
            shown.mouse.up()
        shown.wait_for_selector(settled)
        return str(shown.inner_text("#label"))

    shown.goto(f"http://127.0.0.1:{server.port}/")
    shown.wait_for_selector("#teach-right", state="attached")
    first = varied(sign, chance)
    before = draw(first), shown.inner_text("#how")
    for _ in range(_DRAWN):
        draw(varied(sign, chance))
        shown.wait_for_selector("#teach-right:not([disabled])")
        shown.fill("#teach-class", sign)
        shown.click("#teach-keep")
        shown.wait_for_selector("#teach-said[data-of=kept]")
    began = time.perf_counter()
    shown.click("#teach-begin")
    shown.wait_for_selector("#teach-offer:not([hidden])")
    seconds = time.perf_counter() - began
    shown.click("#teach-take")
    shown.wait_for_selector("#teach-undo:not([hidden])")
    facts = server.ask("/teach")["generations"][1]["facts"]
    again = [draw(varied(sign, chance)) for _ in range(_AGAIN)]
    shown.click("#teach-undo")
    shown.wait_for_selector("#teach-undo[hidden]", state="attached")
    shown.wait_for_selector(settled)
    after = draw(first), shown.inner_text("#how")
    return {
        "before": before,
        "drawn_again": _AGAIN,
        "known_as_it": again.count(sign),
        "answers": sorted(set(again)),
        "as_before_after_undo": before == after,
        "tests": facts["tests"],
        "seconds": round(seconds, 2),
    }


def kills(run: str, options: argparse.Namespace) -> dict[str, Any]:
    """Kill the server at a random moment of a training, again and again; then teach to the end."""
    chance, files = np.random.default_rng(0), probes()
    with tempfile.TemporaryDirectory() as folder:
        taught = Path(folder) / "taught"
        with served(run, taught) as server:
            for sign in ("heart", "arrow"):
                for _ in range(_DRAWN):
                    server.ask("/teach/keep", picture(sign, chance), {"class": sign})
            began = time.perf_counter()
            server.ask("/teach/begin", b"")
            server.taught()
            whole = time.perf_counter() - began
            answers = [server.ask("/predict", file) for file in files]
            own = _files(taught)
        found: dict[str, Any] = {"kills": options.kills, "killed_after": [], "lost": 0, "not_as_before": 0, "left": 0}
        found["after_its_end"] = 0
        while len(found["killed_after"]) < options.kills:
            server = Server(run, taught)
            server.ask("/teach/begin", b"")
            moment = chance.uniform(0, whole)
            time.sleep(moment)
            if server.ask("/teach")["training"]["state"] != "training":  # it was faster this time
                found["after_its_end"] += 1
                server.end()
                continue
            lesson = _children(server.process.pid)
            server.process.kill()
            server.process.wait()
            found["killed_after"].append(round(moment, 2))
            time.sleep(1)
            found["left"] += sum(Path(f"/proc/{each}").exists() for each in lesson)
            with served(run, taught) as server:
                found["lost"] += _files(taught) != own
                as_before = server.ask("/model")["generation"] == 0
                as_before &= [server.ask("/predict", file) for file in files] == answers
                found["not_as_before"] += not as_before
                # what was offered before the kill, or offered just before it, is all that lies there
                runs = [path.name for path in (taught / ".convlet" / "generations").iterdir()]
                offered = server.ask("/teach")["candidate"]
                found["left"] += len(runs) - (offered is not None)
            print(f"killed after {moment:.1f} s: {json.dumps(found)}", file=sys.stderr, flush=True)
        with served(run, taught) as server:
            server.ask("/teach/begin", b"")
            number = server.taught()["candidate"]["number"]
            server.ask("/teach/take", b"", {"generation": number})
            after = [server.ask("/predict", picture(sign, chance))["label"] for sign in ("heart", "arrow") * 5]
        found["known_after"] = sum(label in ("heart", "arrow") for label in after)
        found["drawn_after"] = len(after)
    return found


def _files(folder: Path) -> dict[str, bytes]:
    """Return every file beside the hidden folder of generations, and its content."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and ".convlet" not in path.parts
    }


def _children(pid: int) -> list[int]:
    listed = Path(f"/proc/{pid}/task/{pid}/children")
    return [int(each) for each in listed.read_text().split()] if listed.exists() else []


def seconds(run: str, options: argparse.Namespace) -> dict[str, Any]:
    """From Teach with 100 images to an answer of the new model."""
    turns = []
    for turn in range(options.turns):
        chance = np.random.default_rng(turn)
        with tempfile.TemporaryDirectory() as folder, served(run, Path(folder) / "taught") as server:
            for sign in _SIGNS:
                for _ in range(20):
                    server.ask("/teach/keep", picture(sign, chance), {"class": sign})
            time.sleep(options.pause)  # as a person takes; the process that trains imports Keras meanwhile
            began, waited = time.perf_counter(), []
            server.ask("/teach/begin", b"")
            probe = picture("heart", chance)
            while server.ask("/teach")["training"]["state"] == "training":
                asked = time.perf_counter()
                server.ask("/predict", probe)
                waited.append(time.perf_counter() - asked)
                time.sleep(0.05)
            number = server.taught()["candidate"]["number"]
            trained = time.perf_counter() - began
            server.ask("/teach/take", b"", {"generation": number})
            label = server.ask("/predict", probe)["label"]
            turns.append(
                {
                    "seconds": round(time.perf_counter() - began, 2),
                    "trained": round(trained, 2),
                    "label": label,
                    "answers_meanwhile": len(waited),
                    "slowest_answer": round(max(waited), 3),
                    "median_answer": round(statistics.median(waited), 4),
                    "load": os.getloadavg()[0],
                }
            )
        print(json.dumps(turns[-1]), file=sys.stderr, flush=True)
    return {"median": statistics.median(one["seconds"] for one in turns), "turns": turns}


_PARTS: dict[str, Callable[[str, argparse.Namespace], dict[str, Any]]] = {
    "page": page,
    "kills": kills,
    "seconds": seconds,
}


def main() -> None:
    """Measure, and save what was measured."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("run")
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--turns", type=int, default=3)
    parser.add_argument("--pause", type=float, default=15.0, help="seconds between the last example and Teach")
    parser.add_argument("--parts", nargs="*", choices=_PARTS, default=list(_PARTS))
    options = parser.parse_args()
    found = measure.load("teach_page")
    for name in options.parts:
        began = os.getloadavg()[0]
        found[name] = {**_PARTS[name](options.run, options), "load_before": began, "cores": os.cpu_count()}
        measure.save("teach_page", found, whole=measure.whole(parser, options))
        print(json.dumps({name: found[name]}, indent=2))


if __name__ == "__main__":
    main()
