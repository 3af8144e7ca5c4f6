"""The page in a browser. Every test also checks that the console is clean and that no other site was asked."""

import os
import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from convlet.data import Dataset
from convlet.errors import DownloadError, MissingExtraError
from convlet.exports import FORMATS, write
from convlet.exports.browser_runtime import browser_runtime
from convlet.run import Run
from tests.page.handwriting import DIGITS, line
from tests.page.sites import Model, Site, laid_out, shown

_NAMES = ("chromium", "chromium-browser", "google-chrome")


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed: pip install playwright")
    program = os.environ.get("CONVLET_CHROMIUM") or next(filter(None, map(shutil.which, _NAMES)), None)
    if program is None:
        pytest.skip("there is no Chromium: apt-get install chromium, or name one in CONVLET_CHROMIUM")
    with api.sync_playwright() as playwright:
        flags = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking"]
        chromium = playwright.chromium.launch(executable_path=program, args=flags)
        yield chromium
        chromium.close()


class Visit:
    """One page in the browser."""

    def __init__(self, page: Any, site: Site) -> None:
        self.page, self.site = page, site

    @property
    def answer(self) -> str:
        """What the page says, large."""
        return self.page.inner_text("#label")

    def state(self) -> str:
        """waiting, known, unknown, empty or text."""
        return self.page.get_attribute("body", "data-answer")

    def settled(self) -> None:
        """Wait until the last question is answered."""
        self.idle()
        self.page.locator("body:not([data-answer=waiting])").wait_for()

    def idle(self) -> None:
        """Wait until nothing is asked and nothing is about to be."""
        self.page.locator("body:not([data-pending]):not([data-busy])").wait_for()

    def stop_clock(self) -> None:
        """From now on the page's clock goes on as `run` says: a busy machine changes nothing."""
        self.page.clock.install()
        self.page.clock.pause_at(datetime.now(UTC) + timedelta(hours=1))

    def run(self, milliseconds: int) -> None:
        """Let time pass for the page, and what it asks then be answered."""
        self.page.clock.run_for(milliseconds)
        self.page.locator("body:not([data-busy])").wait_for()

    def write(
        self, character: str, box: tuple[float, float, float, float] = (0.2, 0.12, 0.6, 0.76), *, pause: int = 0
    ) -> None:
        """Draw a digit with the mouse.

        `box`: left, top, width and height as parts of the sheet. `pause`: milliseconds of a stopped clock from point to
        point.
        """
        sheet = self.page.locator("#sheet").bounding_box()
        for stroke in DIGITS[character]:
            points = [
                (
                    sheet["x"] + sheet["width"] * (box[0] + box[2] * x / 100),
                    sheet["y"] + sheet["height"] * (box[1] + box[3] * y / 100),
                )
                for x, y in line(stroke)
            ]
            self.page.mouse.move(*points[0])
            self.page.mouse.down()
            for point in points[1:]:
                self.page.mouse.move(*point)
                if pause:
                    self.run(pause)
            self.page.mouse.up()

    def drop(self, content: bytes, name: str = "picture.png", type_: str = "image/png") -> None:
        """Drop a file on the page."""
        self.page.evaluate(
            """([bytes, name, type]) => {
                const data = new DataTransfer();
                data.items.add(new File([new Uint8Array(bytes)], name, { type }));
                for (const kind of ["dragenter", "dragover", "drop"]) {
                    const options = { dataTransfer: data, bubbles: true, cancelable: true };
                    document.body.dispatchEvent(new DragEvent(kind, options));
                }
            }""",
            [list(content), name, type_],
        )


class Heard:
    """What a page says on its console and asks of the network, from the moment that there is this."""

    def __init__(self, page: Any) -> None:
        self._said: list[str] = []
        self._asked: list[str] = []
        page.on("console", self._complaint)
        page.on("pageerror", lambda error: self._said.append(str(error)))
        page.on("request", lambda request: self._asked.append(request.url))

    def _complaint(self, message: Any) -> None:
        if message.type in ("error", "warning"):
            self._said.append(message.text)

    def kept(self) -> Callable[[str, tuple[int | str, ...]], None]:
        """Keep what was heard so far; return what requires it to be in order.

        What closing a page cuts off is no fault of the page, so this comes before. It takes where the page is from, and
        the complaints that it may have.
        """
        said, asked = list(self._said), list(self._asked)

        def require(url: str, expected: tuple[int | str, ...]) -> None:
            origin = "/".join(url.split("/")[:3]) + "/"
            assert [each for each in asked if not each.startswith((origin, "data:", "blob:" + origin))] == []
            assert [text for text in said if not any(str(part) in text for part in expected)] == []

        return require


@pytest.fixture
def model() -> Model:
    """A made-up server's."""
    return Model()


@pytest.fixture
def site(page_folder: Path, model: Model) -> Iterator[Site]:
    """The page in front of that server."""
    with shown(page_folder, model.reply) as site:
        yield site


@pytest.fixture
def visit(browser: Any) -> Iterator[Callable[..., Visit]]:
    """Open the page: `visit(site, width=1280, height=800, touch=False, expected=())`.

    `expected`: the complaints that the console may have, each a status or a part of the text. At the end it may have no
    other, and no request may have gone to another site.
    """
    opened: list[tuple[Any, Heard, Site, tuple[int | str, ...]]] = []

    def visit(
        site: Site,
        *,
        width: int = 1280,
        height: int = 800,
        touch: bool = False,
        expected: tuple[int | str, ...] = (),
        **more: Any,
    ) -> Visit:
        fragment, known = more.pop("fragment", ""), more.pop("known", True)
        context = browser.new_context(
            viewport={"width": width, "height": height}, has_touch=touch, is_mobile=touch, **more
        )
        context.set_default_timeout(60_000)  # milliseconds: to catch a hang
        page = context.new_page()
        heard = Heard(page)
        # The browser hands file dialogs over from now on. A first listener later could come after the dialog.
        page.on("filechooser", lambda _: None)
        opened.append((context, heard, site, expected))
        page.goto(site.url + fragment)
        if known:
            page.locator("#model-name:not([hidden])").wait_for()
        return Visit(page, site)

    yield visit
    for context, heard, site, expected in opened:
        require = heard.kept()
        context.close()
        require(site.url, expected)


@pytest.fixture(scope="session")
def page_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page as a server shows it."""
    return laid_out(tmp_path_factory.mktemp("page") / "site")


@pytest.fixture(scope="session")
def runtime() -> Path:
    """onnxruntime's browser build."""
    try:
        return browser_runtime(os.environ.get("CONVLET_ONNXRUNTIME_WEB"))
    except (DownloadError, MissingExtraError) as error:
        pytest.skip(f"{error}\nOr name its folder in CONVLET_ONNXRUNTIME_WEB.")


@pytest.fixture(scope="session")
def digits_folder(run: Run, digits: Dataset, runtime: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page with the digits' model in it, as exported."""
    folder = tmp_path_factory.mktemp("digits") / "site"
    write(FORMATS["web"], run.path / "model.keras", folder, digits.test.images, runtime=runtime)
    return folder


@pytest.fixture(scope="session")
def digits_site(digits_folder: Path) -> Iterator[Site]:
    with shown(digits_folder) as site:
        yield site


@pytest.fixture(scope="session")
def mnist_run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """The model in the box, which knows MNIST, in a folder of its own that tests may write into."""
    folder = tmp_path_factory.mktemp("mnist") / "runs" / "mnist-balanced-1"
    return Run(shutil.copytree(Run("digits").path, folder))


@pytest.fixture(scope="session")
def mnist_site(mnist_run: Run, runtime: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The page with a model of MNIST in it."""
    folder, kept = tmp_path_factory.mktemp("mnist") / "site", mnist_run.kept_images()
    assert kept is not None
    write(FORMATS["web"], mnist_run.path / "model.keras", folder, kept.trained.images[:], runtime=runtime)
    with shown(folder) as site:
        yield site
