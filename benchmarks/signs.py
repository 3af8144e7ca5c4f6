"""Signs that no digit is, drawn as another hand would each time; and test images of MNIST as files."""

import io

import numpy as np
from PIL import Image, ImageDraw

# Signs as points of strokes in percent of the sheet.
SIGNS: dict[str, list[list[tuple[float, float]]]] = {
    "heart": [[(50, 80), (25, 50), (30, 28), (42, 25), (50, 40), (58, 25), (70, 28), (75, 50), (50, 80)]],
    "arrow": [[(20, 50), (80, 50)], [(60, 30), (80, 50), (60, 70)]],
    "star": [[(30, 82), (50, 18), (70, 82), (18, 42), (82, 42), (30, 82)]],
    "house": [[(25, 80), (25, 45), (50, 20), (75, 45), (75, 80), (25, 80)]],
    "fork": [[(50, 85), (50, 20)], [(30, 20), (30, 40), (50, 52), (70, 40), (70, 20)]],
}
PROBES = 20  # test images whose answers must be as before


def varied(sign: str, chance: np.random.Generator) -> list[list[tuple[float, float]]]:
    """Return a sign as another hand would draw it: each point, its size, its turn and its place differ a little."""
    turn, wide, high = chance.normal(0, 0.08), chance.normal(1, 0.1), chance.normal(1, 0.1)
    right, down = chance.normal(0, 3), chance.normal(0, 3)

    def moved(x: float, y: float) -> tuple[float, float]:
        x, y = (x - 50) * wide + chance.normal(0, 1.2), (y - 50) * high + chance.normal(0, 1.2)
        return 50 + x + turn * y + right, 50 + y - turn * x + down

    return [[moved(*point) for point in stroke] for stroke in SIGNS[sign]]


def picture(sign: str, chance: np.random.Generator) -> bytes:
    """Return a sign drawn on a sheet, as the file that a page sends."""
    sheet = Image.new("L", (336, 336), 255)
    for stroke in varied(sign, chance):
        points = [(336 * x / 100, 336 * y / 100) for x, y in stroke]
        ImageDraw.Draw(sheet).line(points, 0, 19, joint="curve")
    file = io.BytesIO()
    sheet.save(file, "PNG")
    return file.getvalue()


def probes() -> list[bytes]:
    """Return test images of MNIST as files."""
    import convlet

    files = []
    for image in convlet.load("mnist").test.images[:PROBES]:
        file = io.BytesIO()
        Image.fromarray(np.asarray(image)[..., 0]).save(file, "PNG")
        files.append(file.getvalue())
    return files
