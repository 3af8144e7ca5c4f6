"""`convlet recipe list`, `show` and `fields`."""

import shlex
from typing import Annotated, Any

import typer

from convlet.cli import complete
from convlet.cli.console import hint, note, plain, result, result_json, show, table
from convlet.cli.flags import Json, Verb
from convlet.cli.language import Group
from convlet.recipes.files import NAMED

app = typer.Typer(
    cls=Group, help="List the recipes, show what is in one, and explain its fields.", no_args_is_help=True
)
_SUITS = {  # in a few words; what `train` chooses by itself: recipes/suited.py
    "tutorial": "the tutorial as it is taught: MNIST in Keras",
    "small-data": "images smaller than 16 pixels a side",
    "fast": "characters, in a second of training",
    "balanced": "many characters or drawings, in seconds",
    "compact": "a model of 8,000 parameters, for small devices",
    "accurate": "few characters, or the last tenth of a percent",
    "pictures": "photographs of things",
    "pictures-small": "few photographs",
    "pictures-accurate": "photographs, with more time",
}


@app.command("list", cls=Verb)
def list_(json: Json = False) -> None:
    """List the named recipes and what each is for."""
    from convlet.recipes import RECIPES

    rows: list[dict[str, Any]] = [
        {
            "name": name,
            "for": _SUITS[name],
            "architecture": recipe.architecture,
            "filters": list(recipe.filters),
            "epochs": recipe.epochs,
            "batch_size": recipe.batch_size,
            "learning_rate": recipe.learning_rate,
            "optimizer": recipe.optimizer,
        }
        for name, recipe in RECIPES.items()
    ]
    if json:
        result_json(rows)
        return
    listing = table("recipe", "for", "filters", "epochs", right=False)
    for row in rows:
        filters = "-".join(map(str, row["filters"]))
        listing.add_row(row["name"], row["for"], filters, str(row["epochs"]))
    show(listing)
    note("Without --recipe, `convlet train` takes the one that suits the data, and says which.")


@app.command("show", cls=Verb)
def show_(
    name: Annotated[
        str,
        typer.Argument(
            metavar="NAME", help=f"{NAMED}, or a recipe file, or a run folder.", autocompletion=complete.recipes
        ),
    ],
    json: Json = False,
) -> None:
    """Print a recipe as TOML, which `convlet train --config` takes."""
    import dataclasses

    from convlet.recipes import RECIPES, Recipe
    from convlet.recipes import recipe as named
    from convlet.system.places import resolve

    path = resolve(name) if name not in RECIPES else None
    file = None
    if path is not None and path.exists():
        file = path / "recipe.toml" if path.is_dir() else path
    chosen = Recipe.from_toml(file) if file else named(name)
    if json:
        result_json({"recipe": dataclasses.asdict(chosen)})
        return
    result(chosen.to_toml().rstrip("\n"))
    hint(f"convlet train DATASET {f'--config {shlex.quote(str(file))}' if file else f'--recipe {name}'}")


@app.command("fields", cls=Verb)
def fields(
    names: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[FIELD]...", help="Only these fields. The default is all.", autocompletion=complete.settings
        ),
    ] = None,
    json: Json = False,
) -> None:
    """Explain the fields of a recipe: what `convlet train --set FIELD=VALUE` takes."""
    from convlet.recipes import SETTINGS, require_field

    wanted = [name.rstrip("=").replace("-", "_") for name in names or SETTINGS]
    for name in wanted:
        require_field(name)
    rows = [
        {
            "field": name,
            "flag": f"--{name.replace('_', '-')}" if SETTINGS[name].flag else None,
            "meaning": SETTINGS[name].doc,
            "expected": SETTINGS[name].values.words,
        }
        for name in wanted
    ]
    if json:
        result_json(rows)
        return
    for row in rows:
        flag = f"  (also {row['flag']})" if row["flag"] else ""
        show_field(str(row["field"]), flag, f"{row['meaning']} Expected: {row['expected']}.")


def show_field(name: str, flag: str, text: str) -> None:
    """Print a field's name and below it, folded and indented, what it means."""
    import shutil
    import textwrap

    from rich.console import Console

    wide = min(max(shutil.get_terminal_size((100, 0)).columns, 40), 100)
    Console(highlight=False).print(f"[bold]{plain(name)}[/]{flag}", soft_wrap=True)
    result(textwrap.fill(text, wide, initial_indent="  ", subsequent_indent="  ", break_on_hyphens=False))
