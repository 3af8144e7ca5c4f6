"""The process that trains ends with the server, however that ends."""

import os
import subprocess
import sys
import time
from pathlib import Path

from convlet.run import Run
from convlet.training.teaching import Teacher


def test_a_lesson_ends_when_its_server_is_killed(run: Run, tmp_path: Path) -> None:
    program = (
        "import sys\nfrom pathlib import Path\nfrom convlet.training.teaching import Teacher\n"
        "from tests.training.teaching.drawing import sign\n"
        "teacher = Teacher(Path(sys.argv[2]), Path(sys.argv[1]))\n"
        "teacher.keep(sign('cross'), 'cross', teacher.predictor(0))\n"
        "print(teacher._lesson.pid, flush=True)\n"
        "sys.stdin.read()"
    )
    command = [sys.executable, "-c", program, str(run.path), str(tmp_path / "taught")]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout
        lesson = int(server.stdout.readline())
        server.kill()
    until = time.monotonic() + 60
    while _lives(lesson):
        assert time.monotonic() < until
        time.sleep(0.05)
    with_it = Teacher(tmp_path / "taught", run.path)
    assert with_it.state()["examples"] == {"cross": 1}
    with_it.close()


def _lives(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    stat = Path(f"/proc/{process}/stat")
    return not stat.exists() or stat.read_text().rpartition(")")[2].split()[0] != "Z"
