"""What papers print of the classics, at the digits printed; where one contradicts itself, what its architecture gives.

Numbers are rounded, or cut, in print: each stands with the way that its source takes.
"""

from __future__ import annotations

import pytest

from cnncalc.analysis import Row, analyse
from cnncalc.loader import load
from cnncalc.passes.receptive_field import receptive_fields
from tests.zoo.printed import analysed, is_cut, is_printed, is_rounded, macs, number, params


def plain(member: str) -> int:
    """Parameters without those of normalisations, as some authors count."""
    return params(member) - sum(
        number(row.totals.params) for row in analysed(member).rows if row.kind == "bn"
    )


@pytest.mark.parametrize(
    ("member", "printed"),
    [
        # Simonyan & Zisserman 2014, table 2
        *(("vgg11", "133M"), ("vgg11_lrn", "133M"), ("vgg13", "133M")),
        *(("vgg16_1x1", "134M"), ("vgg16", "138M"), ("vgg19", "144M")),
        # Zagoruyko & Komodakis 2016, table 8
        *(("resnet50", "25.6M"), ("resnet101", "44.5M"), ("resnet152", "60.2M")),
        *(("wide_resnet50_2", "68.9M"), ("preresnet200", "64.7M")),
        # He et al. 2015, table 6
        *(("cifar_resnet20", "0.27M"), ("cifar_resnet32", "0.46M"), ("cifar_resnet44", "0.66M")),
        *(("cifar_resnet56", "0.85M"), ("cifar_resnet110", "1.7M")),
        # He et al. 2016, table 4
        *(("preresnet110_cifar", "1.7M"), ("preresnet164_cifar", "1.7M")),
        # Xie et al. 2016, table 1
        ("resnext50_32x4d", "25.0M"),
        # Howard et al. 2019, table 3; the table beside the authors' code prints 2.9M
        ("mobilenet_v3_small", "2.5M"),
        # Howard et al. 2017, tables 6 and 7
        *(("mobilenet_v1", "4.2M"), ("mobilenet_v1_075", "2.6M")),
        *(("mobilenet_v1_050", "1.3M"), ("mobilenet_v1_025", "0.5M")),
    ],
)
def test_parameters(member: str, printed: str) -> None:
    assert is_rounded(params(member), printed)


@pytest.mark.parametrize(
    ("member", "printed"),
    [
        # the table of checkpoints beside the authors' code; the paper's table 4 prints 3.4M and 6.9M for the first and the second
        *(("mobilenet_v2", "3.47M"), ("mobilenet_v2_140", "6.06M"), ("mobilenet_v2_130", "5.34M")),
        *(("mobilenet_v2_075", "2.61M"), ("mobilenet_v2_050", "1.95M"), ("mobilenet_v2_035", "1.66M")),
        # He et al. 2016, table 4
        ("preresnet1001_cifar", "10.2M"),
    ],
)
def test_parameters_without_those_of_normalisations(member: str, printed: str) -> None:
    assert is_rounded(plain(member), printed)


@pytest.mark.parametrize(
    ("member", "printed"),
    [
        # He et al. 2015, table 1; the 34 layers with shortcuts that have no parameters (section 3.3)
        *(("resnet18", "1.8B"), ("resnet34_plain", "3.6B")),
        *(("resnet101_2015", "7.6B"), ("resnet152_2015", "11.3B")),
        # the same paper's section 3.3, of the VGG network with 19 layers
        ("vgg19", "19.6B"),
        # Xie et al. 2016, table 1
        ("resnext50_32x4d", "4.2B"),
        # the table of checkpoints beside the authors' code
        *(("mobilenet_v2_140", "582M"), ("mobilenet_v2_130", "509M"), ("mobilenet_v2_075", "209M")),
        *(("mobilenet_v2_050", "97M"), ("mobilenet_v2_035", "59M"), ("mobilenet_v3_large", "217M")),
    ],
)
def test_multiply_accumulates(member: str, printed: str) -> None:
    assert is_rounded(macs(member), printed)


@pytest.mark.parametrize(
    ("count", "printed"),
    [
        (params("alexnet_2012"), "60M"),  # Krizhevsky et al. 2012, abstract
        (macs("resnet50_2015"), "3.8B"),  # He et al. 2015, table 1
        (macs("mobilenet_v2"), "300M"),  # Sandler et al. 2018, table 4
        (params("mobilenet_v3_large"), "5.4M"),  # Howard et al. 2019, table 3
        (macs("mobilenet_v3_small"), "56M"),  # the same table; the one beside the authors' code prints 66M
        (macs("inception_v3"), "5B"),  # Szegedy et al. 2015, section 6
    ],
)
def test_numbers_that_were_cut(count: int, printed: str) -> None:
    assert is_cut(count, printed)
    assert not is_rounded(count, printed)


@pytest.mark.parametrize(
    ("quarters", "suffix", "printed", "agreeing"),
    [
        (4, "", ("569M", "418M", "291M", "186M"), "yes yes yes yes"),
        (3, "_075", ("317M", "233M", "162M", "104M"), "no no no no"),
        (2, "_050", ("150M", "110M", "77M", "49M"), "no yes yes yes"),
        (1, "_025", ("41M", "34M", "21M", "14M"), "yes no yes yes"),
    ],
)
def test_mobilenet_v1_in_every_width_and_resolution(
    quarters: int, suffix: str, printed: tuple[str, ...], agreeing: str
) -> None:
    """Table 1 summed up, beside the table of checkpoints that stands by the authors' code.

    That table contradicts the paper's table 6 (325 and 149 million for the widths 0.75 and 0.5), and what table 1
    comes to, where it says no.
    """
    members = [f"mobilenet_v1{suffix}{resolution}" for resolution in ("", "_192", "_160", "_128")]
    counts = [macs(member) for member in members]
    assert counts == [mobilenet_v1_macs(quarters, side) for side in (7, 6, 5, 4)]
    assert [is_rounded(*pair) for pair in zip(counts, printed, strict=True)] == [
        word == "yes" for word in agreeing.split()
    ]
    assert {params(member) for member in members} == {params(members[0])}


def mobilenet_v1_macs(quarters: int, side: int) -> int:
    """Table 1 summed up for widths in quarters, on a last map of side x side.

    Its last depthwise convolution is printed with stride 2, but neither its input nor its output is larger than the
    other: it has stride 1.
    """
    channels = [8 * quarters * n for n in (1, 2, 4, 4, 8, 8, *[16] * 6, 32, 32)]
    maps = [(side * s) ** 2 for s in (16, 16, 8, 8, 4, 4, *[2] * 6, 1, 1)]
    pairs = zip(channels, channels[1:], maps[1:], strict=False)
    separable = sum((9 * c + c * k) * area for c, k, area in pairs)
    return 27 * channels[0] * maps[0] + separable + 1000 * channels[-1]


def test_mobilenet_v1_as_the_paper_prints_it() -> None:
    """Howard et al. 2017, tables 6 and 7; 149 and 290 are cut, 149.5 and 290.7 million being meant."""
    printed = {
        "": "569M",
        "_075": "325M",
        "_050": "149M",
        "_025": "41M",
        "_192": "418M",
        "_160": "290M",
        "_128": "186M",
    }
    for suffix, millions in printed.items():
        assert is_printed(macs(f"mobilenet_v1{suffix}"), millions), suffix


@pytest.mark.parametrize(
    ("member", "size", "padding"),
    [
        *(("alexnet", 195, None), ("vgg16", 212, 90), ("mobilenet_v1", 315, None)),
        *(("resnet50_2015", 483, None), ("resnet101_2015", 1027, None), ("resnet152_2015", 1507, None)),
        *(("preresnet200", 1763, None), ("inception_v3", 1311, 618)),
    ],
)
def test_receptive_fields(member: str, size: int, padding: int | None) -> None:
    """Araujo et al., Computing Receptive Fields, Distill 2019, table 2: of the last map; all have the effective stride 32.

    The effective paddings of most are TensorFlow's, which pads strided layers otherwise.
    """
    nodes = receptive_fields(load(member))
    last = [found for found in nodes if found.node.output.rank == 3 and found.node.output.dims[1] != 1][-1]
    for field in last.fields:
        assert (field.size, field.jump) == (size, 32)
        assert padding is None or field.padding == padding


def weighted(member: str) -> int:
    """Convolutions and dense layers."""
    return sum(len(row.weights) > 0 and len(row.weights[0].shape) > 1 for row in analysed(member).rows)


@pytest.mark.parametrize(
    ("member", "depth", "projections"),
    [
        *(("vgg11", 11, 0), ("vgg13", 13, 0), ("vgg16", 16, 0), ("vgg16_1x1", 16, 0), ("vgg19", 19, 0)),
        *(("resnet18", 18, 3), ("resnet34", 34, 3), ("resnet18_plain", 18, 0), ("resnet34_plain", 34, 0)),
        *(("resnet50", 50, 4), ("resnet101_2015", 101, 4), ("resnet152", 152, 4)),
        *(("resnext50_32x4d", 50, 4), ("resnext101_32x4d", 101, 4), ("wide_resnet101_2", 101, 4)),
        *(("preresnet18", 18, 3), ("preresnet34", 34, 3), ("preresnet50", 50, 4)),
        *(("preresnet101", 101, 4), ("preresnet152", 152, 4), ("preresnet200", 200, 4)),
        *(("preresnet110_cifar", 110, 0), ("preresnet164_cifar", 164, 3), ("preresnet1001_cifar", 1001, 3)),
        *((f"cifar_resnet{n}", n, 0) for n in (20, 32, 44, 56, 110)),
        *((f"cifar_resnet{n}_b", n, 2) for n in (20, 32, 44, 56, 110)),
        *((f"cifar_resnet{n}_plain", n, 0) for n in (20, 32, 44, 56, 110)),
    ],
)
def test_names_tell_the_depth(member: str, depth: int, projections: int) -> None:
    """Layers with weights from the input to the output; projections are beside them."""
    assert weighted(member) == depth + projections


def test_shortcuts_of_option_a_have_no_parameters() -> None:
    """He et al. 2015, section 4.2: exactly the same depth, width, and number of parameters as the plain counterparts."""
    for depth in (20, 32, 44, 56, 110):
        member = f"cifar_resnet{depth}"
        assert (
            params(member)
            == params(f"{member}_plain")
            == params(f"{member}_b") - (16 + 2) * 32 - (32 + 2) * 64
        )
        assert macs(member) == macs(f"{member}_plain")


def test_a_dense_head_costs_the_same_as_convolutions() -> None:
    for member in ("vgg11", "vgg13", "vgg16", "vgg19"):
        assert params(f"{member}_conv") == params(member)
        assert macs(f"{member}_conv") == macs(member)
        assert analysed(f"{member}_conv").output.dims == (1000, 1, 1)


def test_a_head_of_convolutions_takes_larger_images() -> None:
    larger = analyse(load("vgg16_conv", input_size="3x384x512"))
    assert larger.output.dims == (1000, 6, 10)
    assert larger.totals.params == params("vgg16")


def test_local_response_normalisation_learns_nothing() -> None:
    assert params("vgg11_lrn") == params("vgg11")


def elements(rows: list[Row]) -> list[int]:
    return [number(row.output.elements) for row in rows]


def test_alexnet_has_the_neurons_of_its_figure() -> None:
    """Krizhevsky et al. 2012, figure 2: 253,440–186,624–64,896–64,896–43,264–4096–4096–1000 neurons.

    The first contradicts the 96 kernels with stride 4: on 55x55 positions, they are 290,400.
    """
    neurons = elements([row for row in analysed("alexnet_2012").rows if row.kind in ("conv", "linear")])
    assert neurons == [55 * 55 * 96, 186_624, 64_896, 64_896, 43_264, 4096, 4096, 1000]


def test_vgg_16_has_58_megabytes_of_activations() -> None:
    """A course's table says 24M numbers, 93 MB, for an image; its own rows sum to 15.2M, which are 58 MiB."""
    rows = [row for row in analysed("vgg16").rows if row.kind in ("conv", "maxpool", "linear")]
    stages = ((224, 64, 2), (112, 128, 2), (56, 256, 3), (28, 512, 3), (14, 512, 3))
    convolved = sum(count * side * side * width for side, width, count in stages)
    pooled = sum((side // 2) ** 2 * width for side, width, _ in stages)
    assert sum(elements(rows)) == convolved + pooled + 4096 + 4096 + 1000
    total = sum(elements(rows)) + 3 * 224 * 224
    assert total == 15_237_608
    assert round(4 * total / 2**20) == 58
