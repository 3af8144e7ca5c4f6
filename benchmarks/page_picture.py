"""Draw `docs/images/page.png` anew: the page with the model in the box, on a desk and on a telephone.

    python -m benchmarks.page_picture [--out docs/images/page.png]

It needs Chromium (CONVLET_CHROMIUM, or the one on the path), and playwright.
"""

import argparse
import contextlib
import io
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from PIL import Image, ImageDraw

from convlet.system.colors import color
from convlet.system.files import replacing
from tests.page.handwriting import DIGITS, line

_SCALE = 2  # pixels of the picture for one of the page
_DESK, _PHONE = (1120, 760), (390, 812)
_GAP, _MARGIN, _CORNER = 36, 32, 18  # pixels of the page
_HEIGHT = 900  # pixels of both, before the picture is shrunk
_WIDTH = 1680  # pixels of the picture: twice what README shows
_SETTLED = "body:not([data-pending]):not([data-busy]):not([data-answer=waiting])"


def main() -> None:
    """Take both pictures and put them beside each other."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=Path("docs/images/page.png"))
    out = parser.parse_args().out
    with _served() as address:
        desk, phone = _taken(address)
    picture = _beside(desk, phone)
    with replacing(out) as temporary:
        picture.save(temporary, format="png", optimize=True)
    print(f"{out}: {picture.width} x {picture.height}, {out.stat().st_size / 1000:.0f} kB")


@contextlib.contextmanager
def _served() -> Iterator[str]:
    command = [sys.executable, "-m", "convlet", "serve", "digits", "--port", "0"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as server:
        try:
            said = server.stderr.readline() if server.stderr else ""
            if not (found := re.search(r"http://\S+", said)):
                raise SystemExit(f"the server did not start: {said}")
            yield found[0]
        finally:
            server.terminate()


def _taken(address: str) -> tuple[Image.Image, Image.Image]:
    from playwright.sync_api import sync_playwright

    program = os.environ.get("CONVLET_CHROMIUM") or shutil.which("chromium")
    flags = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking"]
    taken = []
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=program, args=flags)
        for (width, height), touch in ((_DESK, False), (_PHONE, True)):
            context = chromium.new_context(
                viewport={"width": width, "height": height},
                device_scale_factor=_SCALE,
                has_touch=touch,
                is_mobile=touch,
                color_scheme="light",
                locale="en",
            )
            page = context.new_page()
            page.goto(address)
            page.locator("#model-name:not([hidden])").wait_for()
            if touch:
                page.get_by_label("Several").check(force=True)
                for place, digit in enumerate("2026"):
                    _write(page, digit, (0.05 + 0.24 * place, 0.32, 0.19, 0.32))
            else:
                _write(page, "5", (0.2, 0.12, 0.6, 0.76))
                page.locator("#show-heat").check(force=True)
            page.locator(_SETTLED).wait_for()
            if not touch:
                page.locator("#heat:not([hidden])").wait_for()
            page.mouse.move(1, 1)
            if touch:  # a picture of the full page would not be a telephone's
                high = page.evaluate("document.documentElement.scrollHeight")
                page.set_viewport_size({"width": width, "height": max(height, high)})
            page.wait_for_timeout(600)
            taken.append(Image.open(io.BytesIO(page.screenshot(full_page=not touch))).convert("RGB"))
        chromium.close()
    return taken[0], taken[1]


def _write(page: Any, digit: str, box: tuple[float, float, float, float]) -> None:
    """Draw a digit into a box: left, top, width and height, as parts of the sheet."""
    sheet = page.locator("#sheet").bounding_box()
    for stroke in DIGITS[digit]:
        points = [
            (
                sheet["x"] + sheet["width"] * (box[0] + box[2] * x / 100),
                sheet["y"] + sheet["height"] * (box[1] + box[3] * y / 100),
            )
            for x, y in line(list(stroke))
        ]
        page.mouse.move(*points[0])
        page.mouse.down()
        for point in points[1:]:
            page.mouse.move(*point)
        page.mouse.up()


def _beside(*pictures: Image.Image) -> Image.Image:
    """Put pictures beside each other, equally high, with round corners and a line around each."""
    high = _HEIGHT * _SCALE
    framed = []
    for picture in pictures:
        wide = round(picture.width * high / picture.height)
        framed.append(_framed(picture.resize((wide, high), Image.Resampling.LANCZOS)))
    wide = sum(one.width for one in framed) + _GAP * _SCALE * (len(framed) - 1)
    margin = _MARGIN * _SCALE
    sheet = Image.new("RGB", (wide + 2 * margin, high + 2 * margin), color("paper"))
    left = margin
    for one in framed:
        sheet.paste(one, (left, margin))
        left += one.width + _GAP * _SCALE
    return sheet.resize((_WIDTH, round(sheet.height * _WIDTH / sheet.width)), Image.Resampling.LANCZOS)


def _framed(picture: Image.Image) -> Image.Image:
    box, corner = (0, 0, picture.width - 1, picture.height - 1), _CORNER * _SCALE
    mask = Image.new("L", picture.size, 0)
    ImageDraw.Draw(mask).rounded_rectangle(box, corner, fill=255)
    made = Image.composite(picture, Image.new("RGB", picture.size, color("paper")), mask)
    ImageDraw.Draw(made).rounded_rectangle(box, corner, outline=color("paper-line"), width=_SCALE)
    return made


if __name__ == "__main__":
    main()
