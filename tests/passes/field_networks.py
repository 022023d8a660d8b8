"""Random networks over every kind that moves or joins positions, small enough to walk every dependency."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

from cnncalc.errors import CnncalcError
from cnncalc.layers import KINDS, Layer, check
from cnncalc.network import Network, Node
from cnncalc.shape import Shape
from cnncalc.symbolic import Facts

__all__ = ["chain", "graph", "network_of"]

_MOST_ELEMENTS = 700
_MODES = ("nearest", "bilinear", "linear", "bicubic", "area", "trilinear")


def _conv(r: Random, x: Shape) -> Layer:
    groups = r.choice([1, 1, 1, 2])
    return KINDS["conv"](  # type: ignore[call-arg]
        kernel=_sizes(r, x, 1, 4),
        out=groups * r.randint(1, 2),
        stride=_sizes(r, x, 1, 3, likely=1),
        padding=r.choice(["same", "valid", 0, 1, 1, 2, 3]),
        dilation=_sizes(r, x, 1, 3, likely=1),
        groups=groups,
        padding_mode=r.choice(["zeros"] * 5 + ["reflect", "replicate", "circular"]),
    )


def _sizes(r: Random, x: Shape, least: int, most: int, likely: int | None = None) -> int | tuple[int, ...]:
    def one() -> int:
        return likely if likely is not None and r.random() < 0.5 else r.randint(least, most)

    return tuple(one() for _ in x.spatial) if r.random() < 0.3 and x.spatial else one()


def _tconv(r: Random, x: Shape) -> Layer:
    stride = r.randint(1, 3)
    return KINDS["tconv"](  # type: ignore[call-arg]
        kernel=r.randint(1, 4),
        out=2,
        stride=stride,
        padding=r.randint(0, 1),
        output_padding=r.randint(0, stride - 1),
        dilation=r.choice([1, 1, 2]),
        groups=r.choice([1, 1, 2]),
    )


def _pool(r: Random, x: Shape) -> Layer:
    kind = r.choice(["maxpool", "avgpool", "lppool"])
    kernel = r.randint(1, 3)
    fields: dict[str, object] = {
        "kernel": kernel,
        "stride": r.choice([None, 1, 2, 3]),
        "ceil_mode": r.random() < 0.3,
    }
    if kind == "lppool":
        return KINDS[kind](norm_type=2.0, **fields)  # type: ignore[call-arg]
    if kind == "maxpool":
        fields["dilation"] = r.choice([1, 1, 2])
    return KINDS[kind](padding=r.randint(0, kernel // 2), **fields)  # type: ignore[call-arg]


def _upsample(r: Random, x: Shape) -> Layer:
    mode = r.choice(_MODES)
    align = r.choice([None, True, False]) if mode not in ("nearest", "area") else None
    if mode == "nearest" or r.random() < 0.6:
        return KINDS["upsample"](scale=r.randint(1, 3), mode=mode, align_corners=align)  # type: ignore[call-arg]
    return KINDS["upsample"](size=r.randint(1, 9), mode=mode, align_corners=align)  # type: ignore[call-arg]


def _pad(r: Random, x: Shape) -> Layer:
    mode = r.choice(["constant", "constant", "reflect", "replicate", "circular"])
    padding = tuple(r.randint(-1, 2) for _ in range(2 * len(x.spatial)))
    return KINDS["pad"](padding=padding, mode=mode)  # type: ignore[call-arg]


def _of(kind: str, **choices: Callable[[Random, Shape], object]) -> Callable[[Random, Shape], Layer]:
    def draw(r: Random, x: Shape) -> Layer:
        return KINDS[kind](**{name: choose(r, x) for name, choose in choices.items()})

    return draw


def _any_dim(r: Random, x: Shape) -> int:
    return r.randint(1, x.rank)


def _order(r: Random, x: Shape) -> tuple[int, ...]:
    axes = list(range(1, x.rank + 1))
    r.shuffle(axes)
    return tuple(axes)


def _factors(r: Random, x: Shape) -> tuple[int, ...]:
    return r.choice([(2, -1), (-1, 2), (3, -1), (2, 2, -1)])


_SLIDING: list[Callable[[Random, Shape], Layer]] = [
    _conv,
    _conv,
    _conv,
    _of(
        "dwconv",
        kernel=lambda r, x: r.randint(1, 3),
        stride=lambda r, x: r.randint(1, 2),
        padding=lambda r, x: 1,
    ),
    _of(
        "lc",
        kernel=lambda r, x: r.randint(1, 3),
        out=lambda r, x: 2,
        stride=lambda r, x: r.randint(1, 2),
        dilation=lambda r, x: r.randint(1, 2),
        padding_mode=lambda r, x: r.choice(["zeros", "circular"]),
        padding=lambda r, x: 1,
    ),
    _pool,
    _pool,
    _of("relu"),
    _of("bn"),
]
_RESIZING: list[Callable[[Random, Shape], Layer]] = [
    _tconv,
    _tconv,
    _upsample,
    _upsample,
    _pad,
    _of("pixelshuffle", factor=lambda r, x: 2),
    _of("pixelunshuffle", factor=lambda r, x: 2),
]
_OTHER: list[Callable[[Random, Shape], Layer]] = [
    _of("adaptiveavgpool", size=lambda r, x: r.randint(1, 5)),
    _of("adaptivemaxpool", size=lambda r, x: r.randint(1, 5)),
    _of("gap"),
    _of("linear", out=lambda r, x: r.randint(1, 4)),
    _of("attention", heads=lambda r, x: 1),
    _of("ln", dims=lambda r, x: r.randint(1, x.rank)),
    _of("gn", groups=lambda r, x: r.randint(1, 2)),
    _of("in", track_running_stats=lambda r, x: r.random() < 0.5),
    _of("lrn", size=lambda r, x: r.randint(1, 4)),
    _of("softmax", dim=_any_dim),
    _of("glu", dim=_any_dim),
    _of("flatten", start=_any_dim, end=lambda r, x: -1),
    _of("unflatten", shape=_factors, dim=_any_dim),
    _of("permute", order=_order),
    _of("select", start=lambda r, x: r.randint(0, 2), stop=lambda r, x: r.randint(2, 4), dim=_any_dim),
    _of("split", chunks=lambda r, x: 2, index=lambda r, x: r.randint(0, 1), dim=_any_dim),
    _of("channelshuffle", groups=lambda r, x: 2),
]
_JOINING = [
    _of("add"),
    _of("mul"),
    _of("cat", dim=_any_dim),
    _of("cat", dim=lambda r, x: 1),
]


def network_of(layers: list[tuple[Layer, tuple[int, ...]]], size: Shape) -> Network:
    """The network, if every layer can stand where it is put.

    Raises CnncalcError otherwise.
    """
    nodes: list[Node] = []
    for i, (layer, inputs) in enumerate(layers):
        shapes = [size if r < 0 else nodes[r].output for r in inputs]
        assert not check(layer.requires(*shapes), Facts())
        nodes.append(Node(i, f"n{i}", layer, inputs, layer.output(*shapes)))
    names = {node.name: (node.index,) for node in nodes}
    return Network(None, None, size, tuple(nodes), len(nodes) - 1, names)


def chain(r: Random, axes: int, length: int, size: tuple[int, int], *, resizing: bool = False) -> Network:
    """Layers one after the other that slide over the input, or also change its resolution."""
    kinds = _SLIDING + (_RESIZING if resizing else [])
    return _grown(r, axes, length, size, kinds, branching=0.0)


def graph(r: Random, axes: int, length: int, size: tuple[int, int], *, everything: bool = True) -> Network:
    """Any layers, which read any earlier ones, some of them several."""
    kinds = _SLIDING * 3 + _RESIZING * 2 + (_OTHER if everything else [])
    return _grown(r, axes, length, size, kinds, branching=0.35)


def _grown(
    r: Random,
    axes: int,
    length: int,
    size: tuple[int, int],
    kinds: list[Callable[[Random, Shape], Layer]],
    branching: float,
) -> Network:
    shape = Shape((r.choice([1, 2, 4]), *(r.randint(*size) for _ in range(axes))))
    layers: list[tuple[Layer, tuple[int, ...]]] = []
    shapes: list[Shape] = []
    for _ in range(6 * length):
        if len(layers) >= length:
            break
        refs: tuple[int, ...] = (len(layers) - 1,)
        draw = r.choice(kinds)
        if r.random() < branching:
            if r.random() < 0.5:
                refs = (r.randint(-1, len(layers) - 1),)
            else:
                draw = r.choice(_JOINING)
                refs = (r.randint(-1, len(layers) - 1), len(layers) - 1)
        inputs = [shape if i < 0 else shapes[i] for i in refs]
        try:
            layer = draw(r, inputs[0])
            if check(layer.requires(*inputs), Facts()):
                continue
            out = layer.output(*inputs)
        except (CnncalcError, IndexError, ValueError):
            continue
        if not 1 <= int(out.elements) <= _MOST_ELEMENTS or 0 in out.dims:  # type: ignore[call-overload]
            continue
        layers.append((layer, refs))
        shapes.append(out)
    if not layers:
        layers.append((KINDS["relu"](), (-1,)))
    return network_of(layers, shape)
