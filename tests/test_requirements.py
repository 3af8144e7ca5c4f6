"""`make install` says what it installs and how far it is, and fails as pip fails."""

import base64
import hashlib
import subprocess
import sys
import zipfile
from pathlib import Path

SCRIPT = Path(__file__).parents[1] / "requirements" / "install.py"


def wheel(folder: Path) -> Path:
    """Make the smallest wheel there is."""
    path = folder / "tiny_part-1.0-py3-none-any.whl"
    files = {
        "tiny_part.py": "WORD = 1\n",
        "tiny_part-1.0.dist-info/METADATA": "Metadata-Version: 2.1\nName: tiny-part\nVersion: 1.0\n",
        "tiny_part-1.0.dist-info/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    record = "".join(
        f"{name},sha256={base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).decode().rstrip('=')},\n"
        for name, text in files.items()
    )
    with zipfile.ZipFile(path, "w") as archive:
        for name, text in (files | {"tiny_part-1.0.dist-info/RECORD": record}).items():
            archive.writestr(name, text)
    return path


def install(folder: Path, digest: str) -> subprocess.CompletedProcess[str]:
    locked = folder / "some.txt"
    locked.write_text(f"tiny-part==1.0 \\\n    --hash=sha256:{digest}\n", encoding="utf-8")
    settings = {"PIP_TARGET": str(folder / "there"), "PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(folder)}
    return subprocess.run(
        [sys.executable, str(SCRIPT), str(locked)], env=settings, capture_output=True, text=True, check=False
    )


def test_it_says_what_it_does(tmp_path: Path) -> None:
    done = install(tmp_path, hashlib.sha256(wheel(tmp_path).read_bytes()).hexdigest())

    assert done.returncode == 0, done.stderr
    assert "Installing 1 package of" in done.stderr
    assert "installed in " in done.stderr
    assert (tmp_path / "there" / "tiny_part.py").is_file()


def test_another_files_hash_is_refused(tmp_path: Path) -> None:
    wheel(tmp_path)

    done = install(tmp_path, "0" * 64)

    assert done.returncode == 1
    assert "pip ended with 1" in done.stderr
    assert not (tmp_path / "there").exists()
