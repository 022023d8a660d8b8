"""Layers of every kind on small inputs, mostly such as they can stand on."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeAlias

from hypothesis import strategies as st

from cnncalc.layers import KINDS, Layer
from cnncalc.layers.norm import GroupNorm, LayerNorm, LocalResponseNorm, RMSNorm
from tests.layers import (
    test_attention,
    test_conv,
    test_conv_transpose,
    test_local,
    test_merge,
    test_norm,
    test_pad,
    test_pool,
    test_resample,
    test_reshape,
    test_slice,
)

__all__ = ["ONE_PER_CLASS", "Case", "cases"]

#: a layer and the shapes of its inputs
Case: TypeAlias = tuple[Layer, tuple[tuple[int, ...], ...]]

#: every kind by the first of its names
ONE_PER_CLASS = sorted({kind.kind for kind in KINDS.values()})

_SIZES = st.sampled_from([1, 2, 3, 4, 6])
_SHAPES = st.sampled_from([1, 2, 2, 3, 3, 4]).flatmap(lambda rank: st.tuples(*[_SIZES] * rank))
_DIMS = st.sampled_from([1, 1, -1, 2, -2, 3])
_SOME = st.integers(1, 4)

#: strategies that draw the shape with the layer, for the kinds that they draw
_WITH_SHAPE: dict[str, st.SearchStrategy[tuple[Any, Any]]] = {
    "conv": test_conv.convolutions(),
    "dwconv": test_conv.convolutions(),
    "tconv": test_conv_transpose.transposed(),
    "lc": test_local.locally_connected(),
    "maxpool": test_pool.sliding(),
    "avgpool": test_pool.sliding(),
    "lppool": test_pool.sliding(),
    "adaptiveavgpool": test_pool.adaptive(),
    "adaptivemaxpool": test_pool.adaptive(),
    "unflatten": test_reshape.unflattens(),
    "permute": test_reshape.permutes(),
    "upsample": test_resample.upsamplings(),
    "pixelshuffle": test_resample.shuffles(),
    "pixelunshuffle": test_resample.shuffles(),
    "channelshuffle": test_resample.shuffles(),
    "pad": test_pad.pads(),
}
_ALONE: dict[str, st.SearchStrategy[Any]] = {
    "flatten": test_reshape.flattens,
    "select": test_slice.selects,
    "attention": test_attention.attentions,
    # with eps=0 a single number is divided by 0, and with beta=0 the neighbours do not count
    "ln": st.builds(LayerNorm, test_norm.trailing, affine=st.booleans()),
    "rms": st.builds(RMSNorm, test_norm.trailing, affine=st.booleans()),
    "gn": st.builds(GroupNorm, st.sampled_from([1, 1, 2, 3, 4]), affine=st.booleans()),
    "lrn": st.builds(LocalResponseNorm, st.sampled_from([1, 2, 3, 4, 5, 9])),
}


def _plain(name: str) -> st.SearchStrategy[Layer]:
    """The kind with its defaults, but for the few fields that the reading or the acceptance hangs on."""
    given: dict[str, st.SearchStrategy[Any]] = {
        "dim": _DIMS,
        "out": _SOME,
        "p": st.just(0.5),
        "lower": st.just(0.1),
        "upper": st.just(0.3),
        "threshold": st.just(1.0),
        "value": st.just(2.0),
        "per_channel": st.booleans(),
        "track_running_stats": st.booleans(),
    }
    kind: Any = KINDS[name]
    return st.builds(kind, **{f: s for f, s in given.items() if f in kind.__match_args__})


def _on_any_shape(name: str) -> st.SearchStrategy[Case]:
    layers = _ALONE[name] if name in _ALONE else _plain(name)
    shapes = test_attention.tokens if name == "attention" else _SHAPES
    return st.tuples(layers, st.tuples(shapes))


def _one_input(case: tuple[Any, tuple[int, ...]]) -> Case:
    return case[0], (case[1],)


def _several(case: tuple[Any, Sequence[tuple[int, ...]]]) -> Case:
    return case[0], tuple(case[1])


def _is(name: str) -> Any:
    return lambda case: isinstance(case[0], KINDS[name])


def cases(name: str) -> st.SearchStrategy[Case]:
    """Examples of one kind."""
    if name in _WITH_SHAPE:
        return _WITH_SHAPE[name].filter(_is(name)).map(_one_input)
    if name in ("add", "mul"):
        return st.tuples(_plain(name), test_merge.broadcasts()).map(_several)
    if name == "cat":
        return test_merge.joins().map(_several)
    if name == "split":
        one_way = st.tuples(test_slice.one_way, test_slice.shapes)
        return st.one_of(one_way, test_slice.cuts_into_pieces()).map(_one_input)
    return _on_any_shape(name)
