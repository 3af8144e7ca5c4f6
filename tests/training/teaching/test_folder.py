import json
import subprocess
import sys
from pathlib import Path

import pytest

from convlet.errors import InputError
from convlet.run import Run
from convlet.training.teaching.folder import TaughtFolder

# Does everything to a folder, and is killed at the n-th change of the disk: for every n, in a fork.
_KILLED = """
import json, os, shutil, signal, sys
from pathlib import Path
import numpy as np
from convlet.training.teaching.folder import TaughtFolder
from tests.training.teaching.drawing import SIGNATURE, seen, sign

base, place = Path(sys.argv[1]), Path(sys.argv[2])
seen(sign("cross"))
CHANGES = {"os.rename", "os.remove", "os.rmdir", "os.mkdir", "os.truncate"}
counting = [0, 0]

def hook(event, arguments):
    if not counting[1] or not (event in CHANGES or (event == "open" and arguments[2] & os.O_CREAT)):
        return
    if str(place) in str(arguments[0]):
        counting[0] += 1
        if counting[0] == counting[1]:
            os.kill(os.getpid(), signal.SIGKILL)

sys.addaudithook(hook)

def work(number, said):
    folder = TaughtFolder(place / str(number), base)
    counting[1] = number
    def say(*done):
        os.write(said, (json.dumps(done) + "\\n").encode())
    examples, generations = folder.examples, folder.generations
    one = examples.keep(sign("cross", 1), "cross", seen(sign("cross", 1)), SIGNATURE); say("kept", one.id)
    two = examples.keep(sign("box", 1), "box", seen(sign("box", 1)), SIGNATURE); say("kept", two.id)
    say("moving", one.id); one = examples.move(one.id, "star"); say("moved", one.id)
    say("taking", two.id); examples.take_back(two.id); say("taken", two.id)
    for new in (1, 2):
        counting[1] = 0
        shutil.copytree(base, generations.runs / f"taught-{new}")
        counting[1] = number
        generations.offer(generations.runs / f"taught-{new}", {"star": 1}, {}); say("offered", new)
        generations.take(new) if new == 1 else generations.leave(new); say("decided", new)
    generations.choose(0, instead_of=1); say("chosen", 0)
    counting[1] = 0
    say("end")

number, ended = 0, False
while not ended:
    number += 1
    reading, said = os.pipe()
    child = os.fork()
    if not child:
        work(number, said)
        os._exit(0)
    os.close(said)
    os.waitpid(child, 0)
    with os.fdopen(reading) as lines:
        steps = [json.loads(line) for line in lines]
    ended = steps[-1:] == [["end"]]
    with TaughtFolder(place / str(number), base) as folder:
        contents = {one.id: one.file.read_bytes() for one in folder.examples.all()}
        saw = all(one.seen(SIGNATURE, one.file.read_bytes()) is not None for one in folder.examples.all())
        hidden = [str(path) for path in (place / str(number)).rglob(".*.png")]
        runs = sorted(path.name for path in folder.generations.runs.glob("*"))
        crosses = [each for each, content in contents.items() if content == sign("cross", 1)]
        boxes = [each for each, content in contents.items() if content == sign("box", 1)]
        print(json.dumps({
            "steps": steps, "crosses": crosses, "boxes": boxes, "saw": saw, "hidden": len(hidden),
            "examples": len(contents), "answers": folder.generations.answers, "runs": runs,
            "candidate": folder.generations.candidate and folder.generations.candidate.number,
        }), flush=True)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="no fork")
def test_killed_at_any_change_of_the_disk_nothing_is_lost_and_nothing_is_half_done(run: Run, tmp_path: Path) -> None:
    command = [sys.executable, "-c", _KILLED, str(run.path), str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=600, check=False)
    found = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(found) > 25, done.stderr
    for one in found:
        steps = {step[0]: step[1:] for step in one["steps"]}
        kept = [step[1] for step in one["steps"] if step[0] == "kept"]
        assert one["saw"], one
        assert one["hidden"] == one["examples"] == len(one["crosses"]) + len(one["boxes"]), one
        assert len(one["crosses"]) <= 1, one
        assert not kept or one["crosses"], one  # what was kept is there, in one class or the other
        if "moved" in steps:
            assert one["crosses"] == steps["moved"], one
        if len(kept) > 1 and "taking" not in steps:
            assert one["boxes"] == [kept[1]], one
        if "taken" in steps:
            assert one["boxes"] == [], one
        decided = [step[1] for step in one["steps"] if step[0] == "decided"]
        offered = [step[1] for step in one["steps"] if step[0] == "offered"]
        assert one["answers"] in ((0, 1) if offered else (0,)), one
        if decided and "chosen" not in steps:
            assert one["answers"] == 1 or len(decided) == 2, one
        known = {"taught-1"} if one["answers"] == 1 or decided else set()
        if one["candidate"]:
            known.add(f"taught-{one['candidate']}")
        assert set(one["runs"]) <= known | {"taught-1"}, one
    assert found[-1]["answers"] == 0


def test_a_second_server_is_refused(run: Run, tmp_path: Path) -> None:
    with TaughtFolder(tmp_path / "taught", run.path) as folder:
        with pytest.raises(InputError, match="another server teaches from"):
            TaughtFolder(tmp_path / "taught", run.path)
        folder.close()
        TaughtFolder(tmp_path / "taught", run.path).close()


def test_a_folder_that_cannot_be_used_stays_open_to_others(run: Run, tmp_path: Path) -> None:
    (tmp_path / ".convlet").mkdir()
    (tmp_path / ".convlet" / "generations.json").write_text("{")
    for _ in range(2):
        with pytest.raises(InputError, match=r"generations\.json"):
            TaughtFolder(tmp_path, run.path)


@pytest.mark.parametrize("inside", ["", "mine"])
def test_a_folder_of_runs_is_none_of_examples(run: Run, tmp_path: Path, inside: str) -> None:
    (tmp_path / inside).mkdir(exist_ok=True)
    (tmp_path / inside / "run.json").write_text("{}")
    with pytest.raises(InputError, match="holds runs"):
        TaughtFolder(tmp_path, run.path)


def test_a_file_is_no_folder(run: Run, tmp_path: Path) -> None:
    (tmp_path / "taught").write_text("")
    with pytest.raises(InputError, match="cannot make the folder"):
        TaughtFolder(tmp_path / "taught", run.path)
