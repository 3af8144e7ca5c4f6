"""Keep the books of a search: which trial is next, which must stop, how each ended."""

import shutil
import time
from typing import Any

from convlet.errors import RecipeError
from convlet.recipes import Recipe
from convlet.system.files import write_text
from convlet.system.watch import Watch
from convlet.tuning import journal
from convlet.tuning.objective import value
from convlet.tuning.study import Study, Trial, best_of, trials_of
from convlet.tuning.trial import Outcome, Progress

_SLOWER = 2.0  # times the seconds of the first trial, the base recipe
_AT_LEAST = 10.0  # seconds
_TENTHS = 10
_ALL_FAIL = 3  # trials: then the cause is elsewhere


class Search:
    """One search in a study that the caller has locked.

    Args:
        study: its base recipe gives the seed.
        goal: the number of trials in the study at the end.
        seconds: see `tune`.
        watch: see `tune`.
    """

    def __init__(self, study: Study, goal: int, seconds: float | None, watch: Watch) -> None:
        self.study, self.goal, self.watch = study, goal, watch
        self.ends = time.monotonic() + seconds if seconds else None
        self.space, self.facts = study.space, study.manifest
        self.seed = self.space.base.seed
        self.optuna = journal.open_study(study.journal, self.seed)
        self.states = journal.optuna().trial.TrialState
        frozen = self.optuna.get_trials(deepcopy=False)
        trial = journal.optuna().trial.Trial
        # A killed process left these; they come first.
        self.left = [trial(self.optuna, each._trial_id) for each in frozen if each.state == self.states.RUNNING]  # noqa: SLF001
        self.running: dict[int, Any] = {}
        self.tenths: dict[int, int] = {each.number: max(each.intermediate_values, default=0) for each in frozen}
        self.tidy()

    @property
    def trials(self) -> list[Trial]:
        """Every trial that has begun."""
        return trials_of(self.optuna)

    @property
    def best(self) -> Trial | None:
        """See `Study.best`."""
        return best_of(self.trials)

    def next(self) -> tuple[int, Recipe] | None:
        """Begin the next trial, and return its number and recipe; None if there are no more.

        Settings that do not form a recipe count as a failed trial, and others are drawn.

        Raises:
            RecipeError: all of the first trials failed.
        """
        while not self._over():
            self.require_success(_ALL_FAIL)
            if self.left:
                trial = self.left.pop(0)
            elif len(self.trials) < self.goal:
                self.optuna.sampler = journal.sampler(self.seed + len(self.trials))
                trial = self.optuna.ask()
            else:
                return None
            self.running[trial.number] = trial
            try:
                recipe = self.space.recipe(trial).changed(name="tuned", validate_on="validation", seed=self.seed)
            except RecipeError as error:
                self.failed(trial.number, str(error))
                continue
            trial.set_user_attr("recipe", recipe.to_toml())
            return trial.number, recipe
        return None

    def reason_to_stop(self, number: int, progress: Progress) -> str | None:
        """Record the progress of a trial, and return the reason to stop it, if any."""
        trial = self.running[number]
        self._report(number, min(99, round(100 * progress.part)), str(progress))
        if progress.accuracy is not None:
            worth = self._value(progress.accuracy, progress.seconds, progress.params)
            before, reached = self.tenths.get(number, 0), min(int(progress.part * _TENTHS), _TENTHS)
            for tenth in range(before + 1, reached + 1):  # makes trials with few and many epochs comparable
                trial.report(worth, tenth)
            self.tenths[number] = max(before, reached)
        limit = self._limit()
        if limit and progress.seconds > limit:
            return f"it would train for {progress.seconds:.1f} s; the limit is {limit:.1f} s"
        if self._over():
            return "the time is up"
        if progress.accuracy is not None and progress.part < 1 and trial.should_prune():
            return f"worse than half of the trials {progress.part:.0%} into them"
        return None

    def finished(self, number: int, outcome: Outcome) -> None:
        """Record what a trial achieved."""
        accuracy, seconds, params = outcome.accuracy, outcome.seconds, outcome.params
        worth = self._value(accuracy, seconds, params)
        self._end(number, worth=worth, accuracy=accuracy, seconds=seconds, params=params)

    def stopped(self, number: int, reason: str) -> None:
        """Record that a trial was ended early."""
        self._end(number, reason=reason, state=self.states.PRUNED)

    def failed(self, number: int, reason: str) -> None:
        """Record that a trial could not be trained."""
        self._end(number, reason=reason, state=self.states.FAIL)

    def require_success(self, after: int = 1) -> None:
        """Raise RecipeError if at least `after` trials have ended, and all failed."""
        trials = self.trials
        if len(trials) >= after and all(trial.state == "failed" for trial in trials):
            raise RecipeError(f"no trial of {self.study.path} could be trained. The last one: {trials[-1].reason}")

    def require_finished(self) -> None:
        """Raise RecipeError if trials have ended, and none of them finished."""
        trials = self.trials
        if trials and self.best is None:
            raise RecipeError(
                f"no trial of {self.study.path} finished. The last one: {trials[-1].reason}. Begin another study: give "
                "each trial more time, or search around a faster recipe."
            )

    def tidy(self) -> None:
        """Write the best recipe, and remove all other ended trials' folders."""
        if best := self.best:
            write_text(self.study.path / "best.toml", best.recipe)
        for trial in self.trials:
            if trial.state != "unfinished" and (best is None or trial.number != best.number):
                shutil.rmtree(self.study.folder(trial.number), ignore_errors=True)

    def _end(self, number: int, *, worth: float | None = None, state: Any = None, **facts: Any) -> None:
        trial = self.running.pop(number)
        for name, fact in facts.items():
            trial.set_user_attr(name, fact)
        self.optuna.tell(trial, worth, state)
        self.tidy()
        self._report(number, 100, "")
        best = self.best
        known = f"best so far {best.accuracy:.2%} (trial {best.number})" if best else "none has finished"
        self.watch.on_note(f"{self.trials[number]}; {known}")

    def _report(self, number: int, percent: int, detail: str) -> None:
        self.watch.on_progress(f"trial {number} of {self.goal}", percent, 100, detail)

    def _over(self) -> bool:
        return self.ends is not None and time.monotonic() > self.ends and self.best is not None

    def _value(self, accuracy: float, seconds: float, params: int) -> float:
        return value(self.facts["objective"], accuracy, self.facts["dataset"]["validation"], seconds, params)

    def _limit(self) -> float | None:
        """Return the seconds that a trial may train: the user's limit, else based on the first, which has none then."""
        if given := self.facts["trial_seconds"]:
            return float(given)
        first = self.trials[0]
        return max(first.seconds * _SLOWER, _AT_LEAST) if first.seconds else None
