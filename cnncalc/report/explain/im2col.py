"""A convolution as one matrix product: its windows as the columns of a matrix (im2col)."""

from __future__ import annotations

from cnncalc.layers import Derivation
from cnncalc.layers.products import derived, over_axes
from cnncalc.report.explain.model import Part, Row, chain, counted, givens
from cnncalc.report.explain.quantities import Subject, in_bytes
from cnncalc.shape import Shape
from cnncalc.symbolic import Dim, Formula, known_ge

__all__ = ["im2col"]


def im2col(of: Subject) -> Part | None:
    """(K/G × F·F·C/G) times (F·F·C/G × O·O), for each of G groups; None for what is no convolution with zeros around."""
    (x, *more) = of.inputs
    kernel = of.layer.sliding(x)
    if kernel is None or more:
        return None
    taps, named = over_axes("F", "kernel size", tuple([w.kernel for w in kernel.windows]))
    places, sizes = over_axes("O", "output size", of.output.spatial)
    named |= {"C": (x.channels, "input channels")} | sizes
    grouped = kernel.groups != 1
    if grouped:
        named["G"] = (kernel.groups, "groups")
    rows = derived(f"{taps}*(C // G)" if grouped else f"{taps}*C", named)
    columns = derived(places, named)
    text = "B*R*P*G" if grouped else "B*R*P"
    meanings = {"B": "bytes of a number (float32)", "R": "rows", "P": "columns"}
    values: dict[str, Dim] = {"B": 4, "R": rows.value, "P": columns.value, "G": kernel.groups}
    size = Derivation(Formula(text, **meanings), {n: values[n] for n in Formula(text).names})
    filters = kernel.filters // kernel.groups
    each = (" for each of the ", counted(kernel.groups), " groups") if grouped else ()
    numbers = rows.value * columns.value * kernel.groups
    repeated = known_ge(numbers, x.elements + 1)
    told = (
        Row("Given", givens(rows, columns)),
        Row("Matrix", (chain("rows", rows), chain("columns", columns))),
        Row(
            "Product",
            (
                "weights ",
                Shape((filters, rows.value)),
                " times windows ",
                Shape((rows.value, columns.value)),
                " gives ",
                Shape((filters, columns.value)),
                *each,
            ),
        ),
        Row("Bytes", (chain("bytes", size),)),
        Row("Answer", (*in_bytes(size.value), " for the windows of one image"), bold=True),
        Row(
            "Check",
            (
                "the input has ",
                counted(x.elements),
                " numbers, the windows ",
                counted(numbers),
                *((": where windows overlap, a number stands in several",) if repeated else ()),
            ),
        ),
    )
    return Part("As a matrix product (im2col)", told, size.value)
