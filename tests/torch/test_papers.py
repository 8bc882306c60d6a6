"""The papers' networks: the parameters that the text promises and the module has.

The exact integers are counted here from the papers' own tables, by the three rules
below, and rounded as the papers print them.
"""

import pytest
import torch
from nets import NETS, OPTION_A, PREACT, images, load, weightless
from torch import nn

CLASSES = 10


def conv(size: int, inputs: int, outputs: int) -> int:
    """A convolution has no bias: a batch norm follows, or it is a pre-activation."""
    return size * size * inputs * outputs


def norm(channels: int) -> int:
    return 2 * channels


def linear(inputs: int) -> int:
    return (inputs + 1) * CLASSES


def option_a(depth: int) -> int:
    """He et al. 2015, section 4.2: 6n + 2 layers; option A costs no parameter."""
    units, rest = divmod(depth - 2, 6)
    assert rest == 0
    total, channels = conv(3, 3, 16) + norm(16), 16
    for width in (16, 32, 64):
        for _ in range(units):
            total += conv(3, channels, width) + norm(width)
            total += conv(3, width, width) + norm(width)
            channels = width
    return total + linear(channels)


def wide(depth: int, factor: int) -> int:
    """Zagoruyko & Komodakis 2016, table 1: 6n + 4 layers, pre-activation, B(3,3)."""
    units, rest = divmod(depth - 4, 6)
    assert rest == 0
    total, channels = conv(3, 3, 16), 16
    for width in (16 * factor, 32 * factor, 64 * factor):
        for _ in range(units):
            total += norm(channels) + conv(3, channels, width)
            total += norm(width) + conv(3, width, width)
            total += conv(1, channels, width) if channels != width else 0
            channels = width
    return total + norm(channels) + linear(channels)


def preact(depth: int, norms: bool = True) -> int:
    """He et al. 2016: 9n + 2 layers of bottlenecks; W_s where the channels change."""
    units, rest = divmod(depth - 2, 9)
    assert rest == 0
    total, channels = conv(3, 3, 16), 16
    for width in (16, 32, 64):
        for _ in range(units):
            outputs = 4 * width
            total += conv(1, channels, width)
            total += conv(3, width, width)
            total += conv(1, width, outputs)
            total += norm(channels) + 2 * norm(width) if norms else 0
            total += conv(1, channels, outputs) if channels != outputs else 0
            channels = outputs
    return total + (norm(channels) if norms else 0) + linear(channels)


# The net, its parameters counted as above, and in millions as the paper prints them.
PAPERS = (
    ("resnet20", option_a(20), 269_722, "0.27"),
    ("resnet32", option_a(32), 464_154, "0.46"),
    ("resnet44", option_a(44), 658_586, "0.66"),
    ("resnet56", option_a(56), 853_018, "0.85"),
    ("resnet110", option_a(110), 1_727_962, "1.7"),
    ("resnet1202", option_a(1202), 19_421_274, "19.4"),
    ("wrn28_10", wide(28, 10), 36_479_194, "36.5"),
    ("preresnet164", preact(164), 1_703_258, "1.7"),
    # The paper prints 10.2 here: see the next test but one.
    ("preresnet1001", preact(1001), 10_327_706, "10.3"),
)


def in_millions(parameters: int, printed: str) -> str:
    """Rounded to as many digits as the paper prints."""
    digits = len(printed.partition(".")[2])
    return f"{parameters / 1e6:.{digits}f}"


def parameters(model: nn.Module) -> int:
    return sum(parameter.numel() for parameter in model.parameters())


@pytest.mark.parametrize(("name", "counted", "exact", "printed"), PAPERS)
def test_parameters_are_the_papers(
    name: str, counted: int, exact: int, printed: str
) -> None:
    assert counted == exact
    assert in_millions(exact, printed) == printed
    assert load(name).params == exact, "the text promises another number"
    assert parameters(weightless(name)) == exact, "the module has another number"


@pytest.mark.parametrize(("name", "printed"), [(PREACT[0], "1.7"), (PREACT[1], "10.2")])
def test_the_preactivation_paper_counts_no_batch_norm(name: str, printed: str) -> None:
    """10.2 M for 1001 layers is the author's own layout without scales and shifts."""
    affine = sum(
        parameters(module)
        for module in weightless(name).modules()
        if isinstance(module, nn.BatchNorm2d)
    )
    without = load(name).params - affine
    depth = int(name.removeprefix("preresnet"))
    assert without == preact(depth, norms=False)
    assert in_millions(without, printed) == printed


@pytest.mark.parametrize("name", [*OPTION_A, *PREACT, "wrn28_10"])
def test_the_number_in_a_name_is_its_depth(name: str) -> None:
    """Convolutions and the classifier count; WRN's authors count W_s with them."""
    modules = weightless(name).named_modules()
    layers = [key for key, m in modules if isinstance(m, nn.Conv2d | nn.Linear)]
    main = [key for key in layers if "downsample" not in key.split(".")]
    if name == "wrn28_10":
        assert len(layers) == 28 + 1
        assert len(main) == 28 - 2
    else:
        assert len(main) == int(name.removeprefix("pre").removeprefix("resnet"))


@pytest.mark.parametrize("name", [entry[0] for entry in PAPERS])
def test_the_module_runs(name: str) -> None:
    """Forward at 32 x 32, with the batch's own statistics.

    By the initial ones each unit doubles the variance: 600 of them overflow float32.
    """
    model = load(name).build("torch").train()
    with torch.no_grad():
        output = model(images(name, batch=2))
    assert output.shape == (2, CLASSES) == (2, *load(name).output_shape)
    assert torch.isfinite(output).all()


def test_plain_34_is_resnet_34_without_its_shortcuts() -> None:
    """Figure 3 of the paper: 3.6 billion multiply-adds for one as for the other.

    ResNet-34 by option B, as published, has three projections more and nothing else;
    option A, the figure's, has the plain net's numbers exactly.
    """
    plain, residual = load("plain34"), load("resnet34")
    stages = ((64, 128, 28), (128, 256, 14), (256, 512, 7))
    weights = sum(conv(1, inputs, width) for inputs, width, _ in stages)
    norms = sum(norm(width) for _, width, _ in stages)
    macs = sum(conv(1, inputs, width) * side**2 for inputs, width, side in stages)
    assert residual.params - plain.params == weights + norms
    assert residual.macs - plain.macs == macs
    assert plain.params == parameters(weightless("plain34")) == 21_623_848
    assert residual.params == parameters(weightless("resnet34")) == 21_797_672
    assert f"{plain.macs / 1e9:.1f}" == "3.6"
    assert int(residual.macs / 1e8) == 36, "3.66, of which 0.02 are the projections"

    model = load("plain34").build("torch").eval()
    with torch.no_grad():
        assert model(images("plain34", batch=1, size=32)).shape == (1, 1000)
    assert not [key for key in model.state_dict() if "downsample" in key]


@pytest.mark.parametrize("name", NETS)
def test_text_and_module_agree_on_every_net(name: str) -> None:
    net = load(name)
    assert net.params == parameters(weightless(name))
    assert tuple(net.output_shape) == (NETS[name].classes,)
