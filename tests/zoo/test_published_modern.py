"""What papers print of the networks after the classics; where one contradicts its own architecture, what that gives."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest

from cnncalc.analysis import analyse
from cnncalc.loader import load
from cnncalc.passes.receptive_field import receptive_fields
from tests.zoo.printed import analysed, is_cut, is_rounded, macs, number, params


@pytest.mark.parametrize(
    ("member", "exact"),
    [
        ("squeezenet1_0", 1_248_424),  # Iandola et al. 2016, table 1
        ("xception", 22_855_952),  # Chollet 2017, table 3
    ],
)
def test_parameters_to_the_last_digit(member: str, exact: int) -> None:
    assert params(member) == exact


@pytest.mark.parametrize(
    ("member", "printed"),
    [
        # Huang et al. 2017, section 4.4
        ("densenet201", "20M"),
        # Ma et al. 2018, table 5
        *(("shufflenet_v2_x0_5", "1.4M"), ("shufflenet_v2_x1_0", "2.3M")),
        *(("shufflenet_v2_x1_5", "3.5M"), ("shufflenet_v2_x2_0", "7.4M")),
        # Tan & Le 2019, table 2
        *(("efficientnet_b0", "5.3M"), ("efficientnet_b1", "7.8M"), ("efficientnet_b3", "12M")),
        *(("efficientnet_b4", "19M"), ("efficientnet_b5", "30M"), ("efficientnet_b6", "43M")),
        ("efficientnet_b7", "66M"),
        # Radosavovic et al. 2020, figures 16 and 17
        *(("regnet_x_800mf", "7.3M"), ("regnet_x_1_6gf", "9.2M"), ("regnet_x_3_2gf", "15.3M")),
        *(("regnet_x_8gf", "39.6M"), ("regnet_x_16gf", "54.3M"), ("regnet_x_32gf", "107.8M")),
        *(("regnet_y_400mf", "4.3M"), ("regnet_y_1_6gf", "11.2M"), ("regnet_y_3_2gf", "19.4M")),
        *(("regnet_y_16gf", "83.6M"), ("regnet_y_32gf", "145.0M")),
        # Liu et al. 2022, table 1
        *(("convnext_tiny", "29M"), ("convnext_small", "50M")),
        *(("convnext_base", "89M"), ("convnext_large", "198M")),
    ],
)
def test_parameters(member: str, printed: str) -> None:
    assert is_rounded(params(member), printed)


@pytest.mark.parametrize(
    ("member", "printed"),
    [
        # Tan & Le 2019, table 2
        *(("efficientnet_b0", "0.39B"), ("efficientnet_b2", "1.0B"), ("efficientnet_b3", "1.8B")),
        ("efficientnet_b6", "19B"),
        # Radosavovic et al. 2020, figures 16 and 17
        *(("regnet_x_800mf", "0.8B"), ("regnet_x_1_6gf", "1.6B"), ("regnet_x_3_2gf", "3.2B")),
        *(("regnet_x_8gf", "8.0B"), ("regnet_x_16gf", "15.9B"), ("regnet_x_32gf", "31.7B")),
        *(("regnet_y_400mf", "0.4B"), ("regnet_y_1_6gf", "1.6B"), ("regnet_y_3_2gf", "3.2B")),
        *(("regnet_y_16gf", "15.9B"), ("regnet_y_32gf", "32.3B")),
        # Liu et al. 2022, table 1
        *(("convnext_tiny", "4.5B"), ("convnext_small", "8.7B")),
        *(("convnext_base", "15.4B"), ("convnext_large", "34.4B")),
        # Ding et al. 2021, tables 4 and 5
        *(("repvgg_a0_deploy", "1.4B"), ("repvgg_a1_deploy", "2.4B"), ("repvgg_a2_deploy", "5.1B")),
        *(("repvgg_b0_deploy", "3.1B"), ("repvgg_b1_deploy", "11.8B"), ("repvgg_b1g2_deploy", "8.8B")),
        *(("repvgg_b1g4_deploy", "7.3B"), ("repvgg_b2_deploy", "18.4B"), ("repvgg_b2g4_deploy", "11.3B")),
        *(("repvgg_b3_deploy", "26.2B"), ("repvgg_b3g4_deploy", "16.1B")),
    ],
)
def test_multiply_accumulates(member: str, printed: str) -> None:
    assert is_rounded(macs(member), printed)


@pytest.mark.parametrize(
    ("member", "printed"),
    [
        *(("a0", "8.30M"), ("a1", "12.78M"), ("a2", "25.49M"), ("b0", "14.33M"), ("b1", "51.82M")),
        *(("b1g2", "41.36M"), ("b1g4", "36.12M"), ("b2", "80.31M"), ("b2g4", "55.77M")),
        *(("b3", "110.96M"), ("b3g4", "75.62M")),
    ],
)
def test_parameters_of_repvgg_are_cut(member: str, printed: str) -> None:
    """Ding et al. 2021, tables 4 and 5, of the deployed networks."""
    assert is_cut(params(f"repvgg_{member}_deploy"), printed)


@pytest.mark.parametrize(
    ("member", "widths", "paper", "torchvisions"),
    [
        ("regnet_x_400mf", {"w4": 384}, "5.2M", "5.5M"),
        ("regnet_y_800mf", {"w2": 128, "w4": 768}, "6.3M", "6.4M"),
        ("regnet_y_8gf", {"w1": 168}, "39.2M", "39.4M"),
    ],
)
def test_regnets_whose_widths_torchvision_rounds_otherwise(
    member: str, widths: dict[str, int], paper: str, torchvisions: str
) -> None:
    """Radosavovic et al. 2020, figures 16 and 17: widths become multiples of the group's, by another rule than torchvision's."""
    as_printed = analyse(load(member, settings=widths)).totals
    assert is_rounded(number(as_printed.params), paper)
    assert is_rounded(params(member), torchvisions)


def test_efficientnet_b2_has_fewer_parameters_than_printed() -> None:
    """Tan & Le 2019, table 2, prints 9.2M; the scaling of its own code makes 9.1M, with the running statistics 9.2M."""
    totals = analysed("efficientnet_b2").totals
    assert is_rounded(number(totals.params), "9.1M")
    assert is_rounded(number(totals.params + totals.buffers), "9.2M")


@pytest.mark.parametrize(
    ("member", "size", "printed", "counted"),
    [
        # Redmon & Farhadi 2016, section 3
        ("darknet19", "3x224x224", "5.58B", "5.58B"),
        # Redmon & Farhadi 2018, table 2; the larger one's own table 1 comes to less
        ("darknet19", "3x256x256", "7.29B", "7.29B"),
        ("darknet53", "3x256x256", "18.7B", "18.57B"),
    ],
)
def test_operations_of_darknet(member: str, size: str, printed: str, counted: str) -> None:
    """A multiplication and an addition are two operations."""
    operations = 2 * number(analyse(load(member, input_size=size)).totals.macs)
    assert is_rounded(operations, counted)
    assert is_rounded(operations, printed) == (counted == printed)


def test_squeeze_and_excitation_of_se_resnet50() -> None:
    """Hu et al. 2018, equation 5: 2/r·ΣN·C² weights, about 2.5 million, beside the biases of both layers."""
    stages = ((3, 256), (4, 512), (6, 1024), (3, 2048))
    weights = Fraction(2, 16) * sum(n * c**2 for n, c in stages)
    biases = sum(n * (c + c // 16) for n, c in stages)
    assert params("se_resnet50") - params("resnet50") == weights + biases
    assert is_rounded(int(weights), "2.5M")


def test_unet_as_drawn() -> None:
    """Ronneberger et al. 2015, figure 1: sizes after every pair of convolutions; section 2: 23 layers with weights."""
    rows = analysed("unet").rows
    pairs = [row.output.dims for row in rows if row.name.endswith(".conv2")]
    assert pairs == [
        *((64, 568, 568), (128, 280, 280), (256, 136, 136), (512, 64, 64), (1024, 28, 28)),
        *((512, 52, 52), (256, 100, 100), (128, 196, 196), (64, 388, 388)),
    ]
    assert analysed("unet").output.dims == (2, 388, 388)
    assert sum(bool(row.weights) for row in rows) == 23


def test_fcn_as_printed() -> None:
    """Long et al. 2015, table 1: 134M parameters before upsampling, receptive fields of 404, stride 32."""
    upsampling = sum(number(r.totals.params) for r in analysed("fcn32s").rows if r.name.endswith("upscore"))
    assert is_rounded(params("fcn32s") - upsampling, "134M")
    (scored,) = [found for found in receptive_fields(load("fcn32s")) if found.node.name == "net.score"]
    for field in scored.fields:
        assert (field.size, field.jump) == (404, 32)


def centres(member: str) -> dict[str, tuple[Fraction, Fraction]]:
    """Where the first unit of a node is centred in the image, and how far the next one is off; where that is known."""
    found = {}
    for each in receptive_fields(load(member)):
        field: Any = each.fields[0]
        if field.basis == "affine":
            found[each.node.name] = (field.start + Fraction(field.size - 1, 2), Fraction(field.jump))
    return found


@pytest.mark.parametrize(("stride", "crops"), [(32, 0), (16, 1), (8, 2)])
def test_fcn_crops_to_where_the_image_is(stride: int, crops: int) -> None:
    """A transposed kernel of 2s with stride s puts its middle s − 1/2 behind where it begins: so far is the image off."""
    known = centres(f"fcn{stride}s")
    centre, jump = known["net.score"]
    for i in range(crops):
        centre, jump = centre - jump * Fraction(3, 4), jump / 2
        assert known[f"net.crop{i + 1}.select2"] == (centre, jump)
    last: Any = load(f"fcn{stride}s").nodes[-1].layer
    assert jump == stride
    assert centre - stride + Fraction(1, 2) == -last.start


def test_dcgan_generator_as_drawn() -> None:
    """Radford et al. 2016, figure 1."""
    assert [row.output.dims for row in analysed("dcgan_generator").rows if row.kind == "tconv"] == [
        *((1024, 4, 4), (512, 8, 8), (256, 16, 16), (128, 32, 32), (3, 64, 64)),
    ]


def test_the_networks_of_courses_by_hand() -> None:
    """Weights and a bias for each filter or unit."""
    assert params("cifar10_convnet") == 16 * (75 + 1) + 20 * (400 + 1) + 20 * (500 + 1) + 10 * (320 + 1)
    assert params("cifar10_mlp") == 50 * (3072 + 1) + 10 * (50 + 1)
