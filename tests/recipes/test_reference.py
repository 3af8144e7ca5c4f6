from pathlib import Path

from convlet.recipes import RECIPES, SETTINGS
from convlet.recipes.reference import page

PAGE = Path(__file__).parents[2] / "docs" / "recipes.md"


def test_the_page_in_docs_is_up_to_date() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "python -m convlet.recipes.reference > docs/recipes.md"


def test_it_has_every_field_with_its_flag_and_every_recipe() -> None:
    text = page()
    assert all(f"- **{field}**" in text and (f"| {field} |" in text or field == "name") for field in SETTINGS)
    assert "- **batch_size**, `--batch-size`: Images per step." in text
    assert f"| field | {' | '.join(RECIPES)} |" in text
    assert "version 2 of recipe files; older ones mean 0." in text
