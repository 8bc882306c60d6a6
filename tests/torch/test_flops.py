"""The cost that the text states is the cost that torch counts."""

import pytest
import torch
from nets import EXAMPLES, NETS, load, weightless
from torch.utils.flop_counter import FlopCounterMode

import resdsl

# With sizes left open the cost is a formula, no number.
COUNTED = [name for name, example in NETS.items() if not example.open_sizes]


@pytest.mark.parametrize("name", COUNTED)
def test_twice_the_macs_are_torchs_flops(name: str) -> None:
    """Convolutions and matrix products, exactly; nothing runs on the meta device."""
    x = torch.empty(1, *NETS[name].shape, device="meta")
    model = weightless(name).eval()
    with torch.no_grad(), FlopCounterMode(display=False) as counter:
        model(x)
    assert load(name).macs * 2 == counter.get_total_flops()


def test_resnet_50_costs_what_everyone_knows() -> None:
    net = load("resnet50")
    assert net.params == 25_557_032
    assert net.macs == 4_089_184_256
    assert f"{net.macs / 1e9:.2f}" == "4.09"


def test_every_example_is_held_to_this() -> None:
    """A net added to `examples/` is added to the table in `nets.py`."""
    nets = {
        net.name: (file.name, net.input_shape)
        for file in sorted(EXAMPLES.glob("*.res"))
        for net in resdsl.check(file.read_bytes()).nets
    }
    table = {name: (example.file, example.shape) for name, example in NETS.items()}
    assert nets.keys() == table.keys()
    assert all(nets[name] == table[name] for name in COUNTED)
