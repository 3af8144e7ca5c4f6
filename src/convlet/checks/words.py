"""Describe what a check found, for the terminal and the page."""

from collections.abc import Mapping

from convlet.checks.finding import Check
from convlet.checks.survey import Size, Survey
from convlet.data.files import LeftOut


def shape(found: Check) -> str:
    """Return the size that the images are resized to, such as "32x32"."""
    height, width, _ = found.image_shape
    return f"{width}x{height}"


def sizes(survey: Survey) -> list[tuple[str, str]]:
    """Describe the image files: a title and words for each fact."""
    width, height = survey.usual
    if survey.sizes == 1:
        facts = [("sizes", f"all {width}x{height} pixels")]
    else:
        of = f"{survey.sizes:,} different; most often {width}x{height} ({survey.usual_files:,} of {survey.files:,})"
        facts = [
            ("sizes", of),
            ("smallest", _of(survey.smallest)),
            ("largest", _of(survey.largest)),
            ("most oblong", _of(survey.longest)),
        ]
    facts += [("formats", _counted(survey.formats)), ("colors", _counted(survey.colors))]
    if survey.transparent:
        facts.append(("transparent", f"{survey.transparent:,}, laid over white, or over black if they show pale ink"))
    if survey.turned:
        facts.append(("turned by EXIF", f"{survey.turned:,}, shown upright"))
    return facts


def why(file: LeftOut) -> str:
    """Return why a file was not read, without its name."""
    before, name, after = file.reason.partition(file.file)
    led = not before or before.endswith(("/", "\\", ": "))
    return after.lstrip(" :") if name and led else file.reason


def _of(size: Size) -> str:
    return f"{size.width}x{size.height}: {size.file}"


def _counted(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{number:,} {what}" for what, number in counts.items())
