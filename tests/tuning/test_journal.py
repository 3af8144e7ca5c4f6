"""A study's journal, and damaged ones."""

import json

import pytest

from convlet.errors import ModelError
from convlet.tuning.journal import create_study, open_study


@pytest.mark.parametrize(
    "damage",
    [
        "not JSON\n",
        "[]\n",
        "null\n",
        '{"op_code": 4}\n',
        '{"op_code": "x", "worker_id": 1}\n',
        '{"op_code": 4, "worker_id": "w", "study_id": 0, "datetime_start": 7}\n',
    ],
)
def test_a_damaged_line(damage: str, tmp_path) -> None:
    path = tmp_path / "study.journal"
    create_study(path).enqueue_trial({"epochs": 1})
    assert len(open_study(path, 0).trials) == 1
    lines = path.read_text().splitlines(keepends=True)
    path.write_text("".join([lines[0], damage, *lines[1:]]))
    with pytest.raises(ModelError, match=r"cannot read the study .*study\.journal"):
        open_study(path, 0)


def test_every_field_of_every_line(tmp_path) -> None:
    path = tmp_path / "study.journal"
    create_study(path).enqueue_trial({"epochs": 1})
    lines = path.read_text().splitlines(keepends=True)
    for number, line in enumerate(lines):
        facts = json.loads(line)
        for name in facts:
            for value in (None, [], "x", -1, {}):
                path.write_text(
                    "".join([*lines[:number], json.dumps(facts | {name: value}) + "\n", *lines[number + 1 :]])
                )
                try:
                    open_study(path, 0)
                except ModelError as error:
                    assert "cannot read the study" in str(error)  # noqa: PT017  either outcome is right
