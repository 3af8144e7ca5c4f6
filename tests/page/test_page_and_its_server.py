"""The page in front of a server: what it asks and when, and what it says when something is in the way."""

import io
import threading
from itertools import accumulate
from typing import Any

import numpy as np
import pytest
from PIL import Image

from convlet.system.colors import color
from tests.images import encoded
from tests.page.sites import LONG, PAGE, picture, shown

pytestmark = pytest.mark.slow


def problem(visit: Any) -> str:
    visit.page.locator("#problem:not([hidden])").wait_for()
    return visit.page.inner_text("#problem p")


def test_drawing_is_answered_live_and_the_end_of_it_last(visit, site) -> None:
    page = visit(site)
    page.stop_clock()
    page.write("8", pause=60)  # 36 times: 2160 milliseconds
    before = len(site.asked("/predict?"))
    assert 10 < before <= 1 + 2160 / 120  # the page's gap
    page.run(0)
    page.settled()
    asked = site.asked("/predict?")
    assert len(asked) == before + 1
    page.page.clock.resume()
    sizes = [Image.open(io.BytesIO(body)).size for _, _, _, body in asked]
    assert set(sizes) == {(336, 336)}
    inks = [(np.asarray(Image.open(io.BytesIO(body)).convert("L")) < 128).sum() for _, _, _, body in asked]
    assert inks[-1] == max(inks) > 5000
    assert (page.answer, page.page.inner_text("#how")) == ("0", "93%")
    spoken = "0, 93%"
    page.page.wait_for_function("text => document.getElementById('spoken').textContent === text", arg=spoken)
    assert {headers["content-type"] for _, _, headers, _ in asked} == {"image/png"}
    assert not any("cookie" in headers or "authorization" in headers for _, _, headers, _ in site.requests)


def test_a_slow_server_is_asked_one_thing_at_a_time_and_the_newest_wins(visit, site, model) -> None:
    model.wait = 0.6
    page = visit(site)
    changes: list[int] = []  # 1 for a question, -1 for its end
    for event, change in (("request", 1), ("requestfinished", -1), ("requestfailed", -1)):
        page.page.on(event, lambda request, change=change: "predict" in request.url and changes.append(change))
    for digit in "074":
        page.page.keyboard.press("Delete")
        page.write(digit)
    page.settled()
    ink = np.asarray(Image.open(io.BytesIO(site.asked("/predict")[-1][3])).convert("L")) < 128
    assert ink[:, : 336 // 2].any()
    assert max(accumulate(changes)) == 1
    assert changes.count(1) > 1


def test_nothing_is_asked_after_a_clearing(visit, site) -> None:
    page = visit(site)
    page.page.get_by_role("switch").check()
    page.stop_clock()
    page.write("1")
    page.run(50)
    page.settled()
    assert len(site.asked("/predict")) == 1  # a second question, about the heat map, would follow
    page.write("1", (0.7, 0.1, 0.2, 0.8))
    page.page.get_by_role("button", name="Clear").click()
    page.run(1000)
    page.idle()
    assert len(site.asked("/predict")) == 1
    assert page.state() == "waiting"
    assert page.answer == ""
    page.page.clock.resume()
    page.page.keyboard.press("Control+z")
    page.page.locator("#heat:not([hidden])").wait_for()
    assert page.answer == "0"


@pytest.mark.parametrize("written", ["abc.DEF/1+2=", "abc.DEF%2F1%2B2%3D"])
def test_the_token_is_taken_from_the_address_and_sent(visit, site, written) -> None:
    page = visit(site, fragment=f"#token={written}")
    page.write("1")
    page.settled()
    assert page.page.url == site.url
    asked = [
        headers.get("authorization") for _, path, headers, _ in site.requests if path.startswith(("/model", "/predict"))
    ]
    assert set(asked) == {"Bearer abc.DEF/1+2="}
    assert page.page.evaluate("[document.cookie, localStorage.length, sessionStorage.length]") == ["", 0, 0]


def test_without_the_token_the_page_says_how_to_give_it(visit, page_folder, model) -> None:
    given = threading.Event()
    refusal = 401, {"WWW-Authenticate": "Bearer"}, {"error": {"code": "unauthorized", "message": "Send the token."}}
    with shown(page_folder, lambda *request: model.reply(*request) if given.is_set() else refusal) as site:
        page = visit(site, known=False, expected=(401,))
        assert "#token=" in problem(page)
        given.set()
        page.page.evaluate("location.hash = '#token=abcdefgh'")
        page.page.locator("#model-name:not([hidden])").wait_for()
        assert not page.page.locator("#problem").is_visible()


def test_a_busy_server_is_asked_again_when_it_says(visit, site, model) -> None:
    page = visit(site, expected=(429,))
    page.write("2")
    page.settled()
    model.refusals = [(429, {"Retry-After": "1"}, {"error": {"code": "busy", "message": "Too much."}})] * 2
    page.page.get_by_role("button", name="Undo").click()
    said = problem(page)
    assert "busy" in said
    assert "again in" in said
    page.page.locator("#problem[hidden]").wait_for(state="attached")
    page.settled()
    assert page.answer == "0"


def test_a_server_that_fails_is_asked_again_by_hand(visit, site, model) -> None:
    page = visit(site, expected=(500,))
    model.refusals = [(500, {}, {"error": {"message": "The model broke."}})] * 50
    page.stop_clock()
    page.write("8", pause=100)  # 36 times: 3.6 seconds
    page.run(1300)
    page.idle()
    assert problem(page) == "The server failed (500). The model broke."
    assert 2 < len(site.asked("/predict")) <= 1 + 4.9  # one a second, however long the stroke was
    page.page.clock.resume()
    model.refusals = []
    page.page.get_by_role("button", name="Try again").click()
    page.settled()
    assert page.answer == "0"
    assert not page.page.locator("#problem").is_visible()


@pytest.mark.parametrize(
    ("status", "said", "shown_"),
    [
        (413, "The body is longer than 5,000,000 bytes.", "too large. The body is longer"),
        (415, "The body is something else.", "not a readable picture"),
        (422, "The image is damaged.", "The image is damaged."),
        (503, "The server is stopping.", "failed (503). The server is stopping."),
    ],
)
def test_refusals_are_said_plainly(status: int, said: str, shown_: str, visit, site, model) -> None:
    page = visit(site, expected=(status,))
    model.refusals = [(status, {}, {"error": {"code": "x", "message": said}})]
    page.drop(picture())
    assert shown_ in problem(page)
    assert page.page.inner_text("#how") == "No answer"


def test_offline_is_said_and_asked_again(visit, site) -> None:
    page = visit(site, expected=("ERR_INTERNET_DISCONNECTED",))
    page.page.context.set_offline(True)
    page.write("3")
    assert "offline" in problem(page)
    page.page.context.set_offline(False)
    page.page.locator("#problem[hidden]").wait_for(state="attached")
    page.settled()
    assert page.answer == "0"


def test_what_is_none_of_the_classes(visit, site, model) -> None:
    model.known, model.probability = False, 0.41
    page = visit(site)
    page.write("4")
    page.settled()
    assert page.state() == "unknown"
    assert page.page.inner_text("#how") == "Not one of the classes"
    assert "The nearest is 0." in page.page.inner_text("#detail")


def test_an_empty_answer(visit, site, model) -> None:
    model.known, model.empty, model.probability, model.classes = False, True, 0.0, ["empty", "full"]
    page = visit(site)
    page.write("4")
    page.settled()
    assert page.state() == "empty"
    assert page.page.locator("#bars li").count() == 0


def test_a_class_called_empty(visit, site, model) -> None:
    model.classes = ["empty", "full"]
    page = visit(site)
    page.write("4")
    page.settled()
    assert (page.state(), page.answer) == ("known", "empty")


def test_where_it_looked_is_asked_once_the_drawing_is_still(visit, site) -> None:
    page = visit(site)
    page.page.get_by_role("switch").check()
    page.stop_clock()
    page.write("5")
    page.run(50)
    page.settled()
    page.run(250)  # of the 350 milliseconds since the answer
    page.write("1", (0.7, 0.1, 0.2, 0.8))
    page.page.clock.resume()
    page.page.locator("#heat:not([hidden])").wait_for()
    assert len(site.asked("/predict?input=1&heat=1")) == 1
    assert "orange" in page.page.get_attribute("#heat", "alt")
    page.page.get_by_role("switch").uncheck()
    page.page.locator("#heat[hidden]").wait_for(state="attached")


@pytest.mark.parametrize(("width", "height"), [(200, 100), (100, 200), (300, 400)])
def test_several_characters_on_a_picture(width: int, height: int, visit, site, model) -> None:
    page = visit(site)
    model.page = {
        "text": "4?",
        "characters": [
            {"box": [0, 0, 20, 50], "line": 0, "label": "4", "probability": 0.99, "top": [], "known": True},
            {
                "box": [width // 2, height // 10, width, height],
                "line": 0,
                "label": "7",
                "probability": 0.4,
                "top": [],
                "known": False,
            },
        ],
    }
    page.page.get_by_label("Several").check(force=True)
    page.drop(picture(width, height))
    page.settled()
    assert page.answer == "4?"
    assert "2 characters" in page.page.inner_text("#how")
    board, box = page.page.locator("#sheet").bounding_box(), page.page.locator("#boxes .unknown").bounding_box()
    across, down = board["width"] * min(1, width / height), board["height"] * min(1, height / width)
    assert box["x"] == pytest.approx(board["x"] + board["width"] / 2, abs=2)
    assert box["y"] == pytest.approx(board["y"] + (board["height"] - down) / 2 + 0.1 * down, abs=2)
    assert box["width"] == pytest.approx(across / 2, abs=2)
    assert box["height"] == pytest.approx(0.9 * down, abs=2)
    # The picture itself lies there too: noise in front of white.
    shot = np.asarray(Image.open(io.BytesIO(page.page.screenshot(clip=board))).convert("L"))
    dark = shot[10:-10, 10:-10] < 128
    assert np.ptp(np.flatnonzero(dark.any(axis=0))) == pytest.approx(min(across, board["width"] - 20), abs=30)
    assert np.ptp(np.flatnonzero(dark.any(axis=1))) == pytest.approx(min(down, board["height"] - 20), abs=30)
    page.page.get_by_label("One character").check(force=True)
    page.settled()
    assert page.answer == "0"


def test_a_model_of_pictures_with_many_long_names(visit, site, model) -> None:
    model.classes, model.form = LONG, {"kind": "picture"}
    page = visit(site, width=320, height=640, touch=True)
    assert not page.page.get_by_label("Several").is_visible()
    assert not page.page.get_by_role("button", name="Undo").is_visible()
    assert page.page.get_by_role("button", name="Photo").is_visible()
    page.write("7")  # there is no drawing
    assert not site.asked("/predict")
    page.page.set_input_files("#file", {"name": "cell.png", "mimeType": "image/png", "buffer": picture(90, 60, 255)})
    page.settled()
    assert page.answer == LONG[0]
    assert page.page.locator(".name").nth(2).inner_text() == "<b>&amp;</b>"
    assert site.asked("/predict")[-1][3] == picture(90, 60, 255)  # the file as it is
    assert page.page.evaluate("document.documentElement.scrollWidth") == 320
    page.page.locator("summary").click()
    assert "class 96" in page.page.inner_text("#facts")
    assert page.page.evaluate("document.documentElement.scrollWidth") == 320


def test_a_large_picture_is_made_smaller_before_it_is_sent(visit, site) -> None:
    page = visit(site)
    large = picture(1500, 1200, 255)
    assert len(large) > 5_000_000
    page.page.set_input_files("#file", {"name": "photo.png", "mimeType": "image/png", "buffer": large})
    page.settled()
    _, _, headers, body = site.asked("/predict")[-1]
    assert headers["content-type"] == "image/jpeg"
    assert len(body) < 3_000_000
    assert Image.open(io.BytesIO(body)).size == (1500, 1200)


def test_a_large_transparent_picture_stays_transparent(visit, site) -> None:
    page = visit(site)
    clear = np.random.default_rng(0).integers(0, 256, (1200, 1000, 4), dtype=np.uint8)
    clear[300:900, 200:800, 3] = 0
    large = encoded(clear)
    assert len(large) > 2_000_000
    page.page.set_input_files("#file", {"name": "logo.png", "mimeType": "image/png", "buffer": large})
    page.settled()
    _, _, headers, body = site.asked("/predict")[-1]
    assert headers["content-type"] == "image/png"
    assert len(body) < 5_000_000
    sent = Image.open(io.BytesIO(body))
    assert sent.size == (750, 900)
    assert sent.getchannel("A").getextrema()[0] == 0


def test_a_pasted_picture_and_a_dropped_text(visit, site) -> None:
    page = visit(site)
    page.page.evaluate(
        """(bytes) => {
            const clipboardData = new DataTransfer();
            clipboardData.items.add(new File([new Uint8Array(bytes)], "image.png", { type: "image/png" }));
            document.body.dispatchEvent(new ClipboardEvent("paste", { clipboardData, bubbles: true }));
        }""",
        list(picture()),
    )
    page.settled()
    assert site.asked("/predict")[-1][3] == picture()
    page.drop(b"hello", "note.txt", "text/plain")
    assert problem(page).startswith("This is not a picture.")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_ink_has_its_color_of_the_palette(scheme: str, visit, site) -> None:
    page = visit(site, color_scheme=scheme)
    page.write("1")
    page.settled()
    usual = page.page.evaluate(
        """() => {
            const sheet = document.getElementById("sheet");
            const { data } = sheet.getContext("2d").getImageData(0, 0, sheet.width, sheet.height);
            const counts = {};
            for (let i = 0; i < data.length; i += 4) {
                if (data[i + 3] < 255) continue;
                const color = data.slice(i, i + 3);  // as a key, "22,36,42"
                counts[color] = 1 + (counts[color] ?? 0);
            }
            return Object.keys(counts).sort((one, other) => counts[other] - counts[one])[0];
        }"""
    )
    assert usual == ",".join(map(str, bytes.fromhex(color("paper-ink")[1:])))


@pytest.mark.parametrize(
    ("width", "height", "touch"),
    [(320, 568, True), (390, 844, True), (844, 390, True), (768, 1024, True), (1280, 800, False)],
)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_screen(width: int, height: int, touch: bool, scheme: str, visit, site) -> None:
    page = visit(site, width=width, height=height, touch=touch, color_scheme=scheme)
    if width != 320:
        page.write("6")
        page.settled()
    assert page.page.evaluate("document.documentElement.scrollWidth") == width
    sheet = page.page.locator("#sheet").bounding_box()
    assert sheet["width"] == pytest.approx(sheet["height"], abs=1)
    assert sheet["width"] >= 250
    for name in ("Undo", "Clear", "Picture") + (("Photo",) if touch else ()):
        button = page.page.get_by_role("button", name=name).bounding_box()
        assert button["height"] >= 44
        assert button["x"] >= 0
        assert button["x"] + button["width"] <= width
    if (width, height) in ((390, 844), (1280, 800)):
        answer = page.page.locator("#label").bounding_box()
        assert answer["y"] + answer["height"] < height  # in sight, without scrolling


def test_the_keyboard_reaches_everything(visit, site) -> None:
    page = visit(site)
    page.write("9")
    page.settled()
    reached = []
    for _ in range(12):
        page.page.keyboard.press("Tab")
        reached.append(
            page.page.evaluate(
                "document.activeElement.id || document.activeElement.name || document.activeElement.textContent"
            )
        )
    for name in ("Skip to the answer", "model-name", "mode", "undo", "clear", "choose", "show-heat"):
        assert name in reached
    page.page.focus("#choose")
    with page.page.expect_file_chooser() as chosen:
        page.page.keyboard.press("Enter")
    chosen.value.set_files({"name": "a.png", "mimeType": "image/png", "buffer": picture()})
    page.settled()
    assert site.asked("/predict")[-1][3] == picture()
    with page.page.expect_file_chooser():
        page.page.keyboard.press("Control+o")
    page.page.focus("[name=mode]:checked")
    page.page.keyboard.press("ArrowRight")
    assert page.page.get_attribute("body", "data-mode") == "several"
    page.page.keyboard.press("Delete")
    assert page.page.get_attribute("body", "data-board") == "empty"


def test_fingers_and_pens_draw(visit, site) -> None:
    page = visit(site, width=390, height=844, touch=True)
    for kind, pressure in (("touch", 0.5), ("pen", 1.0)):
        page.page.evaluate(
            """([kind, pressure]) => {
                const sheet = document.getElementById("sheet");
                sheet.setPointerCapture = () => {};
                const area = sheet.getBoundingClientRect();
                const send = (type, part) => sheet.dispatchEvent(new PointerEvent(type, {
                    pointerId: 7, pointerType: kind, pressure, bubbles: true,
                    button: type === "pointermove" ? -1 : 0,
                    clientX: area.left + area.width / 2, clientY: area.top + area.height * part,
                }));
                send("pointerdown", 0.2);
                for (let part = 0.2; part <= 0.8; part += 0.05) send("pointermove", part);
                send("pointerup", 0.8);
            }""",
            [kind, pressure],
        )
        page.settled()
        ink = np.asarray(Image.open(io.BytesIO(site.asked("/predict")[-1][3])).convert("L")) < 128
        rows = np.flatnonzero(ink.any(axis=1))
        assert rows[0] < 0.25 * 336
        assert rows[-1] > 0.75 * 336
        wide = ink[168].sum()
        assert wide > 23 if kind == "pen" else 16 <= wide <= 21
        page.page.get_by_role("button", name="Clear").tap()


def test_the_files_hold_to_their_rules() -> None:
    html = (PAGE / "index.html").read_text()
    assert " style=" not in html
    assert "<script>" not in html
    scripts = [*PAGE.glob("*.js"), *PAGE.glob("local/*.js")]
    for file in [PAGE / "index.html", PAGE / "colors.css", PAGE / "style.css", *scripts]:
        text = (
            file.read_text()
            .replace("http://www.w3.org/2000/svg", "")
            .replace("http://127.0.0.1:8000/", "")  # to open there what was opened from a folder
            .replace("http.server", "")
        )
        assert "http" not in text.replace("http-equiv", ""), file
        assert "innerHTML" not in text
        assert "eval(" not in text
    for file in scripts:
        kept = ["sessionStorage", "indexedDB", "document.cookie"]
        if file.name != "words.js":  # the language that was chosen
            kept.append("localStorage")
        assert not any(word in file.read_text() for word in kept)
