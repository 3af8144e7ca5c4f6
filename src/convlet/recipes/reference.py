"""Write the reference page of recipes: `python -m convlet.recipes.reference > docs/recipes.md`."""

import sys
import textwrap
from typing import Any

from convlet.recipes.library import RECIPES
from convlet.recipes.schema import SETTINGS
from convlet.recipes.setting import Setting

_HEAD = """\
# Recipes

A recipe holds every setting of a training. The named ones are files in
[src/convlet/recipes/named](../src/convlet/recipes/named): copy one, change it, and give it to
`convlet train --config FILE`. `--set field=value` changes one field of any recipe; the most common
fields have a flag of their own. Python takes the same names: `convlet.recipe("fast", epochs=3)`.

One more has no file: `teach` is made from the recipe of the model that a training goes on from
([fine-tuning.md](fine-tuning.md)).

This page is written by `python -m convlet.recipes.reference > docs/recipes.md`.

## Fields

"""


def page() -> str:
    """Return the page: every field with its meaning, values and flag, then the values of each named recipe."""
    fields = [_item(name, declared) for name, declared in SETTINGS.items()]
    rows = [
        ["field", *RECIPES],
        ["---"] * (1 + len(RECIPES)),
        *(
            [name, *(_toml(getattr(recipe, name)) for recipe in RECIPES.values())]
            for name in SETTINGS
            if name != "name"
        ),
    ]
    table = [f"| {' | '.join(row)} |\n" for row in rows]
    return "".join([_HEAD, *fields, "\n## Named recipes\n\n", *table])


def _item(name: str, declared: Setting) -> str:
    flag = f", `--{name.replace('_', '-')}`" if declared.flag else ""
    since = ""
    if declared.since > 1:
        since = f" Since version {declared.since} of recipe files; older ones mean {_toml(declared.off)}."
    text = f"- **{name}**{flag}: {declared.doc} Expected: {declared.values.words}.{since}"
    return textwrap.fill(text, 100, subsequent_indent="  ", break_long_words=False, break_on_hyphens=False) + "\n"


def _toml(value: Any) -> str:
    if isinstance(value, tuple):
        return f"[{', '.join(map(_toml, value))}]"
    return f'"{value}"' if isinstance(value, str) else f"{value:g}"


if __name__ == "__main__":
    sys.stdout.write(page())
