"""What there are questions about, in the order of a course: one file per topic."""

from __future__ import annotations

from cnncalc.practice.model import Topic
from cnncalc.practice.topics import parameters

__all__ = ["TOPICS"]

TOPICS: dict[str, Topic] = {module.TOPIC.name: module.TOPIC for module in (parameters,)}
