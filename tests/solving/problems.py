"""Random networks with names in their words, conditions on them, and the answers by trying every number."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import product
from typing import Any

from hypothesis import strategies as st

from cnncalc import load
from cnncalc.errors import CnncalcError
from cnncalc.loader import document_of
from cnncalc.quantities import Facts
from cnncalc.solving.axes import axes_of
from cnncalc.solving.candidates import Candidates
from cnncalc.solving.conditions import read_conditions, read_value
from cnncalc.solving.model import Goal, Question, Solution
from cnncalc.solving.run import all_groups, solved

__all__ = ["Problem", "answer", "brute", "conditions", "listed", "meets", "networks", "numbers"]


@dataclass(frozen=True)
class Problem:
    """Words, the names in them that are searched for, and what has to hold."""

    words: str
    names: tuple[str, ...]
    conditions: tuple[str, ...]


def answer(problem: Problem, ranges: Sequence[str] = (), goal: tuple[int, str] | None = None) -> Solution:
    """What cnncalc says."""
    document, preset, text = document_of(problem.words, None, input_given=False)
    axes = axes_of(document, document.input, problem.names, ranges)
    comparisons = [c for text in problem.conditions for c in read_conditions(text, problem.names)]
    asked = None if goal is None else Goal(goal[0], read_value(goal[1], problem.names))
    candidates = Candidates(document, axes, text=text, preset=preset)
    return solved(candidates, Question(axes, problem.conditions, tuple(comparisons), asked))


def listed(solution: Solution, most: int) -> set[tuple[int, ...]]:
    """The numbers of all names up to a greatest one, in the order of the question."""
    found: set[tuple[int, ...]] = set()
    for group in all_groups(solution):
        if group.outer and group.outer[0] > most:
            break
        for number in group.inner:
            if number > most:
                break
            places = list(group.outer)
            places.insert(solution.inner, number)
            found.add(tuple(places))
    return {places for places in found if max(places) <= most}


def numbers(words: str, values: Mapping[str, int]) -> dict[str, Any] | None:
    """What a network with these numbers is, by the quantities' names; None if there is no such network."""
    try:
        network = load(words, settings=dict(values))
    except CnncalcError:
        return None
    found: dict[str, Any] = dict(values)
    for axis, size in zip("CHW" if network.output.rank == 3 else "C", network.output.dims, strict=True):
        found[f"output_{axis}"] = size
    facts = Facts(network)
    for quantity in ("params", "macs", "memory.activations", "memory.peak"):
        ((_, value),) = facts.find(facts.part(None), quantity, batch=1, dtype="float32").values
        found[quantity.replace(".", "_")] = value
    return found


def meets(problem: Problem, values: Mapping[str, int]) -> bool:
    """Whether a network with these numbers exists and meets the conditions, which Python itself computes."""
    known = numbers(problem.words, values)
    if known is None:
        return False
    try:
        return all(_computed(condition, known) for condition in problem.conditions)
    except ZeroDivisionError:
        return False


def _computed(condition: str, known: dict[str, Any]) -> bool:
    text = condition
    for name in ("output", "memory"):
        text = text.replace(f"{name}.", f"{name}_")
    exact = {name: Fraction(value) for name, value in known.items()}
    return bool(eval(text, {"__builtins__": {}}, exact))


def brute(problem: Problem, most: int) -> set[tuple[int, ...]]:
    """All solutions up to a greatest number, found by trying."""
    return {
        places
        for places in product(range(most + 1), repeat=len(problem.names))
        if meets(problem, dict(zip(problem.names, places, strict=True)))
    }


@st.composite
def networks(draw: st.DrawFn, names: Sequence[str]) -> str:
    """Words in which every one of the names occurs."""
    places = [
        draw(st.sampled_from(["kernel", "stride", "padding", "channels", "dilation", "pool"])) for _ in names
    ]
    size = draw(st.integers(9, 40))
    words = []
    if "N" in names:
        words.append("2xNxN")
        places = [p for p, name in zip(places, names, strict=True) if name != "N"]
        names = [name for name in names if name != "N"]
    else:
        words.append(f"2x{size}x{size}")
    for place, name in zip(places, names, strict=True):
        k, s, p = draw(st.integers(1, 4)), draw(st.integers(1, 3)), draw(st.integers(0, 2))
        words.append(
            {
                "kernel": f"conv{name}-4/{s},p{p}",
                "stride": f"conv{k}-4/{name},p{p}",
                "padding": f"conv{k}-4/{s},p{name}",
                "channels": f"conv{k}-{name}/{s},p{p}",
                "dilation": f"conv{k}-4/{s},p{p},d{name}",
                "pool": f"maxpool{name}/{s}",
            }[place]
        )
        words += draw(
            st.lists(st.sampled_from(["relu", "bn", "maxpool2", "avgpool3/2,p1", "tconv2-3/2"]), max_size=1)
        )
    words += draw(st.sampled_from([[], ["conv3-5,p1"], ["gap", "flatten", "fc-7"], ["conv2-{C//2}"]]))
    return " ".join(words)


@st.composite
def conditions(
    draw: st.DrawFn, words: str, names: Sequence[str], quantities: Sequence[str]
) -> tuple[str, ...]:
    """One or two conditions, about as often met as not: they speak of what some candidate is."""
    found = []
    for _ in range(draw(st.integers(1, 2))):
        values = {name: draw(st.integers(1, 9)) for name in names}
        known = numbers(words, values) or {}
        possible = [q for q in quantities if q.replace(".", "_") in known]
        if not possible or draw(st.integers(0, 4)) == 0:
            name = draw(st.sampled_from(list(names)))
            found.append(
                draw(
                    st.sampled_from(
                        [f"{name} % 2 == 1", f"{name} <= 7", f"3*{name} != 9", f"12 % {name} == 0"]
                    )
                )
            )
            continue
        quantity = draw(st.sampled_from(possible))
        sign = draw(st.sampled_from(["==", "<=", ">=", "==", "<", "!="]))
        factor = draw(st.sampled_from(["", "2*"]))
        value = known[quantity.replace(".", "_")] * (2 if factor else 1)
        found.append(f"{factor}{quantity} {sign} {value}")
    return tuple(found)
