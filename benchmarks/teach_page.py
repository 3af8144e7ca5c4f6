"""Teaching on the page: a new sign drawn, taught and undone; killed while it learns; and how long it takes.

    python -m benchmarks.teach_page RUN [--kills 20] [--turns 3] [--parts page kills seconds]

RUN is of MNIST's digits, and kept images. Each part serves it with `--teach` in a process of its own and a new folder.
"""

import argparse
import json
import os
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks import measure
from benchmarks.signs import SIGNS, picture, probes, varied
from benchmarks.teaching_server import Server, served

_DRAWN, _AGAIN = 5, 10  # times that a sign is drawn to teach it, and after that


def page(run: str, _: argparse.Namespace) -> dict[str, Any]:
    """Draw each sign as a new class, teach it, draw it again, undo: on the page, in Chromium."""
    from playwright.sync_api import sync_playwright

    program = os.environ.get("CONVLET_CHROMIUM") or shutil.which("chromium")
    flags = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking"]
    found = {}
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=program, args=flags)
        for number, sign in enumerate(SIGNS):
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
            for sign in SIGNS:
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
