"""Wrong labels are found by nets that have not seen them, but not where nothing can be learned."""

from dataclasses import replace

import numpy as np
import pytest

import convlet
from convlet.checks import check
from convlet.checks.labels import _parts
from tests.checks.pictures import finding, kinds
from tests.data.datafiles import pictures


@pytest.mark.long
def test_wrong_labels_are_found(digits) -> None:
    labels = digits.train.labels.copy()
    wrong = np.random.default_rng(3).choice(len(labels), 20, replace=False)
    labels[wrong] = (labels[wrong] + 3) % 10
    test = digits.test.labels.copy()
    test[5] = (test[5] + 3) % 10
    changed = replace(
        digits,
        train=replace(digits.train, labels=labels),
        open_test=lambda: replace(digits.test, labels=test),
    )
    found = check(changed, labels=True)
    assert found.labels["learned"]
    assert found.labels["accuracy"] > 0.9
    suspects = [one for (one,) in finding(found, "suspect-labels").groups]
    in_train = {one.index for one in suspects if one.split == "train"}
    assert len(in_train & set(wrong.tolist())) >= 17
    assert len(in_train - set(wrong.tolist())) <= 8
    assert 5 in {one.index for one in suspects if one.split == "test"}
    first = suspects[0]
    assert first.detail == f"looks like {(int(first.label) - 3) % 10}"
    assert not found.serious


@pytest.mark.long
def test_noise_has_no_wrong_labels(monkeypatch) -> None:
    monkeypatch.setattr("convlet.checks.labels._STEPS", 40)
    made = pictures((40, 40), seed=2, side=12)
    notes: list[str] = []
    found = check(convlet.Dataset.from_arrays(*made), labels=True, watch=convlet.Watch(on_note=notes.append))
    assert kinds(found) == []
    assert not found.labels["learned"]
    assert any("have not learned" in note for note in notes)


def test_each_image_of_train_is_left_out_by_one_net_and_copies_go_together() -> None:
    labels = np.repeat([0, 1, 0], [30, 20, 10])
    exact = np.arange(120, dtype=np.uint64).reshape(60, 2)
    exact[41], exact[52] = exact[3], exact[7]
    parts = _parts(labels, exact, 50, 5)
    assert parts[41] == parts[3]
    assert parts[52] == parts[7]
    assert set(parts[50:].tolist()) == {-1, parts[7]}
    for label, share in ((0, 6), (1, 4)):
        counts = np.bincount(parts[:50][labels[:50] == label], minlength=5)
        assert abs(counts - share).max() <= 1
