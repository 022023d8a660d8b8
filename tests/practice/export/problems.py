"""Problems of every kind, topic by topic."""

from __future__ import annotations

from cnncalc.practice.generate import cells, generate
from cnncalc.practice.model import Problem

__all__ = ["TOPICS", "of_topic"]

TOPICS = list(dict.fromkeys(topic.name for topic, _ in cells()))


def of_topic(name: str, seeds: int = 3) -> list[Problem]:
    """Some of each cell."""
    return [
        generate(topic.name, cell.form, cell.difficulty, seed)
        for topic, cell in cells()
        if topic.name == name
        for seed in range(seeds)
    ]
