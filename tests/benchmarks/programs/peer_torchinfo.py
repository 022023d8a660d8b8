"""torchinfo's table of ResNet-50."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from tests.zoo.reference import REFERENCES

torchinfo: Any = import_module("torchinfo")

network = REFERENCES["resnet50"]
torchinfo.summary(network.build(), input_size=(1, *network.input))
