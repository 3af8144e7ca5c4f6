"""README.md and docs/**/*.md: every command and program is run as printed, or says why not; the site builds."""

import os
import re
import subprocess
import sys
import warnings
from html.parser import HTMLParser
from pathlib import Path

import pytest

import convlet
from tests.belongings import prepare
from tests.blocks import PAGES, ROOT, RUN, Block, Reader, as_said, blocks, has, masked, not_printed, reader

LINK = re.compile(r"\]\(([^)#\s]+\.md)(?:#[^)]*)?\)")
MNIST = bool((data := os.environ.get("CONVLET_DATA")) and (Path(data) / "mnist").is_dir())
DATA = os.environ.get("CONVLET_DATA")  # read before a fixture clears it
BLOCKS = {page.relative_to(ROOT).as_posix(): blocks(page) for page in PAGES}
TYPED = [block for found in BLOCKS.values() for block in found if block.typed]


def _pages(long: bool) -> list[str]:
    """The pages that have something to run: quickly, or in the long tests."""
    return [name for name, found in BLOCKS.items() if any(block.runs and block.long == long for block in found)]


def _follow(name: str, long: bool, tools: tuple, monkeypatch, capsys) -> None:
    if os.name == "nt":
        pytest.skip("the pages' commands are those of a POSIX shell")
    folder, run, digits = tools
    prepare(folder, run, digits)
    monkeypatch.chdir(folder)
    if DATA:
        monkeypatch.setenv("CONVLET_DATA", DATA)
    left_out = []
    with reader(capsys) as somebody:
        for block in BLOCKS[name]:
            if not block.runs or (block.long and not long):
                continue
            if (block.marks.get("long", "").startswith(", mnist") and not MNIST) or (
                "curl " in block.code and not has("curl")
            ):
                left_out.append(block.where)
                continue
            somebody.follow(block)
    if left_out:
        pytest.skip(f"CONVLET_DATA has no MNIST, or there is no curl: not run: {', '.join(left_out)}")


@pytest.mark.slow
@pytest.mark.parametrize("name", _pages(long=False))
def test_what_a_page_says_works(name: str, tmp_path, run, digits, monkeypatch, capsys) -> None:
    _follow(name, False, (tmp_path, run, digits), monkeypatch, capsys)


@pytest.mark.long
@pytest.mark.parametrize("name", _pages(long=True))
def test_all_that_a_page_says_works_what_takes_long_too(name: str, tmp_path, run, digits, monkeypatch, capsys) -> None:
    _follow(name, True, (tmp_path, run, digits), monkeypatch, capsys)


def test_every_block_is_run_or_says_why_not() -> None:
    assert len(TYPED) > 20
    silent = [block.where for block in TYPED if not block.runs and not block.marks.get("not run")]
    assert not silent, f"neither run nor marked `<!-- not run: REASON -->`: {silent}"


def test_no_mark_is_without_a_reason_and_none_is_where_nothing_runs() -> None:
    for found in BLOCKS.values():
        for block in found:
            for mark, why in block.marks.items():
                assert why.removeprefix(", mnist").strip(), f"{block.where}: {mark}: why?"
            assert not block.marks or block.typed, f"{block.where}: a mark on what nobody would run"


def test_a_library_may_warn_and_a_page_may_not(monkeypatch, tmp_path) -> None:
    (tmp_path / "library.py").write_text("import warnings\ndef old():\n    warnings.warn('I move', UserWarning)\n")
    monkeypatch.syspath_prepend(tmp_path)
    somebody = Reader(None)
    with warnings.catch_warnings(record=True) as told:
        somebody.follow(Block("p", 1, "python", "import library\nlibrary.old()"))
    assert [str(one.message) for one in told] == ["I move"]
    with pytest.raises(UserWarning, match="I ask for it"):
        somebody.follow(Block("p", 1, "python", "import warnings\nwarnings.warn('I ask for it', UserWarning)"))


def test_code_stands_between_fences() -> None:
    """Four spaces would hide a command from these tests, and a fence's language from readers."""
    for page in PAGES:
        text = re.sub(r"^(```|:::).*?^\1", "", page.read_text(encoding="utf-8"), flags=re.DOTALL | re.MULTILINE)
        assert not re.findall(r"\n\n    \S.*", text), page


def test_the_rules_are_found_out() -> None:
    """A command in a block without a language is noticed, a mark belongs to the next block alone."""
    page = ROOT / "docs" / "design.md"
    assert not [block for block in BLOCKS[page.relative_to(ROOT).as_posix()] if block.typed]
    assert Block("p", 1, "", "$ convlet data list\n").typed
    assert Block("p", 1, "text", "convlet train digits\n").typed
    assert not Block("p", 1, "text", "runs/mnist-fast-1/\n  model.keras\n").typed
    assert Block("p", 1, "sh", "convlet label x", {"not run": "waits"}).runs is False
    assert masked("digits: 1,437 of  train, 99.1 %") == masked("digits: 80 of train, 7 %")
    assert as_said("accuracy 12.5% of 8 images, loss ...", masked("accuracy 99% of 24 images, loss 0.2, and more"))
    assert not as_said("accuracy 12.5%", masked("accuracy 12.5% of 8 images"))
    assert not as_said("right", masked("wrong"))
    assert as_said("{... 5, ...}", masked('{"a": 3, 4, 5}'))
    assert not_printed(["it is", "said.", "", "so"], "so what\nit is said.") == ["so"]
    assert not_printed(["...", "so ..."], "x\nso what") == []


def test_every_page_is_reached_by_links_from_the_readme() -> None:
    """Where nobody builds the site there is no sidebar."""
    reached, new = set(), {ROOT / "README.md"}
    while new:
        reached |= new
        links = ((page, link) for page in new for link in LINK.findall(page.read_text(encoding="utf-8")))
        new = {(page.parent / link).resolve() for page, link in links if "://" not in link} - reached
    shells = set((ROOT / "docs" / "project").iterdir())  # which the site fills with files of the root
    assert set(PAGES) - reached - shells == set()


def test_every_public_name_stands_in_the_reference() -> None:
    page = (ROOT / "docs" / "reference" / "python.md").read_text(encoding="utf-8")
    named = re.findall(r"^\.\. auto\w+:: (\w+)$|`convlet\.([A-Z]+)`", page, re.MULTILINE)
    assert set(convlet.__all__) - {"__version__"} <= {one or other for one, other in named}


def test_each_kind_of_block_is_there() -> None:
    assert {block.language for block in TYPED if block.runs} == set(RUN)
    assert _pages(long=True)
    assert "README.md" in _pages(long=False)


class _Loaded(HTMLParser):
    """What a page of the site loads by itself."""

    def __init__(self) -> None:
        super().__init__()
        self.addresses: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        name = {"script": "src", "img": "src", "link": "href", "iframe": "src", "source": "src"}.get(tag)
        self.addresses += [value for key, value in attrs if key == name and value]


@pytest.mark.slow
def test_the_site_builds_without_a_warning_and_loads_nothing_from_elsewhere(tmp_path) -> None:
    pytest.importorskip("sphinx", reason="the extra `docs` is not installed")
    command = [
        sys.executable,
        "-m",
        "sphinx",
        "-W",
        "--keep-going",
        "-q",
        "-d",
        tmp_path / "trees",
        "docs",
        tmp_path / "site",
    ]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    pages = list((tmp_path / "site").rglob("*.html"))
    assert len(pages) > 20
    for page in pages:
        parser = _Loaded()
        parser.feed(page.read_text(encoding="utf-8"))
        elsewhere = [address for address in parser.addresses if re.match(r"(\w+:)?//", address)]
        assert not elsewhere, page
    for sheet in (tmp_path / "site" / "_static").rglob("*.css"):
        assert not re.search(r"(@import|url\()\s*[\"']?(https?:)?//", sheet.read_text(encoding="utf-8")), sheet
