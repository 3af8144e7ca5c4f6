"""The bookkeeping of a search, without a training."""

import pytest

import convlet
from convlet.data import Dataset
from convlet.errors import RecipeError
from convlet.tuning import begin
from convlet.tuning.search import Search
from convlet.tuning.space import Range, Space
from convlet.tuning.trial import Outcome, Progress

pytestmark = pytest.mark.slow

pytest.importorskip("optuna")
SPACE = Space(convlet.recipe("small-data", epochs=3), {"learning_rate": Range(low=1e-4, high=1e-2, log=True)})


def outcome(accuracy: float) -> Outcome:
    return Outcome(accuracy=accuracy, seconds=1.0, params=9, epochs=3)


@pytest.fixture
def study(digits: Dataset, tmp_path) -> convlet.Study:
    return begin(digits, SPACE, out=tmp_path)


@pytest.mark.parametrize(("limit", "ended"), [(20.0, [False, True]), (None, [False, False])])
def test_a_limit_that_is_given_holds_for_the_first_trial_too(
    digits: Dataset, tmp_path, limit: float | None, ended: list[bool]
) -> None:
    search = Search(begin(digits, SPACE, trial_seconds=limit, out=tmp_path), 2, None, convlet.Watch())
    number, _ = search.next()
    found = [search.reason_to_stop(number, Progress(part=0.1, seconds=seconds, params=9)) for seconds in (19.0, 98.0)]
    assert (number, [reason is not None for reason in found]) == (0, ended)


def test_trials_follow_each_other_up_to_the_goal_and_the_best_is_kept(study: convlet.Study) -> None:
    search = Search(study, 3, None, convlet.Watch())
    recipes = {}
    for accuracy in (0.8, 0.9, 0.85):
        number, recipe = search.next()
        recipes[number] = recipe
        study.folder(number).mkdir(parents=True)
        search.finished(number, outcome(accuracy))
    assert search.next() is None
    assert list(recipes) == [0, 1, 2]
    assert recipes[0].learning_rate == SPACE.base.learning_rate
    assert len({recipe.learning_rate for recipe in recipes.values()}) == 3
    assert search.best.number == 1
    assert (study.path / "best.toml").read_text() == recipes[1].to_toml()
    assert [folder.name for folder in (study.path / "trials").iterdir()] == ["1"]


def test_what_a_killed_process_left_comes_first_with_its_settings(study: convlet.Study) -> None:
    number, recipe = Search(study, 3, None, convlet.Watch()).next()
    assert Search(study, 3, None, convlet.Watch()).next() == (number, recipe)


def test_a_search_all_of_whose_trials_fail_is_given_up(study: convlet.Study) -> None:
    search = Search(study, 9, None, convlet.Watch())
    for _ in range(3):
        number, _ = search.next()
        search.failed(number, "no memory")
    with pytest.raises(RecipeError, match=r"could be trained\. The last one: no memory"):
        search.next()


def test_when_the_time_is_up_a_trial_is_still_waited_for_until_one_has_finished(study: convlet.Study) -> None:
    search = Search(study, 9, 1e-9, convlet.Watch())
    (first, _), (second, _) = search.next(), search.next()
    progress = Progress(part=0.1, seconds=1.0, params=9)
    assert search.reason_to_stop(second, progress) is None
    search.finished(first, outcome(0.9))
    assert search.reason_to_stop(second, progress) == "the time is up"
    search.stopped(second, "the time is up")
    assert search.next() is None
    assert [trial.state for trial in search.trials] == ["finished", "pruned"]
