"""ptflops's table of ResNet-50."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from tests.zoo.reference import REFERENCES

ptflops: Any = import_module("ptflops")

network = REFERENCES["resnet50"]
print(*ptflops.get_model_complexity_info(network.build(), network.input))
