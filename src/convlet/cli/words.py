"""Say answers in words."""

from typing import TYPE_CHECKING

from convlet.system.text import shown

if TYPE_CHECKING:
    from convlet.prediction.answer import Answer


def said(answer: "Answer") -> str:
    """Return an answer in words."""
    if answer.known:
        return f"{shown(answer.label)}  {answer.probability:.1%}"
    if answer.empty:
        return "empty"
    return f"unknown  (most like {shown(answer.label)}, {answer.probability:.1%})"


def others(answer: "Answer") -> str:
    """Return the next likeliest answers in words, "" if the answer is not known."""
    named = ", ".join(f"{shown(label)} {probability:.1%}" for label, probability in answer.top[1:])
    return f"   (then {named})" if answer.known and named else ""
