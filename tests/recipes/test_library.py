import subprocess
import sys

import pytest

from convlet.errors import UsageError
from convlet.recipes import RECIPES, recipe


def test_the_names_in_their_order() -> None:
    ink = ["tutorial", "small-data", "fast", "balanced", "compact", "accurate"]
    assert list(RECIPES) == [*ink, "pictures", "pictures-small", "pictures-accurate"]
    assert len(RECIPES) == 9
    assert [chosen.name for chosen in RECIPES.values()] == list(RECIPES)


def test_the_tutorials_numbers() -> None:
    tutorial = recipe("tutorial")
    assert (tutorial.optimizer, tutorial.learning_rate, tutorial.batch_size, tutorial.epochs) == ("adam", 1e-4, 128, 5)
    assert (tutorial.filters, tutorial.kernel_size, tutorial.dense_units, tutorial.dropout) == ((32, 64), 5, 1024, 0.2)
    assert tutorial.validate_on == "test"


def test_every_other_recipe_validates_on_a_part_of_train() -> None:
    assert {chosen.validate_on for name, chosen in RECIPES.items() if name != "tutorial"} == {"validation"}


def test_an_unknown_name_lists_the_known_ones() -> None:
    assert "tutorail" not in RECIPES
    with pytest.raises(UsageError, match=r"no recipe 'tutorail'.*tutorial, small-data"):
        recipe("tutorail")


def test_no_file_is_read_before_it_is_needed() -> None:
    """Six TOML files would cost `convlet --help` a few milliseconds."""
    program = (
        "import sys\n"
        "opened = []\n"
        "sys.addaudithook(lambda event, given: event == 'open' and opened.append(str(given[0])))\n"
        "from convlet.recipes import RECIPES\n"
        "assert not [path for path in opened if path.endswith('.toml')], opened\n"
        "RECIPES['fast']\n"
        "assert {path[-9:] for path in opened if path.endswith('.toml')} == {'fast.toml'}, opened\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True)
