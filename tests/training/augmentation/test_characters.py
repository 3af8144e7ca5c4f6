from string import ascii_letters

from PIL import Image, ImageDraw

from convlet.training.augmentation.characters import LETTER, fonts


def test_no_letter_is_cut_off() -> None:
    assert len(fonts()) > 10
    for font in fonts():
        for letter in ascii_letters:
            image = Image.new("L", (2 * LETTER, 2 * LETTER))
            ImageDraw.Draw(image).text((LETTER // 2, LETTER // 3), letter, fill=255, font=font)
            left, top, right, bottom = image.getbbox()
            assert min(left, top) > 0
            assert max(right, bottom) < 2 * LETTER
