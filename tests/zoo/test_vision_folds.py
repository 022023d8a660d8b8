"""A checkpoint of torchvision's is folded by the names of its tensors, from the command line."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from tests.console import run
from tests.zoo.test_vision import randomised
from tests.zoo.vision import torchvision


@pytest.mark.parametrize(
    "member",
    ["resnet50", "mobilenet_v2", "densenet121", "efficientnet_b0", "convnext_tiny"],
)
def test_a_state_dict_of_torchvision_is_folded(member: str, tmp_path: Path) -> None:
    with torch.random.fork_rng(), torch.no_grad():
        torch.manual_seed(0)
        model = randomised(torchvision.models.get_model(member, weights=None))
    torch.save(model.state_dict(), tmp_path / "theirs.pth")
    ran = run(
        *("fold", member, "--input", "3x64x64"),
        *("--weights", "theirs.pth", "--output", "folded.safetensors"),
        folder=tmp_path,
    )
    assert ran.code == 0, ran.err
    assert (tmp_path / "folded.safetensors").stat().st_size > 1_000_000
