"""Install a file of locked requirements with pip, and say how far it is: `python requirements/install.py run.txt`.

pip with `--quiet` says nothing for minutes, and without it hundreds of lines. This needs nothing but Python and pip.
"""

import subprocess
import sys
import sysconfig
import threading
import time
from importlib import metadata
from pathlib import Path

_GIGABYTES = {"run.txt": 2.1}  # installed on Linux, x86-64
_PIP = ("-m", "pip", "install", "--disable-pip-version-check", "--progress-bar", "off", "--no-input")
_EVERY = 2.0 if sys.stderr.isatty() else 5.0  # seconds


def main() -> int:
    """Install, and return pip's status."""
    path = Path(sys.argv[1])
    names = [line.split("==")[0].strip() for line in path.read_text(encoding="utf-8").splitlines() if "==" in line]
    size = f", {_GIGABYTES[path.name]} GB on disk, which takes one to three minutes" if path.name in _GIGABYTES else ""
    packages = "1 package" if len(names) == 1 else f"{len(names)} packages"
    _say(f"Installing {packages} of {path} into {sys.prefix}{size}, once:")
    began, state = time.monotonic(), {"looked": 0, "now": "the list"}
    pip = subprocess.Popen(
        [sys.executable, *_PIP, "--require-hashes", "-r", str(path)],
        stdout=subprocess.PIPE,
        text=True,
        errors="replace",
    )
    over = threading.Event()
    teller = threading.Thread(target=_tell, args=(over, state, len(names), began), daemon=True)
    teller.start()
    last: list[str] = []
    assert pip.stdout is not None
    for line in pip.stdout:
        word, _, rest = line.strip().partition(" ")
        state["looked"] += word in ("Collecting", "Requirement")
        if word == "Collecting":
            state["now"] = rest.split("==")[0]
        elif word == "Installing":
            state["now"] = ""
        last = [*last[-20:], line]
    status = pip.wait()
    over.set()
    teller.join()
    if status:
        sys.stderr.writelines(last)
        _say(f"pip ended with {status}; its last lines are above. Run it again: what was fetched is kept.")
    else:
        _say(f"installed in {time.monotonic() - began:.0f} s.")
    return status


def _tell(over: threading.Event, state: dict[str, int | str], count: int, began: float) -> None:
    """Write a line every few seconds: what pip looks at, then how much of it is installed."""
    site = Path(sysconfig.get_path("purelib"))
    before = sum(1 for _ in metadata.distributions(path=[str(site)]))
    while not over.wait(_EVERY):
        seconds = f"{time.monotonic() - began:4.0f} s"
        if state["now"]:
            _say(f"  {seconds}  fetching {min(int(state['looked']), count)} of {count}: {state['now']}")
        else:
            there = sum(1 for _ in metadata.distributions(path=[str(site)])) - before
            _say(f"  {seconds}  unpacking, {min(max(there, 0), count)} of at most {count} done")


def _say(text: str) -> None:
    sys.stderr.write(text + "\n")
    sys.stderr.flush()


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:  # pip has it too, and ends
        _say("interrupted. Run it again: what was fetched is kept.")
        sys.exit(130)
