"""fvcore's table of ResNet-50."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import torch

from tests.zoo.reference import REFERENCES

fvcore: Any = import_module("fvcore.nn")

network = REFERENCES["resnet50"]
print(
    fvcore.flop_count_table(fvcore.FlopCountAnalysis(network.build().eval(), torch.zeros(1, *network.input)))
)
