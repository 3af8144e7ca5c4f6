"""A server whose clients hang up and which is told to end: whoever asked whole gets the right answer."""

import concurrent.futures
import contextlib
import socket
import struct
import urllib.request
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks import load, serving
from benchmarks.faults.images import resident

_CLIENTS = 8
_RESET = struct.pack("ii", 1, 0)  # SO_LINGER without waiting: the connection ends in a reset


def requests(count: int, run: Path, seed: int = 1) -> dict[str, Any]:
    """Send so many requests, a tenth of which end at a random byte; return what came of them."""
    questions, _ = serving.asked(run)
    found: Counter[str] = Counter()
    with serving.server(run) as (port, process):
        _send(port, questions, count // 10, seed)
        before = resident(process.pid)
        with concurrent.futures.ThreadPoolExecutor(_CLIENTS) as pool:
            seeds = range(seed + 1, seed + 1 + _CLIENTS)
            for one in pool.map(lambda own: _send(port, questions, count // _CLIENTS, own), seeds):
                found += one
        growth = (resident(process.pid) - before) / 2**20
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=10) as answer:
            ready = answer.status
    return {**found, "ready_after": ready, "exit_status": process.returncode, "growth_mib": growth}


def ends(count: int, run: Path) -> dict[str, Any]:
    """Send SIGTERM so many times in the middle of load; return what came of the requests."""
    questions, _ = serving.asked(run)
    ended = [serving.end(run, questions, 0.1 + 0.005 * (number % 60)) for number in range(count)]
    return {
        "times": count,
        "answered": sum(one["answered"] for one in ended),
        "lost": [reason for one in ended for reason in one["lost"]],
        "wrong": sum(one["wrong"] for one in ended),
        "exit_statuses": sorted({one["status"] for one in ended}),
        "seconds_longest": max(one["seconds"] for one in ended),
    }


def _send(port: int, questions: list[load.Question], count: int, seed: int) -> Counter[str]:
    random, found = np.random.default_rng(seed), Counter[str]()
    for _ in range(count):
        question = questions[int(random.integers(len(questions)))]
        content = question.request(close=True)
        with socket.create_connection(("127.0.0.1", port), timeout=60) as connection:
            if random.random() < 0.1:
                connection.sendall(content[: int(random.integers(len(content)))])
                if random.random() < 0.5:
                    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
                found["cut_off"] += 1
                continue
            answer = b""
            with contextlib.suppress(ConnectionError):
                connection.sendall(content)
                while more := connection.recv(65_536):
                    answer += more
        status = answer[9:12].decode()
        right = f'"label":"{question.label}"' in answer.decode()
        found["answered" if status == "200" and right else "wrong" if status == "200" else f"lost {status}"] += 1
    return found
