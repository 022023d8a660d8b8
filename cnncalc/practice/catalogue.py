"""What can be asked: every topic with its forms and difficulties."""

from __future__ import annotations

from collections.abc import Sequence

from cnncalc.practice.model import FORMS, Cell, Topic
from cnncalc.practice.text import wrapped
from cnncalc.report.plain import json_text
from cnncalc.report.style import Style

__all__ = ["catalogue_as_json", "catalogue_as_text"]


def catalogue_as_text(askable: Sequence[tuple[Topic, Cell]], style: Style) -> str:
    """A topic: its title, and below it the forms with their difficulties."""
    lines = []
    for topic, forms in _by_topic(askable):
        told = ", ".join(f"{form} {' '.join(map(str, levels))}" for form, levels in forms.items())
        lines += [
            f"{style.bold(topic.name)}\n",
            *(wrapped(text, style, indent=2) for text in (topic.title, told)),
        ]
    return "".join(lines)


def catalogue_as_json(askable: Sequence[tuple[Topic, Cell]]) -> str:
    """schema_version (1), and topics: name, title, forms: the difficulties of each."""
    topics = [{"name": t.name, "title": t.title, "forms": forms} for t, forms in _by_topic(askable)]
    return json_text({"schema_version": 1, "topics": topics})


def _by_topic(askable: Sequence[tuple[Topic, Cell]]) -> list[tuple[Topic, dict[str, list[int]]]]:
    topics = {topic.name: topic for topic, _ in askable}
    return [
        (
            topic,
            {
                form: levels
                for form in FORMS
                if (levels := sorted({c.difficulty for t, c in askable if t.name == name and c.form == form}))
            },
        )
        for name, topic in topics.items()
    ]
