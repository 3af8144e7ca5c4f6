"""`convlet data list`, `info`, `show` and `check`."""

import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from convlet.cli import complete
from convlet.cli.console import Bars, note, plain, result, result_json, show, table
from convlet.cli.flags import DATASET_HELP, DataDir, Json, Transpose, Verb, require_picture
from convlet.cli.language import Group
from convlet.data.kinds import FILES
from convlet.errors import CheckError, UsageError

if TYPE_CHECKING:
    from convlet.checks import Check, Picture
    from convlet.data import Dataset

app = typer.Typer(cls=Group, help="List data sets, show what is in them, look at their images.", no_args_is_help=True)
Name = Annotated[str, typer.Argument(metavar="NAME", help=DATASET_HELP, autocompletion=complete.datasets)]
_GRID = 50
_COLUMNS = ("name", "title", "train", "test", "image_shape", "classes", "licence", "where")
_FEW_COLUMNS = ("name", "title", "train", "image_shape", "where")  # within 80 characters
_WIDE = 120
_NAMED = 3  # images or groups of a finding


@app.command("list", cls=Verb)
def list_(data_dir: DataDir = None, json: Json = False) -> None:
    """List the named data sets, and where each one is."""
    from convlet.data import CATALOG, is_cached, local_folder

    rows, places = [], []
    for entry in CATALOG.values():
        if not entry.archives:
            place = short = "embedded"
        elif folder := local_folder(entry, data_dir):
            place, short = str(folder), "data folder"
        elif is_cached(entry):
            place, short = "in the cache", "cache"
        else:
            place, short = "downloaded on first use", "to download"
        facts: dict[str, Any] = {
            name: getattr(entry, name) for name in ("name", "title", "train", "validation", "test")
        }
        facts |= {"image_shape": "x".join(map(str, entry.image_shape)), "classes": len(entry.class_names)}
        rows.append(facts | {"licence": entry.licence, "where": place})
        places.append(short)
    if json:
        result_json(rows)
        return
    names = _COLUMNS if shutil.get_terminal_size((_WIDE, 0)).columns >= _WIDE else _FEW_COLUMNS
    listing = table(*(name.removesuffix("_shape") for name in names), right=False)
    for column, name in zip(listing.columns, names, strict=True):
        column.justify = "right" if isinstance(rows[0][name], int) else "left"
    for row, short in zip(rows, places, strict=True):
        cells = row | {"where": short}
        listing.add_row(*(f"{cells[name]:,}" if isinstance(cells[name], int) else cells[name] for name in names))
    show(listing)
    if names is _FEW_COLUMNS:
        note("Test images, classes and licenses: --json, or a wider terminal.")
    note(f"Your own: {FILES}.")


@app.command(cls=Verb)
def info(name: Name, data_dir: DataDir = None, transpose: Transpose = False, json: Json = False) -> None:
    """Print shapes, classes, images per class, value range, hashes and license."""
    data = _load(name, data_dir, transpose=transpose)
    facts = _facts(data)
    if json:
        result_json(facts)
        return
    counts = table("class", *facts["splits"])
    for label, class_name in enumerate(data.class_names):
        counts.add_row(plain(class_name), *(f"{split['per_class'][label]:,}" for split in facts["splits"].values()))
    splits = table("split", "images", "shape", "type", "pixel values", "SHA-256 of pixels and labels", right=False)
    for split_name, split in facts["splits"].items():
        low, high = split["value_range"]
        splits.add_row(
            split_name,
            f"{split['images']:,}",
            str(tuple(split["shape"])),
            split["dtype"],
            f"{low} to {high}",
            split["sha256"],
        )
    show(data.name, splits, "Images per class", counts)
    for key, value in facts["about"].items():
        if isinstance(value, dict):
            for file, digest in value.items():
                result(f"{key}: {file}  sha256 {digest}")
        else:
            result(f"{key}: {value}")


@app.command("show", cls=Verb)
def show_(
    name: Name,
    index: Annotated[
        int | None, typer.Option(help="One training image, counted from 0. The default is a grid of fifty.")
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(help="The picture to write. The default is ./NAME-train-INDEX.png or ./NAME-train.png."),
    ] = None,
    data_dir: DataDir = None,
    transpose: Transpose = False,
    json: Json = False,
) -> None:
    """Show the training images, or how one is prepared for the model."""
    from convlet.report import plots

    if out:
        require_picture(out)
    data = _load(name, data_dir, transpose=transpose)
    images, labels = data.train.images, data.train.labels
    if index is not None and not 0 <= index < len(images):
        raise UsageError(
            f"--index {index} is out of range. {data.name} has training images: expected 0 to {len(images) - 1}."
        )
    if index is None:
        chosen = data.train.sample(_GRID)
        names = [data.class_names[label] for label in labels[chosen]]
        title = f"{data.name}: {len(names)} of {len(images):,} training images"
        figure, number = plots.image_grid(images[chosen], names, title), ""
    else:
        title, number = f"{data.name}, training image {index}", f"-{index}"
        figure = plots.single_image(images[index], data.class_names[labels[index]], title)
    path = out or Path(f"{data.name}-train{number}.png")
    plots.save(figure, path)
    if json:
        result_json(_image_facts(data, index or 0) | {"picture": str(path)})
    else:
        _print_steps(data, index or 0)
        result(f"picture          {path}")


@app.command(cls=Verb)
def check(
    name: Name,
    labels: Annotated[
        bool,
        typer.Option("--labels", help="Also look for labels that may be wrong, with small nets: one to three minutes."),
    ] = False,
    html: Annotated[Path | None, typer.Option(help="An HTML page to write, with pictures of the findings.")] = None,
    data_dir: DataDir = None,
    transpose: Transpose = False,
    json: Json = False,
) -> None:
    """Look for flaws: copies, one image under two labels or in two splits, unreadable files, rare classes.

    The exit status is 4 if any finding is serious.
    """
    from convlet.checks import check as checked
    from convlet.checks.page import write_page
    from convlet.data.loading import load_as
    from convlet.data.sizing import Wanted
    from convlet.system.files import user_path

    if html and html.suffix.lower() not in (".html", ".htm"):
        raise UsageError(f"--html {html} is not a page. Expected a name that ends in .html.")
    with Bars() as bars:
        data = load_as(name, data_dir, Wanted("auto", may_lack=1), bars.watch, transpose=transpose)
        found = checked(data, labels=labels, watch=bars.watch)
    if json:
        result_json(found.to_dict())
    else:
        _print_check(found)
    if html:
        write_page(user_path(html), found)
        note(f"the page with the pictures: {html}")
    elif found.findings and not json:
        note("With the pictures: --html check.html. Everything: --json.")
    if not labels and not json:
        note("Labels were not judged: --labels judges them, in one to three minutes.")
    if found.serious:
        raise typer.Exit(CheckError.exit_status)


def _print_check(found: "Check") -> None:
    from convlet.checks.words import shape, sizes, why

    images = ", ".join(f"{sum(counts):,} of {split}" for split, counts in found.per_class.items())
    result(f"{found.dataset}: images: {images}; {len(found.class_names):,} classes; a model sees {shape(found)} pixels")
    for what, words in sizes(found.survey) if found.survey else []:
        result(f"  {what + ':':16}{words}")
    if found.decisions:
        result(f"  {'labels.csv:':16}{found.decisions}")
    if not found.findings:
        result("nothing was found that needs fixing")
    for finding in found.findings:
        result("")
        result(f"{'SERIOUS: ' if finding.serious else ''}{finding.title}")
        result(f"  {finding.text}")
        for group in finding.groups[:_NAMED]:
            result(f"    {' = '.join(map(_named, group[:_NAMED]))}{' = ...' if group[_NAMED:] else ''}")
        for file in finding.files[:_NAMED]:
            result(f"    {file.file}: {why(file)}")
        if (more := max(len(finding.groups), len(finding.files)) - _NAMED) > 0:
            result(f"    and {more:,} more")
        result(f"  {finding.advice}")


def _named(picture: "Picture") -> str:
    detail = f", {picture.detail}" if picture.detail else ""
    place = f"{picture.split}, " if picture.file else ""
    return f"{picture.name} ({place}{picture.label}{detail})"


def _print_steps(data: "Dataset", index: int) -> None:
    """Print step by step, in numbers, how the tutorial prepares one image."""
    image, label = data.train.images[index], int(data.train.labels[index])
    stored = data.train.images.shape[:3] if image.shape[-1] == 1 else data.train.images.shape
    one_hot = " ".join("1" if place == label else "0" for place in range(len(data.class_names)))
    low, high = int(image.min()), int(image.max())
    result(f"training image   {index} of {data.name}: {data.class_names[label]}")
    result(f"shape            {stored} as stored, {data.train.images.shape} with the channel axis")
    result(
        f"pixels           {image.dtype} {low} to {high}; "
        f"scaled by the model's first layer to {low / 255:.3g} to {high / 255:.3g}"
    )
    result(f"label            {label}, one-hot [{one_hot}]")


def _image_facts(data: "Dataset", index: int) -> dict[str, Any]:
    """Return the same for JSON."""
    image, label = data.train.images[index], int(data.train.labels[index])
    return {
        "dataset": data.name,
        "index": index,
        "label": label,
        "class": data.class_names[label],
        "shape": list(image.shape),
        "dtype": str(image.dtype),
        "value_range": [int(image.min()), int(image.max())],
    }


def _load(name: str, data_dir: Path | None, *, transpose: bool = False) -> "Dataset":
    from convlet.data import load

    with Bars() as bars:
        return load(name, data_dir, transpose=transpose, watch=bars.watch)


def _facts(data: "Dataset") -> dict[str, Any]:
    import numpy as np

    splits = {"train": data.train, **({"validation": data.validation} if data.validation else {}), "test": data.test}
    about = {key: value for key, value in data.about.items() if key != "published"}
    published = data.about.get("published", {})
    known = {file: published.get(file.removesuffix(".gz")) for file in about.get("files", {})}
    if known and all(known.values()):
        same = all(digest == known[file] for file, digest in about["files"].items())
        differs = "these files are NOT the published ones: their SHA-256 differs"
        about["verified"] = "the files are the published ones" if same else differs
    return {
        "name": data.name,
        "classes": data.class_names,
        "splits": {
            name: {
                "images": len(split),
                "shape": split.images.shape,
                "dtype": str(split.images.dtype),
                "value_range": split.value_range,
                "per_class": np.bincount(split.labels, minlength=len(data.class_names)).tolist(),
                "sha256": split.sha256,
            }
            for name, split in splits.items()
        },
        "about": about,
    }
