"""The bookkeeping of a search: which trial is next, which is to stop, and what each came to. It is the same on one machine and on many."""

import shutil
import time
from typing import Any

from convlet.errors import RecipeError
from convlet.recipes import Recipe
from convlet.system.files import write_text
from convlet.tuning import journal
from convlet.tuning.objective import value
from convlet.tuning.study import Study, Trial, best_of, trials_of
from convlet.tuning.trial import Outcome, Progress

_SLOWER = 2.0  # times the seconds of the first trial, the recipe that the search starts from
_AT_LEAST = 10.0  # seconds
_TENTHS = 10
_ALL_FAIL = 3  # trials: then something else is wrong


class Search:
    """One search in a study that the caller holds.

    Args:
        study: see `Study.held`.
        goal: trials the study is to have at the end.
        seconds: after which no trial is begun and those under way are ended, as soon as one has finished; None for as long as it takes.
        seed: of what is drawn, and of every training.
    """

    def __init__(self, study: Study, goal: int, seconds: float | None, seed: int) -> None:
        self.study, self.goal, self.seed = study, goal, seed
        self.ends = time.monotonic() + seconds if seconds else None
        self.space, self.facts = study.space, study.manifest
        self.optuna = journal.open_study(study.journal, seed)
        self.states = journal.optuna().trial.TrialState
        frozen = self.optuna.get_trials(deepcopy=False)
        trial = journal.optuna().trial.Trial
        # Left behind by a killed process: they are trained to their end before anything else is drawn.
        self.left = [trial(self.optuna, each._trial_id) for each in frozen if each.state == self.states.RUNNING]
        self.running: dict[int, Any] = {}
        self.tenths: dict[int, int] = {each.number: max(each.intermediate_values, default=0) for each in frozen}
        self.tidy()

    @property
    def trials(self) -> list[Trial]:
        """Every trial that has begun."""
        return trials_of(self.optuna)

    def over(self) -> bool:
        """Whether the time is up."""
        return self.ends is not None and time.monotonic() > self.ends

    def next(self) -> tuple[int, Recipe] | None:
        """The next trial's number and its recipe; None if there is none to begin.

        A trial of which nothing can be made is recorded as failed, and another is drawn.

        Raises:
            RecipeError: all of the first trials failed.
        """
        while not (self.over() and self.best()):
            self.require_one_that_can_be_trained(_ALL_FAIL)
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
        """Take note of how far a trial is, and say why it should not go on, if so."""
        trial = self.running[number]
        if progress.accuracy is not None:
            worth = self._value(progress.accuracy, progress.seconds, progress.params)
            reached = min(int(progress.part * _TENTHS), _TENTHS)
            for tenth in range(
                self.tenths.get(number, 0) + 1, reached + 1
            ):  # trials of few epochs meet those of many at each tenth
                trial.report(worth, tenth)
            self.tenths[number] = max(self.tenths.get(number, 0), reached)
        limit = self._limit()
        if limit and number and progress.seconds > limit:
            return f"it would train for {progress.seconds:.1f} s; the limit is {limit:.1f} s"
        if self.over() and self.best():
            return "the time is up"
        if progress.accuracy is not None and progress.part < 1 and trial.should_prune():
            return f"worse than half of the trials {progress.part:.0%} into them"
        return None

    def finished(self, number: int, outcome: Outcome) -> Trial:
        """Record what a trial came to."""
        trial = self.running[number]
        for name, fact in (("accuracy", outcome.accuracy), ("seconds", outcome.seconds), ("params", outcome.params)):
            trial.set_user_attr(name, fact)
        return self._end(number, values=self._value(outcome.accuracy, outcome.seconds, outcome.params))

    def stopped(self, number: int, reason: str) -> Trial:
        """Record that a trial was ended early."""
        self.running[number].set_user_attr("reason", reason)
        return self._end(number, state=self.states.PRUNED)

    def failed(self, number: int, reason: str) -> Trial:
        """Record that a trial could not be trained."""
        self.running[number].set_user_attr("reason", reason)
        return self._end(number, state=self.states.FAIL)

    def best(self) -> Trial | None:
        """See `Study.best`."""
        return best_of(self.trials)

    def require_one_that_can_be_trained(self, after: int = 1) -> None:
        """Give up a search in which everything fails.

        Args:
            after: so many trials.

        Raises:
            RecipeError: they have ended, and all of them failed.
        """
        trials = self.trials
        if len(trials) >= after and all(trial.state == "failed" for trial in trials):
            raise RecipeError(f"no trial of {self.study.path} could be trained. The last one: {trials[-1].reason}")

    def tidy(self) -> None:
        """Write the best recipe, and remove the folders of trials that have ended and are not the best."""
        best = self.best()
        if best:
            write_text(self.study.path / "best.toml", best.recipe)
        for trial in self.trials:
            if trial.state != "unfinished" and (best is None or trial.number != best.number):
                shutil.rmtree(self.study.folder(trial.number), ignore_errors=True)

    def _end(self, number: int, **told: Any) -> Trial:
        self.optuna.tell(self.running.pop(number), **told)
        self.tidy()
        return self.trials[number]

    def _value(self, accuracy: float, seconds: float, params: int) -> float:
        return value(self.facts["objective"], accuracy, self.facts["dataset"]["validation"], seconds, params)

    def _limit(self) -> float | None:
        if given := self.facts["trial_seconds"]:
            return float(given)
        first = self.trials[0]
        return max(first.seconds * _SLOWER, _AT_LEAST) if first.seconds else None
