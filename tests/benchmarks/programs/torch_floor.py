"""The least that can be verified against: import torch, build ResNet-50, one forward pass."""

import torch

from tests.zoo.reference import REFERENCES

reference = REFERENCES["resnet50"]
model = reference.build().eval()
with torch.no_grad():
    model(torch.zeros(1, *reference.input))
