"""The picture of a convolution as a matrix product, against torch's own unfolding."""

from __future__ import annotations

from typing import Any

import torch
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from torch.nn import functional

from cnncalc import analyse, load
from cnncalc.layers import Layer
from cnncalc.report.explain import QUANTITIES, explain
from cnncalc.report.explain.text import document_as_text
from cnncalc.report.style import Style
from tests.layers.test_conv import convolutions
from tests.layers.twin import Twin, answer
from tests.report.test_explain import placed


@settings(max_examples=120, deadline=None)
@given(convolutions().filter(lambda case: len(case[1]) == 3))
def test_the_matrix_is_as_large_as_torchs(case: tuple[Layer, tuple[int, ...]]) -> None:
    layer, shape = case
    assume(answer(layer, [shape]) is not None)
    of = placed(layer, (shape,))
    part = QUANTITIES["im2col"](of)
    module: Any = Twin(layer.torch_call(of.inputs[0])).module
    padded = any(module._reversed_padding_repeated_twice)
    if padded and module.padding_mode != "zeros":
        assert part is None
        return
    assert part is not None
    x = functional.pad(torch.zeros(1, *shape), module._reversed_padding_repeated_twice)
    matrix = functional.unfold(x, module.kernel_size, module.dilation, 0, module.stride)
    assert part.value == 4 * matrix.numel()


def test_it_is_told_on_request_only() -> None:
    network = load("3x9x9 conv3-8,p1")
    usual = document_as_text(explain(network, analyse(network)), Style())
    asked = document_as_text(explain(network, analyse(network), quantities=["im2col"]), Style())
    assert "im2col" not in usual
    assert "weights 8x27 times windows 27x81 gives 8x81" in asked


@settings(max_examples=30, deadline=None)
@given(st.integers(1, 3), st.integers(1, 3), st.integers(1, 4), st.integers(1, 3))
def test_the_product_of_the_pictured_matrices_is_the_convolution(k: int, c: int, out: int, g: int) -> None:
    """Their sizes fit, and torch computes the convolution so."""
    network = load(f"{c * g}x7x6 conv{k}-{out * g},g{g},nobias")
    text = document_as_text(explain(network, analyse(network), quantities=["im2col"]), Style())
    x, weight = torch.rand(1, c * g, 7, 6), torch.rand(out * g, c, k, k)
    windows = functional.unfold(x, k).view(g, c * k * k, -1)
    y = torch.bmm(weight.view(g, out, -1), windows)
    told = f"weights {out}x{c * k * k} times windows {c * k * k}x{y.shape[2]} gives {out}x{y.shape[2]}"
    assert " ".join(told.split()) in " ".join(text.split())
    torch.testing.assert_close(y.flatten(), functional.conv2d(x, weight, groups=g).flatten())
