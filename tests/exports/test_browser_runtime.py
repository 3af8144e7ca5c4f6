"""onnxruntime's browser build: fetched once, checked, or taken from where the user has it."""

import hashlib
import shutil

import pytest

from convlet.errors import DownloadError, InputError, MissingExtraError
from convlet.exports import browser_runtime
from convlet.system import cache
from convlet.system.watch import Watch


def test_the_browser_build_is_fetched_with_npm_and_checked(tmp_path, monkeypatch) -> None:
    """A real npm is asked for a package of the same form that lies on disk."""
    npm = shutil.which("npm")
    if npm is None:
        pytest.skip("npm is not installed")
    package = tmp_path / "package"
    (package / "dist").mkdir(parents=True)
    (package / "package.json").write_text('{"name": "made-up", "version": "1.0.0"}')
    for name in browser_runtime.FILES:
        (package / "dist" / name).write_text(name)
    monkeypatch.setattr(browser_runtime, "_PACKAGE", str(package))
    monkeypatch.setattr(cache, "cache_folder", lambda: tmp_path / "cache")
    with pytest.raises(DownloadError, match="wrong SHA-256"):
        browser_runtime.browser_runtime()
    assert [file for file in (tmp_path / "cache").rglob("*") if file.is_file()] == []
    monkeypatch.setattr(
        browser_runtime, "FILES", {name: hashlib.sha256(name.encode()).hexdigest() for name in browser_runtime.FILES}
    )
    said: list[str] = []
    folder = browser_runtime.browser_runtime(watch=Watch(on_note=said.append))
    assert {file.name for file in folder.iterdir()} == set(browser_runtime.FILES)
    assert len(said) == 1
    browser_runtime.browser_runtime(watch=Watch(on_note=said.append))
    assert len(said) == 1


def test_without_npm_or_the_files_it_says_what_to_do(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(cache, "cache_folder", lambda: tmp_path / "cache")
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(MissingExtraError, match="runtime=DIR"):
        browser_runtime.browser_runtime()
    with pytest.raises(InputError, match=r"ort-wasm-simd-threaded\.wasm"):
        browser_runtime.browser_runtime(tmp_path)


def test_files_of_another_version_are_taken_with_a_note(browser_files) -> None:
    said: list[str] = []
    assert browser_runtime.browser_runtime(browser_files, Watch(on_note=said.append)) == browser_files
    assert "not version 1.30.0" in said[0]
