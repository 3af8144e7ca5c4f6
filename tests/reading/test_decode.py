"""Any file to the picture as a person sees it, and files that are refused."""

import io
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from convlet.errors import DataError
from convlet.reading import read_image, read_page, upright
from tests.reading.drawings import MNIST, SHAPE, coverage, jpeg, likeness, lit, on_paper, pixels

SCENE = pixels(lit(on_paper(coverage("4", (300, 200), (90, 40, 110), 9))))
READERS = {
    "read_image": lambda source: read_image(source, SHAPE, MNIST),
    "read_page": lambda source: read_page(source, SHAPE, MNIST),
    "upright": upright,
}


def encoded(image: Image.Image, form: str, **options: object) -> bytes:
    file = io.BytesIO()
    image.save(file, form, **options)
    return file.getvalue()


def test_a_path_its_bytes_and_its_pixels_are_one(tmp_path: Path):
    data = encoded(Image.fromarray(SCENE), "PNG")
    (tmp_path / "photo.png").write_bytes(data)
    sources = [tmp_path / "photo.png", str(tmp_path / "photo.png"), data, SCENE]
    first, *others = [read_image(source, SHAPE, MNIST) for source in sources]
    assert first.max() == 255
    for other in others:
        np.testing.assert_array_equal(other, first)


TURNED = {
    1: lambda image: image,
    2: np.fliplr,
    3: lambda image: np.rot90(image, 2),
    4: np.flipud,
    5: lambda image: image.transpose(1, 0, 2),
    6: np.rot90,
    7: lambda image: np.rot90(image.transpose(1, 0, 2), 2),
    8: lambda image: np.rot90(image, -1),
}


@pytest.mark.parametrize("turn", TURNED)
def test_exif_orientation(turn: int):
    stored = np.ascontiguousarray(TURNED[turn](SCENE))  # as a camera held that way writes it
    seen = np.asarray(upright(jpeg(stored, 95, turn)), np.float32)
    assert np.abs(seen - SCENE).mean() < 4
    assert likeness(read_image(jpeg(stored, 95, turn), SHAPE, MNIST), read_image(SCENE, SHAPE, MNIST)) > 0.98


def test_broken_exif_is_no_reason_not_to_read():
    data = bytearray(jpeg(SCENE, 90, 6))
    at = data.index(b"Exif\0\0") + 6
    data[at : at + 8] = b"\xff" * 8
    assert upright(bytes(data)).size == (300, 200)


def grey16(scene: np.ndarray, most: int) -> Image.Image:
    return Image.fromarray((scene.mean(axis=2) / 255 * most).astype(np.uint16))


@pytest.mark.parametrize(
    ("image", "form"),
    [
        (Image.fromarray(SCENE).convert("CMYK"), "JPEG"),
        (Image.fromarray(SCENE).convert("P", palette=Image.Palette.ADAPTIVE), "GIF"),
        (Image.fromarray(SCENE).quantize(64), "PNG"),
        (Image.fromarray(SCENE).convert("L"), "WEBP"),
        (Image.fromarray(SCENE).convert("L").point(lambda value: 255 * (value > 120)).convert("1"), "PNG"),
        (Image.fromarray(SCENE).convert("RGBA"), "PNG"),
        (Image.fromarray(SCENE).convert("LA"), "PNG"),
        (grey16(SCENE, 65535), "PNG"),
        (grey16(SCENE, 4095), "TIFF"),
        (Image.fromarray(SCENE.mean(axis=2).astype(np.float32) / 255), "TIFF"),
    ],
    ids=["CMYK", "GIF", "palette", "grey", "1 bit", "RGBA", "LA", "16 bits", "12 bits of 16", "float"],
)
def test_every_mode_is_read_alike(image: Image.Image, form: str):
    assert likeness(read_image(encoded(image, form), SHAPE, MNIST), read_image(SCENE, SHAPE, MNIST)) > 0.95


@pytest.mark.parametrize("colour", ["black", "white", (20, 40, 160)])
def test_ink_on_transparency_is_seen_whatever_its_colour(colour: object):
    ink = Image.fromarray((coverage("4", (300, 200), (90, 40, 110), 9) * 255).astype(np.uint8))
    drawn = Image.new("RGBA", ink.size, colour)
    drawn.putalpha(ink)
    assert likeness(read_image(encoded(drawn, "PNG"), SHAPE, MNIST), read_image(SCENE, SHAPE, MNIST)) > 0.95


def refused(source: object, name: str, *words: str) -> None:
    for reader in READERS.values():
        with pytest.raises(DataError) as caught:
            reader(source)
        assert [word for word in (name, *words) if word not in str(caught.value)] == []


@pytest.mark.parametrize("form", ["PNG", "JPEG", "WEBP", "GIF", "BMP", "TIFF", "PPM"])
@pytest.mark.parametrize("part", [0.01, 0.4, 0.9])
def test_truncated_files(tmp_path: Path, form: str, part: float):
    data = encoded(Image.fromarray(np.random.default_rng(0).integers(0, 256, (40, 40, 3), dtype=np.uint8)), form)
    path = tmp_path / f"photo.{form.lower()}"
    path.write_bytes(data[: int(len(data) * part)])
    refused(path, "photo")


def test_no_images(tmp_path: Path):
    (tmp_path / "empty.png").touch()
    (tmp_path / "text.png").write_text("a seven")
    refused(tmp_path / "empty.png", "empty.png", "it is empty")
    refused(tmp_path / "text.png", "text.png", "not an image")
    refused(tmp_path / "none.png", "none.png", "no file")
    refused(tmp_path, str(tmp_path), "folder")
    refused(b"", "the image", "empty")


def test_animated_images_are_refused(tmp_path: Path):
    frames = [Image.new("L", (30, 30), value) for value in (0, 200)]
    frames[0].save(tmp_path / "a.gif", save_all=True, append_images=frames[1:])
    refused(tmp_path / "a.gif", "a.gif", "2 frames")


@pytest.mark.parametrize(
    "array",
    [
        np.zeros((8, 8)),
        np.zeros((8, 8, 2), np.uint8),
        np.zeros((0, 8), np.uint8),
        np.zeros(8, np.uint8),
        np.zeros((8, 8), bool),
    ],
    ids=["float", "2 channels", "empty", "1 axis", "bool"],
)
def test_arrays_that_are_no_pictures(array: np.ndarray):
    refused(array, "the image", "expected uint8")


def test_a_decompression_bomb_is_refused_before_it_is_decoded(tmp_path: Path):
    bomb = bytearray(encoded(Image.new("L", (10, 10)), "BMP"))
    bomb[18:26] = (30_000).to_bytes(4, "little") * 2
    (tmp_path / "bomb.bmp").write_bytes(bomb)
    refused(tmp_path / "bomb.bmp", "bomb.bmp", "million")
    refused(np.broadcast_to(np.uint8(0), (7_000, 7_000)), "the image", "million")


@pytest.mark.skipif(sys.platform != "linux", reason="reads the peak of a process of its own from /proc")
def test_a_photograph_of_12_megapixels_is_read_in_little_memory(tmp_path: Path):
    small = Image.fromarray(pixels(lit(on_paper(coverage("5", (1000, 750), (400, 250, 250), 14)))))
    small.resize((4000, 3000)).save(tmp_path / "photo.jpg", quality=85)
    program = (
        "import sys\n"
        "from pathlib import Path\n"
        "from convlet.reading import read_image\n"
        "from convlet.signature import Form\n"
        "assert read_image(sys.argv[1], (28, 28, 1), Form(kind='ink')).max() == 255\n"
        # ru_maxrss would begin with that of the program which started it
        "print(next(line.split()[1] for line in Path('/proc/self/status').read_text().splitlines() if line.startswith('VmHWM')))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path / "photo.jpg")], capture_output=True, text=True, check=True
    )
    unit = 1024
    assert int(done.stdout) * unit < 300e6


def test_clean_drawings_need_numpy_and_pillow_only(tmp_path: Path):
    Image.fromarray((255 - coverage("7", (280, 280), (60, 60, 150), 18) * 255).astype(np.uint8)).save(
        tmp_path / "drawing.png"
    )
    program = (
        "import sys\n"
        "from convlet.reading import read_image\n"
        "from convlet.signature import Form\n"
        "assert read_image(sys.argv[1], (28, 28, 1), Form(kind='ink')).max() == 255\n"
        "assert not {'scipy', 'skimage'} & set(sys.modules), 'imported'"
    )
    subprocess.run([sys.executable, "-c", program, str(tmp_path / "drawing.png")], check=True)
