"""The command as a separate process: start, address, end."""

import contextlib
import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from convlet.run import Run
from convlet.serving import limits
from tests.images import encoded
from tests.serving.running import eventually

CONVLET = str(Path(sys.executable).with_name("convlet"))
# A quiet connection stays open for long after the signal, so that no client is too slow to use it.
PATIENT = "from convlet.serving import limits; limits.GRACE = 60; from convlet.cli import main; main()"
HANGS = 60  # seconds
POSIX = pytest.mark.skipif(os.name == "nt", reason="Windows has other signals")


@pytest.fixture(scope="module")
def seven(digits) -> bytes:
    """A seven that the model knows, as a PNG file."""
    return encoded(digits.test.images[np.flatnonzero(digits.test.labels == 7)[0]])


@contextlib.contextmanager
def process(
    *words: object, program: tuple[str, ...] = (CONVLET,), **environment: str
) -> Iterator[tuple[subprocess.Popen[str], int]]:
    """`convlet serve` once it is ready, with a deadline that no machine is too slow for, and its port."""
    command = [*program, "serve", *map(str, words), "--port", "0", "--deadline", "600"]
    started = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=os.environ | environment)
    try:
        assert started.stderr is not None
        line = started.stderr.readline()
        assert "answers at http://" in line, line + started.stderr.read()
        yield started, int(line.split("http://")[1].split()[0].rpartition(":")[2])
    finally:
        started.kill()
        started.communicate()


def ended(started: subprocess.Popen[str]) -> tuple[int, str]:
    """Exit status and the rest of stderr."""
    _, err = started.communicate(timeout=HANGS)
    return started.returncode, err


def connect(port: int) -> contextlib.closing[http.client.HTTPConnection]:
    return contextlib.closing(http.client.HTTPConnection("127.0.0.1", port, timeout=HANGS))


def is_refused(port: int) -> bool:
    """Whether the server has stopped accepting connections."""
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=HANGS):
            return False
    except ConnectionRefusedError:
        return True


def test_without_a_model_it_serves_the_one_in_the_box(monkeypatch, tmp_path) -> None:
    monkeypatch.chdir(tmp_path)
    kept = Run("digits").kept_images()
    assert kept is not None
    with process() as (started, port), connect(port) as connection:
        assert started.stderr is not None
        assert "digits is the model that comes with convlet" in started.stderr.readline()
        connection.request("GET", "/")
        page = connection.getresponse()
        assert (page.status, page.getheader("Content-Type")) == (200, "text/html; charset=utf-8")
        page.read()
        seven = kept.trained.images[np.flatnonzero(kept.trained.labels == 7)[0]]
        connection.request("POST", "/predict", encoded(seven))
        assert json.loads(connection.getresponse().read())["label"] == "7"


@POSIX
class TestTheEnd:
    @pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
    def test_with_nothing_to_do_it_exits_0(self, run, number) -> None:
        """It waits neither for a silent client nor for one that would outlast the test."""
        assert HANGS < limits.KEEP_ALIVE
        with (
            process(run.path) as (started, port),
            socket.create_connection(("127.0.0.1", port), timeout=HANGS) as silent,
            connect(port) as kept,
        ):
            kept.request("GET", "/healthz")
            assert kept.getresponse().read() == b'{"status":"ok"}'
            started.send_signal(number)
            status, err = ended(started)
            assert status == 0, err
            assert "Traceback" not in err
            assert silent.recv(1) == b""

    def test_no_accepted_request_is_lost(self, run, seven) -> None:
        """Clients with persistent connections and clients with one per request, all in the middle of a request."""
        lost: list[str] = []
        counts = [0] * 8

        def ask(number: int) -> None:
            keep = number % 2 == 0
            connection = None
            while True:
                if connection is None:
                    try:
                        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=HANGS)
                        connection.connect()
                    except ConnectionRefusedError:
                        return  # it was not let in
                try:
                    connection.request("POST", "/predict", seven)
                    response = connection.getresponse()
                    if response.status != 200 or json.loads(response.read())["label"] != "7":
                        lost.append(f"answered {response.status}")
                except (OSError, http.client.HTTPException) as error:
                    lost.append(repr(error))
                    return
                counts[number] += 1
                if not keep or response.getheader("connection") == "close":
                    connection.close()
                    connection = None

        with process(run.path, program=(sys.executable, "-c", PATIENT)) as (started, port):
            threads = [threading.Thread(target=ask, args=(number,)) for number in range(8)]
            for thread in threads:
                thread.start()
            eventually(lambda: lost or min(counts) > 3)
            started.send_signal(signal.SIGTERM)
            for thread in threads:
                thread.join(HANGS)
            status, err = ended(started)
        assert not lost
        assert status == 0, err
        logged = [json.loads(line) for line in err.splitlines()]
        assert len(logged) == sum(counts)
        assert {line["status"] for line in logged} == {200}

    def test_a_request_half_sent_is_answered(self, run, seven) -> None:
        with (
            process(run.path) as (started, port),
            connect(port) as connection,
        ):
            connection.putrequest("POST", "/predict")
            connection.putheader("Content-Length", str(len(seven)))
            connection.endheaders(seven[:20])
            started.send_signal(signal.SIGTERM)
            eventually(lambda: is_refused(port))
            time.sleep(2 * limits.GRACE)  # a connection that nobody uses would be closed
            connection.send(seven[20:])
            response = connection.getresponse()
            assert (response.status, response.getheader("connection")) == (200, "close")
            assert json.loads(response.read())["label"] == "7"
            assert ended(started)[0] == 0

    def test_no_new_connection_is_accepted(self, run) -> None:
        with process(run.path) as (started, port), socket.create_connection(("127.0.0.1", port)) as busy:
            busy.sendall(b"POST /predict HTTP/1.1\r\nContent-Length: 100\r\n\r\n")
            started.send_signal(signal.SIGTERM)
            eventually(lambda: is_refused(port))
            assert started.poll() is None  # while somebody is answered

    @pytest.mark.slow
    def test_a_log_nobody_reads_blocks_nothing(self, run) -> None:
        """A few hundred lines fill the pipe; the server still answers, and ends."""
        with (
            process(run.path) as (started, port),
            connect(port) as connection,
        ):
            for _ in range(800):
                connection.request("GET", "/healthz", headers={"X-Request-ID": "x" * 100})
                assert connection.getresponse().read() == b'{"status":"ok"}'
            connection.close()
            started.send_signal(signal.SIGTERM)
            assert started.wait(HANGS) == 0


class TestTheStart:
    def test_nothing_heavy_is_imported(self, run) -> None:
        program = (
            "import sys, threading, os, signal\n"
            "from convlet.serving import Settings, serve\n"
            "from pathlib import Path\n"
            "def ready(url):\n"
            "    heavy = {'keras', 'tensorflow', 'matplotlib', 'sklearn', 'skimage', 'onnx'} & set(sys.modules)\n"
            "    print(heavy or 'nothing', flush=True)\n"
            "    os.kill(os.getpid(), signal.SIGTERM)\n"
            f"serve(Path({str(run.path)!r}), Settings(port=0), sys.stderr.buffer, ready)\n"
        )
        done = subprocess.run(
            [sys.executable, "-c", program], check=True, capture_output=True, text=True, timeout=HANGS
        )
        assert done.stdout == "nothing\n"

    def test_the_token_may_come_from_the_environment(self, run) -> None:
        everywhere = process(run.path, "--host", "0.0.0.0", CONVLET_TOKEN="correct-horse-battery")  # noqa: S106
        with (
            everywhere as (_, port),
            connect(port) as connection,
        ):
            connection.request("GET", "/model")
            assert connection.getresponse().status == 401


@pytest.mark.parametrize(
    ("words", "status", "said"),
    [
        (["--host", "0.0.0.0"], 2, "--token"),
        (["--port", "70000"], 2, "--port 70000"),
        (["--port", "http"], 2, "'--port': should be a valid integer"),
        (["--threads", "0"], 2, "--threads"),
        (["--host", "no-such-host.invalid"], 3, "there is no host"),
        (["--host", "192.0.2.1", "--insecure"], 3, "cannot listen on"),
        (["--teach", "taught", "--insecure"], 2, "--insecure lets anyone change the model"),
        (["--teach", sys.executable], 3, "cannot make the folder"),
    ],
)
def test_bad_options(convlet, run, words, status, said) -> None:
    given, out, err = convlet("serve", run.path, *words)
    assert (given, out) == (status, "")
    assert said in err
    assert "Traceback" not in err


@POSIX
@pytest.mark.slow
def test_what_was_taught_outlives_a_kill(run, seven, tmp_path) -> None:
    taught, files = tmp_path / "taught", []

    def ask(port: int, method: str, path: str, body: bytes | None = None) -> dict:
        with connect(port) as connection:
            connection.request(method, path, body)
            return json.loads(connection.getresponse().read())

    for turn in range(3):
        with process(run.path, "--teach", taught) as (started, port):
            assert ask(port, "GET", "/teach")["examples"] == ({"sieben": turn} if turn else {})
            assert ask(port, "GET", "/model")["generation"] == 0
            ask(port, "POST", "/teach/keep?class=sieben", seven)
            assert ask(port, "POST", "/teach/begin")["training"]["state"] == "training"
            started.kill()
        files.append(sorted(path.name for path in taught.rglob("*.png")))
        assert set(files[0]) <= set(files[-1])
    assert len(files[-1]) == 6  # each picture, and what the model saw


@POSIX
def test_two_servers_cannot_teach_from_one_folder(convlet, run, tmp_path) -> None:
    with process(run.path, "--teach", tmp_path / "taught"):
        status, _, err = convlet("serve", run.path, "--teach", tmp_path / "taught", "--port", 0)
    assert status == 3
    assert "another server teaches from" in err


def test_no_model(convlet, tmp_path) -> None:
    status, _, err = convlet("serve", tmp_path / "nothing", "--port", 0)
    assert status == 3
    assert "there is no model" in err


def test_a_port_that_is_taken(convlet, run) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        status, _, err = convlet("serve", run.path, "--port", other.getsockname()[1])
    assert status == 3
    assert "is in use by another program" in err


@pytest.mark.slow
def test_the_pages_address_has_the_token_but_a_log_file_not_that_of_the_environment() -> None:
    with process("digits", "--token", "abc+DEF/12=") as (started, port):
        assert started.stderr is not None
        line = started.stderr.readline()
        assert line == f"its page, with the token: http://127.0.0.1:{port}/#token=abc%2BDEF%2F12%3D\n"
    with process("digits", CONVLET_TOKEN="abc+DEF/12=") as (started, port):  # noqa: S106
        assert started.stderr is not None
        line = started.stderr.readline()
        assert f"http://127.0.0.1:{port}/#token=... " in line
        assert "abc" not in line
