"""Any file to the picture a person sees, the same for training and prediction, and files that are refused."""

import io
import itertools
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import convlet
from convlet.errors import DataError
from convlet.reading import read_image, read_page, upright
from convlet.reading.decode import decode, header_of, read_pixels
from convlet.reading.fitting import as_channels
from tests.data.datafiles import save
from tests.images import encoded
from tests.reading.drawings import MNIST, SHAPE, coverage, jpeg, likeness, lit, on_paper, pixels

SCENE = pixels(lit(on_paper(coverage("4", (300, 200), (90, 40, 110), 9))))
PIXELS = np.random.default_rng(3).integers(0, 256, (5, 4, 3), dtype=np.uint8)
READERS = {
    "read_image": lambda source: read_image(source, SHAPE, MNIST),
    "read_page": lambda source: read_page(source, SHAPE, MNIST),
    "upright": upright,
}


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


@pytest.mark.parametrize("turn", TURNED)
@pytest.mark.parametrize(
    ("form", "options"), [("PNG", {}), ("TIFF", {}), ("WEBP", {"lossless": True}), ("JPEG", {"quality": 100})]
)
def test_every_format_that_tells_its_orientation_is_turned_once(form: str, options: dict[str, object], turn: int):
    scene = np.zeros((20, 32, 3), np.uint8)
    scene[:8, :16], scene[8:, :8] = (250, 0, 0), (0, 0, 250)
    exif = Image.Exif()
    exif[0x0112] = turn
    file = encoded(np.ascontiguousarray(TURNED[turn](scene)), form, exif=exif, **options)
    loaded = Image.open(io.BytesIO(file))
    loaded.load()
    for source in (file, Image.open(io.BytesIO(file)), loaded):
        picture, size = decode(source)
        assert size == picture.size == (32, 20)
        assert np.abs(np.asarray(picture).astype(int) - scene).mean() < (9 if form == "JPEG" else 0.1)
    if form != "PNG":  # whose header may not tell
        header = header_of(file)
        assert (header.height, header.width, header.turned) == (20, 32, turn > 1)


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


@pytest.mark.parametrize("suffix", ["png", "bmp", "tiff", "ppm"])
def test_colour_is_read_as_it_is(tmp_path: Path, suffix: str):
    pixels = read_pixels(save(Image.fromarray(PIXELS), tmp_path / f"image.{suffix}"))
    assert pixels.dtype == np.uint8
    np.testing.assert_array_equal(pixels, PIXELS)


@pytest.mark.parametrize("suffix", ["png", "bmp", "tiff", "pgm"])
def test_grey_is_read_as_it_is_with_one_channel(tmp_path: Path, suffix: str):
    pixels = read_pixels(save(Image.fromarray(PIXELS[..., 0]), tmp_path / f"image.{suffix}"))
    np.testing.assert_array_equal(pixels, PIXELS[..., :1])


def test_black_and_white_becomes_0_and_255(tmp_path: Path):
    image = Image.new("1", (2, 1))
    image.putpixel((1, 0), 1)
    assert read_pixels(save(image, tmp_path / "image.png")).tolist() == [[[0], [255]]]


def test_the_format_is_told_by_the_bytes(tmp_path: Path):
    path = tmp_path / "image.jpg"
    path.write_bytes(encoded(Image.fromarray(PIXELS), "png"))
    np.testing.assert_array_equal(read_pixels(path), PIXELS)


@pytest.mark.parametrize(
    ("mode", "colour", "expected"),
    [
        ("RGBA", (200, 0, 0, 0), [255, 255, 255]),
        ("RGBA", (200, 0, 0, 255), [200, 0, 0]),
        ("RGBA", (0, 0, 0, 51), [204, 204, 204]),
        ("LA", (0, 0), [255]),
        ("LA", (9, 255), [9]),
    ],
)
def test_transparency_is_laid_over_white(tmp_path: Path, mode: str, colour: tuple[int, ...], expected: list[int]):
    pixels = read_pixels(save(Image.new(mode, (3, 2), colour), tmp_path / "image.png"))
    assert pixels.shape == (2, 3, len(expected))
    assert (pixels == expected).all()


def test_a_transparent_colour_is_laid_over_white(tmp_path: Path):
    image = Image.fromarray(np.array([[7, 8]], np.uint8))
    assert read_pixels(save(image, tmp_path / "image.png", transparency=7)).tolist() == [[[255], [8]]]


def test_a_palette_with_a_transparent_entry(tmp_path: Path):
    image = Image.new("P", (2, 1))
    image.putpalette([10, 20, 30, 40, 50, 60])
    image.putpixel((1, 0), 1)
    assert read_pixels(save(image, tmp_path / "image.gif", transparency=0)).tolist() == [
        [[255, 255, 255], [40, 50, 60]]
    ]


def strokes(mode: str, colour: object) -> Image.Image:
    """A drawing on a transparent background."""
    ink = Image.fromarray((coverage("4", (30, 20), (6, 2, 15), 2) * 255).astype(np.uint8))
    drawn = Image.new(mode, ink.size, colour)
    drawn.putalpha(ink)
    return drawn


SMALL = Image.fromarray(SCENE).resize((30, 20))
GREY = SMALL.convert("L")
KINDS = {
    **{
        f"orientation {turn}": (SMALL if turn < 5 else SMALL.transpose(Image.Transpose.ROTATE_90), "JPEG", turn)
        for turn in range(1, 9)
    },
    "grey JPEG": (GREY, "JPEG", 8),
    "white strokes": (strokes("RGBA", "white"), "PNG", 1),
    "black strokes": (strokes("RGBA", "black"), "PNG", 1),
    "grey strokes": (strokes("LA", 240), "PNG", 1),
    "palette": (SMALL.quantize(16), "PNG", 1),
    "GIF": (SMALL.convert("P", palette=Image.Palette.ADAPTIVE), "GIF", 1),
    "16 bits": (grey16(np.asarray(SMALL), 65535), "PNG", 1),
    "12 bits of 16": (grey16(np.asarray(SMALL), 4095), "TIFF", 1),
    "float": (Image.fromarray(np.asarray(GREY).astype(np.float32) / 255), "TIFF", 1),
    "CMYK": (SMALL.convert("CMYK"), "JPEG", 1),
    "1 bit": (GREY.convert("1"), "PNG", 1),
    "grey": (GREY, "PNG", 6),
    "color": (SMALL, "PNG", 3),
}


@pytest.mark.parametrize("kind", KINDS)
def test_a_model_is_trained_on_the_picture_it_is_asked_about(tmp_path: Path, kind: str):
    image, form, turn = KINDS[kind]
    exif = Image.Exif()
    exif[0x0112] = turn
    for name in ("train/a/1", "train/b/1", "test/a/1", "test/b/1"):
        save(image, tmp_path / f"{name}.{form.lower()}", format=form, **({"exif": exif} if turn > 1 else {}))
    data = convlet.load(tmp_path)
    grey = image.mode in ("1", "L", "LA", "F") or image.mode.startswith("I")
    turned = turn in (5, 6, 7, 8)
    assert data.image_shape == (*(image.size if turned else image.size[::-1]), 1 if grey else 3)
    shown = read_image(tmp_path / f"train/a/1.{form.lower()}", data.image_shape)
    for seen in data.train.images:
        np.testing.assert_array_equal(seen, shown)
    other = (*data.image_shape[:2], 4 - data.image_shape[2])  # a model of grey asked about color, and the reverse
    np.testing.assert_array_equal(
        as_channels(data.train.images[0], other[2]), read_image(tmp_path / f"train/a/1.{form.lower()}", other)
    )


def test_a_float_that_is_no_number_is_refused(tmp_path: Path):
    save(Image.fromarray(np.array([[0, np.nan]], np.float32)), tmp_path / "a.tiff")
    refused(tmp_path / "a.tiff", "a.tiff", "not numbers")


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
        np.full((8, 8), 300.0),
        np.zeros((8, 8, 2), np.uint8),
        np.zeros((0, 8), np.uint8),
        np.zeros(8, np.uint8),
        np.zeros((8, 8), "U1"),
    ],
    ids=["too large", "2 channels", "empty", "1 axis", "text"],
)
def test_arrays_that_are_no_pictures(array: np.ndarray):
    refused(array, "the image", "expected uint8")


def test_a_decompression_bomb_is_refused_before_it_is_decoded(tmp_path: Path):
    bomb = bytearray(encoded(Image.new("L", (10, 10)), "BMP"))
    bomb[18:26] = (30_000).to_bytes(4, "little") * 2
    (tmp_path / "bomb.bmp").write_bytes(bomb)
    refused(tmp_path / "bomb.bmp", "bomb.bmp", "million")
    refused(np.broadcast_to(np.uint8(0), (9_000, 9_000)), "the image", "million")


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
        "status = Path('/proc/self/status').read_text().splitlines()\n"  # ru_maxrss includes that of the parent
        "print(next(line.split()[1] for line in status if line.startswith('VmHWM')))"
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


@pytest.mark.parametrize("turn", TURNED)
def test_a_pillow_image_is_read_as_its_file(turn: int):
    data = jpeg(np.ascontiguousarray(TURNED[turn](SCENE)), 95, turn)
    with Image.open(io.BytesIO(data)) as image:
        np.testing.assert_array_equal(np.asarray(upright(image)), np.asarray(upright(data)))


def test_a_pillow_image_whose_file_is_damaged():
    data = jpeg(SCENE, 90, 1)
    with Image.open(io.BytesIO(data[: len(data) // 2])) as image, pytest.raises(DataError, match="damaged"):
        upright(image)


def test_a_large_photograph_is_the_same_picture_in_training_and_prediction(tmp_path: Path):
    tile = np.add.outer(np.arange(64), np.arange(64)).astype(np.uint8)
    save(Image.fromarray(np.tile(tile, (94, 125))), tmp_path / "a/large.jpg")  # 8000x6016, 48 million
    for number in range(11):
        save(Image.fromarray(np.roll(tile, number, axis=1)), tmp_path / f"{'ab'[number % 2]}/{number}.jpg")
    data = convlet.load(tmp_path, kind="picture")
    assert len(data.train) + len(data.test) == 12
    pairs = (zip(part.files, part.images, strict=True) for part in (data.train, data.test))
    for file, image in itertools.chain(*pairs):
        np.testing.assert_array_equal(image, read_image(tmp_path / file, data.image_shape, data.form))
