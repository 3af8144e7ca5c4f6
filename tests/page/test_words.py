"""The words of the page: whole in every language, all used, and none outside their files."""

import json
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import pytest

from convlet.signature import FITS
from tests.page.sites import PAGE

WORDS = {file.stem: json.loads(file.read_text("utf-8")) for file in sorted((PAGE / "words").glob("*.json"))}
ENGLISH = WORDS["en"]
OTHERS = [language for language in WORDS if language != "en"]
# The plural forms of each language, as its readers' browsers choose them (Unicode's CLDR). French and Spanish have one
# more, for millions, which falls back to "other".
PLURALS = {
    "ar": ("zero", "one", "two", "few", "many", "other"),
    "ja": ("other",),
    "zh": ("other",),
}
TWO = ("one", "other")
FORMS = {"zero", "one", "two", "few", "many", "other"}
# What a language calls as English does.
SAME = {
    "de": {"facts.version", "teach.generation"},
    "fr": {
        *("facts.classes.other", "facts.version", "tool.take", "label.classes", "label.grid"),
        *("teach.images", "teach.sheet.photo", "teach.sum.classes.other"),
    },
}
SPACED = {"list.comma"}  # something follows
SIGNS = {"answer.said", "key.control", "key.delete", "list.comma"}  # of no language
HTML = sorted(PAGE.rglob("*.html"))
SCRIPTS = sorted(PAGE.rglob("*.js"))
PLACE = re.compile(r"\{([a-z]+)\}")


def plural(key: str) -> bool:
    """Whether a key is one of several forms."""
    base, _, form = key.rpartition(".")
    return form in FORMS and f"{base}.other" in ENGLISH


def wanted(language: str) -> dict[str, str]:
    """The keys that a language must have, each with the English text that it translates."""
    keys = {}
    for key, text in ENGLISH.items():
        base, _, form = key.rpartition(".")
        if form == "other" and f"{base}.one" in ENGLISH:
            keys |= {f"{base}.{each}": text for each in PLURALS.get(language, TWO)}
        elif not plural(key):
            keys[key] = text
    return keys


@pytest.mark.parametrize("language", WORDS)
def test_no_text_is_missing_and_none_is_left_over(language: str) -> None:
    keys = wanted(language)
    missing = {key: text for key, text in keys.items() if key not in WORDS[language]}
    assert missing == {}, f"translate these into words/{language}.json"
    assert WORDS[language].keys() - keys.keys() == set(), f"remove these from words/{language}.json"


@pytest.mark.parametrize("language", WORDS)
def test_a_file_is_in_order_and_has_each_key_once(language: str) -> None:
    pairs = json.loads((PAGE / "words" / f"{language}.json").read_text("utf-8"), object_pairs_hook=list)
    keys = [key for key, _ in pairs]
    assert keys == sorted(set(keys))
    assert [key for key, text in pairs if not text.strip() or (text != text.strip() and key not in SPACED)] == []


@pytest.mark.parametrize("language", OTHERS)
def test_translations_have_the_places_of_the_english_text(language: str) -> None:
    for key, english in wanted(language).items():
        places, own = set(PLACE.findall(english)), set(PLACE.findall(WORDS[language][key]))
        if plural(key) and key.rpartition(".")[2] in {"zero", "one", "two"}:
            own |= {"count"} & places  # "one class" needs no figure; with none there is nothing to list
            own |= places if key.endswith(".zero") else set()
        assert own == places, key


@pytest.mark.parametrize("language", OTHERS)
def test_nothing_was_left_in_english(language: str) -> None:
    same = {key for key, text in wanted(language).items() if WORDS[language][key] == text}
    assert same - SIGNS == SAME.get(language, set()) & wanted(language).keys()


def test_the_picker_offers_each_language() -> None:
    listed = (PAGE / "words.js").read_text("utf-8").partition("LANGUAGES = {")[2].partition("}")[0]
    assert set(re.findall(r"(\w+): \"", listed)) == WORDS.keys()


class _Shown(HTMLParser):
    """What a page's source would show, but what it marks as English for when scripts are off."""

    def __init__(self, source: str) -> None:
        super().__init__()
        self.keys: list[str] = []
        self.texts: list[str] = []
        self.within: list[tuple[str, bool]] = []
        self.feed(source)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.keys += [value for name, value in attrs if name.startswith("data-word") and value]
        self.texts += [given[name] or "" for name in ("title", "aria-label", "alt", "placeholder") if name in given]
        if tag not in ("meta", "link", "input", "img", "br"):
            self.within.append((tag, given.get("lang") == "en" and tag != "html"))

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        if self.within and self.within[-1][0] == tag:
            self.within.pop()

    def handle_data(self, data: str) -> None:
        if not any(tag in ("title", "style", "script", "noscript") or english for tag, english in self.within):
            self.texts.append(data.strip())


@pytest.mark.parametrize("file", HTML, ids=lambda file: file.name)
def test_the_source_of_a_page_has_no_words_of_its_own(file: Path) -> None:
    shown = _Shown(file.read_text("utf-8"))
    assert [text for text in shown.texts if re.search(r"\w\w", text.replace("convlet", ""))] == []
    assert len(shown.keys) > 10


def _used() -> Iterator[str]:
    """Every key that the page's sources name."""
    for file in HTML:
        yield from _Shown(file.read_text("utf-8")).keys
    for file in SCRIPTS:
        source = file.read_text("utf-8")
        for call in re.findall(r"\bword\(([^()]*(?:\([^()]*\)[^()]*)*)", source):
            yield from re.findall(r'"([a-z_]+\.[a-z_.-]+)"', call.partition("{")[0])
        yield from (f"problem.{key}" for key in re.findall(r'new Problem\(\s*"(\w+)"', source))
        yield from (f"problem.{key}" for key in re.findall(r'sendable\(\w+, "(\w+)"\)', source))


def test_every_key_that_is_used_has_a_text() -> None:
    texts = set(ENGLISH) | {key.rpartition(".")[0] for key in ENGLISH if plural(key)}
    texts |= {key[key.index("problem.") :] for key in ENGLISH if ".problem." in key}  # a page's own words for an error
    used = set(_used())
    assert used - texts == set()
    assert len(used) > 70


def test_every_text_is_used() -> None:
    sources = "".join(file.read_text("utf-8") for file in (*HTML, *SCRIPTS))
    codes = "".join(file.read_text("utf-8") for file in PAGE.parent.rglob("*.py"))
    literal = set(re.findall(r'"([\w.-]+)"', sources))

    def known(key: str) -> bool:
        start, _, last = key.rpartition(".")
        if plural(key):
            return known(start)
        made = f"`{start}.${{" in sources  # such as `problem.${key}`
        return key in literal or (made and (last in literal or last in FITS or f'"{last}"' in codes))

    assert [key for key in ENGLISH if not known(key)] == []
