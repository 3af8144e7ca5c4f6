"""axe-core, which looks for what keeps people out of a page: fetched once with npm, into the user's cache."""

import functools
import os
import shutil
import subprocess
import tarfile
import tempfile
from pathlib import Path
from typing import Any

import pytest

from convlet.system.cache import cache_folder
from convlet.system.files import replacing, sha256

_PACKAGE, _VERSION = "axe-core", "4.14.1"
_SHA256 = "29348999450cdf2849a8e70b7912fc2da85a849da39c0d0d5394f51d4a9ed95c"
# Every rule that axe has switched on, the size of what is touched (WCAG 2.2), and that what is seen is what is said.
_LOOK = """async () => {
    const rules = { "target-size": { enabled: true }, "label-content-name-mismatch": { enabled: true } };
    const { violations } = await axe.run(document, { rules });
    return violations.flatMap(({ id, nodes }) =>
        nodes.map(({ target, any, all, none }) =>
            [id, target.join(" "), ...[...any, ...all, ...none].map(({ message }) => message)].join(" | ")));
}"""

# Until nothing moves but what always does, such as the mark of a run in training.
_STILL = """() => Promise.all(document.getAnimations()
    .filter((each) => each.effect.getComputedTiming().endTime !== Infinity)
    .map((each) => each.finished.catch(() => {})))"""


def require_none(page: Any) -> None:
    """Require that axe finds nothing wrong with a page as it is now; name each rule, its element and what is wrong."""
    page.evaluate(_STILL)
    page.evaluate(_source())
    assert page.evaluate(_LOOK) == []


@functools.cache
def _source() -> str:
    given = os.environ.get("CONVLET_AXE")
    file = Path(given) if given else cache_folder() / f"{_PACKAGE}-{_VERSION}" / "axe.min.js"
    if not given and not (file.is_file() and sha256(file) == _SHA256):
        _fetch(file)
    return file.read_text("utf-8")


def _fetch(file: Path) -> None:
    npm = shutil.which("npm")
    if npm is None:
        pytest.skip(f"npm fetches {_PACKAGE}: apt-get install npm, or name its axe.min.js in CONVLET_AXE")
    with tempfile.TemporaryDirectory() as temporary:
        try:
            subprocess.run(
                [npm, "pack", f"{_PACKAGE}@{_VERSION}", "--silent", "--ignore-scripts"],
                cwd=temporary,
                env={"NPM_CONFIG_CACHE": str(Path(temporary) / "npm"), **os.environ},
                capture_output=True,
                timeout=300,
                check=True,
                stdin=subprocess.DEVNULL,
            )
        except (subprocess.CalledProcessError, subprocess.TimeoutExpired) as error:
            pytest.skip(f"npm could not fetch {_PACKAGE}: {error}. Or name its axe.min.js in CONVLET_AXE.")
        (archive,) = Path(temporary).glob("*.tgz")
        with tarfile.open(archive) as package:
            member = package.extractfile("package/axe.min.js")
            content = member.read() if member else b""
    file.parent.mkdir(parents=True, exist_ok=True)
    with replacing(file) as unfinished:
        unfinished.write_bytes(content)
    assert sha256(file) == _SHA256, f"{_PACKAGE} {_VERSION} is not the file that it was"
