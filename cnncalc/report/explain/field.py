"""The receptive field of one layer from that of the layer before it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cnncalc.layers import Derivation
from cnncalc.report.explain.model import Part, Prose, Row, chain, counted, givens
from cnncalc.report.explain.quantities import AXES, Subject, joined
from cnncalc.shape import Window
from cnncalc.symbolic import Formula

if TYPE_CHECKING:
    from cnncalc.passes.receptive_field import Field

__all__ = ["receptive_field"]

_BEFORE = {"r": "receptive field of the input", "j": "jump of the input: positions between neighbours"}
SIZE = Formula("r + (F - 1)*j", F="kernel size", **_BEFORE)
DILATED_SIZE = Formula("r + D*(F - 1)*j", D="dilation", F="kernel size", **_BEFORE)
JUMP = Formula("j*S", j=_BEFORE["j"], S="stride")
START = Formula(
    "a - P*j", a="where the field of the input's unit 0 starts", P="padding before", j=_BEFORE["j"]
)
OWN_JUMP = Formula("r + (F - 1)*j*S")
DILATED_OWN_JUMP = Formula("r + D*(F - 1)*j*S")


def receptive_field(of: Subject) -> Part | None:
    """Axis by axis, equal axes once; None where the network's input has no axes."""
    own = of.fields[of.node.index]
    if not own.fields:
        return None
    names = AXES[len(own.fields)]
    groups: list[tuple[list[str], int]] = []
    for axis, name in enumerate(names):
        same = next((g for g in groups if _alike(of, g[1], axis)), None)
        if same:
            same[0].append(name)
        else:
            groups.append(([name], axis))
    rows: list[Row] = []
    for group, axis in groups:
        rows += [Row("Axis", (joined(group),)), *_along(of, axis)]
    return Part("Receptive field", tuple(rows), own.fields[0].size)


def _alike(of: Subject, a: int, b: int) -> bool:
    def facts(axis: int) -> object:
        field, before = of.fields[of.node.index].fields[axis], _before(of, axis)
        window = of.fields[of.node.index].windows[axis]
        return [_numbers(field), [None if f is None else _numbers(f) for f in before], window]

    return facts(a) == facts(b)


def _numbers(field: Field) -> object:
    return field.basis, field.size, field.least, field.jump, field.start, field.why


def _before(of: Subject, axis: int) -> list[Field | None]:
    """The fields of what the layer reads; None for the network's input."""
    return [None if i < 0 else of.fields[i].fields[axis] for i in of.node.inputs]


def _along(of: Subject, axis: int) -> list[Row]:
    own = of.fields[of.node.index]
    field, window, before = own.fields[axis], own.windows[axis], _before(of, axis)
    rows: list[Row] = []
    if field.basis == "affine" and window is not None and len(before) == 1:
        if window == Window(1):
            return [
                Row("Answer", (*_answer(field), ", as before: every number stands for itself"), bold=True)
            ]
        rows += _recurrence(before[0], window)
    elif len(before) > 1:
        sizes = [1 if b is None else b.size for b in before]
        told = " and ".join("an unknown number" if s is None else str(s) for s in sizes)
        rows.append(Row("Inputs", (f"they see {told} positions; the sum sees what any of them sees",)))
    rows.append(Row("Answer", _answer(field), bold=True))
    if rows[:-1] and window is not None and window.stride != 1 and window.kernel != 1:
        wrong = Derivation(OWN_JUMP if window.dilation == 1 else DILATED_OWN_JUMP, _values(before[0], window))
        rows.append(Row("Trap", (counted(wrong.value), " multiplies by the layer's own stride too early")))
    return rows


def _values(before: Field | None, w: Window) -> dict[str, object]:
    r, j, a = (1, 1, 0) if before is None else (before.size, before.jump, before.start)
    return {"r": r, "j": j, "a": a, "F": w.kernel, "S": w.stride, "D": w.dilation, "P": w.before}


def _recurrence(before: Field | None, w: Window) -> list[Row]:
    values = _values(before, w)
    steps = {
        "field": Derivation(SIZE if w.dilation == 1 else DILATED_SIZE, values),
        "jump": Derivation(JUMP, values),
        "start": Derivation(START, values),
    }
    return [
        Row("Given", givens(*steps.values())),
        Row("Formula", tuple([chain(name, step) for name, step in steps.items()])),
    ]


def _answer(field: Field) -> Prose:
    if field.sees_all:
        if field.size is None:
            return ("every unit sees the same: all that reaches this layer",)
        return ("every unit sees the same ", counted(field.size), " positions of the input")
    if field.size is None or field.least is None:
        return (f"not known: {field.why}" if field.why else "not known without numbers",)
    if field.least != field.size:
        return (
            "from ",
            counted(field.least),
            " to ",
            counted(field.size),
            " positions of the input, by the unit",
        )
    if field.size == 1:
        return ("1 position of the network's input",)
    return (counted(field.size), " positions of the network's input, padding included")
