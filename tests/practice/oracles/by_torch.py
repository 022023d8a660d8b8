"""Small tensors of exact numbers, to torch and back."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import torch

from cnncalc.practice.answers import Matrix

torch.set_num_threads(1)


def tensor(rows: Sequence[Any]) -> torch.Tensor:
    """Numbers, or fractions as texts, nested as they are."""
    return torch.tensor(_floats(rows), dtype=torch.float64)


def _floats(value: Any) -> Any:
    return [_floats(one) for one in value] if isinstance(value, list | tuple) else float(Fraction(value))


def exactly(value: float | torch.Tensor) -> Fraction:
    """The fraction that a result is meant to be: exams have none with larger denominators."""
    found = Fraction(float(value)).limit_denominator(20_000)
    assert abs(found - Fraction(float(value))) < Fraction(1, 10**10)
    return found


def matrix(values: torch.Tensor) -> Matrix:
    """A tensor of two axes, or of one as a row."""
    rows = values if values.dim() == 2 else values[None]
    return Matrix(tuple(tuple(exactly(v) for v in row) for row in rows.tolist()))
