"""What people do to a module: other devices, formats, precisions, files, processes."""

import copy
import pickle
from collections.abc import Callable
from functools import partial
from pathlib import Path
from types import ModuleType
from typing import NamedTuple

import pytest
import torch
from measure import calibrate, differing, gradients, relative
from nets import class_of, images, imported, load
from safetensors.torch import load_file, save_file
from torch import Tensor, nn
from torch.distributed.algorithms._checkpoint.checkpoint_wrapper import (
    apply_activation_checkpointing,
    checkpoint_wrapper,
)
from torch.utils.checkpoint import checkpoint

# A deep net with random weights multiplies what float32 rounds off: by 400 for this
# ResNet-50. One step of a wrong number is still far above this.
ROUNDING = 1e-4

# Picture sizes that leave more than one pixel for the last block.
SIZES = {"resnet18": 64, "resnet50": 64, "resnet20": 32}


class Case(NamedTuple):
    """A generated file, imported, and a calibrated network that nobody changes."""

    name: str
    module: ModuleType
    model: nn.Module
    x: Tensor

    def new(self) -> nn.Module:
        return class_of(self.module, self.name)()

    def copy(self) -> nn.Module:
        return copy.deepcopy(self.model)

    def blocks(self, model: nn.Module) -> list[nn.Module]:
        found = [part for part in model.modules() if isinstance(part, self.blocks_of())]
        assert found, "no module is an instance of BLOCKS"
        return found

    def blocks_of(self) -> tuple[type[nn.Module], ...]:
        return self.module.BLOCKS


@pytest.fixture(scope="module", params=SIZES)
def case(request: pytest.FixtureRequest, generated: Path) -> Case:
    name: str = request.param
    module = imported(generated, name)
    model = class_of(module, name)()
    calibrate(model, images(name, 8, SIZES[name], seed=1))
    return Case(name, module, model.eval(), images(name, 2, SIZES[name]))


@torch.no_grad()
def evaluated(model: nn.Module, x: Tensor) -> Tensor:
    return model.eval()(x)


def test_the_built_network_is_the_generated_file(case: Case) -> None:
    """`build` and `source` are two doors to one network."""
    built = load(case.name).build("torch")
    built.load_state_dict(case.model.state_dict(), strict=True)
    assert torch.equal(evaluated(built, case.x), evaluated(case.model, case.x))


def test_it_starts_on_the_meta_device(case: Case) -> None:
    """The way of large trainings: no memory, then memory, then the same start."""
    torch.manual_seed(0)
    expected = case.new()
    with torch.device("meta"):
        model = case.new()
    assert {value.device.type for value in model.state_dict().values()} == {"meta"}
    model.to_empty(device="cpu")
    for value in model.state_dict().values():
        value.fill_(7)  # what memory happens to hold: nothing of it may stay
    torch.manual_seed(0)
    for part in model.modules():
        reset: Callable[[], None] | None = getattr(part, "reset_parameters", None)
        if reset is not None:
            reset()
    model.apply(case.module.init_weights)
    assert differing(model.state_dict(), expected.state_dict()) == {}


def test_he_s_initialisation_is_what_the_seed_gave(case: Case) -> None:
    """Deviation sqrt(2 / fan-out) for convolutions; norms start as the identity."""
    torch.manual_seed(1)
    for part in case.new().modules():
        if isinstance(part, nn.Conv2d) and part.weight.numel() > 10_000:
            fan_out = part.out_channels * part.weight[0, 0].numel()
            ratio = part.weight.std().item() / (2 / fan_out) ** 0.5
            assert 0.95 < ratio < 1.05
            assert abs(part.weight.mean().item()) < 0.1 * (2 / fan_out) ** 0.5
        if isinstance(part, nn.BatchNorm2d):
            assert (part.weight == 1).all()
            assert (part.bias == 0).all()


def test_channels_last_stays_channels_last(case: Case) -> None:
    """A silent copy back to the usual order would cost what the format gains."""
    channels_last = torch.channels_last
    model = case.copy()
    model.to(memory_format=channels_last)  # pyright: ignore[reportCallIssue]
    kept: list[bool] = []

    def note(_part: nn.Module, _inputs: tuple[Tensor], output: Tensor) -> None:
        assert min(output.shape[1:]) > 1, "a shape that tells no format"
        kept.append(output.is_contiguous(memory_format=channels_last))

    blocks = case.blocks(model)
    for block in blocks:
        block.register_forward_hook(note)
    got = evaluated(model, case.x.to(memory_format=channels_last))
    assert kept == [True] * len(blocks)
    assert relative(got, evaluated(case.model, case.x)) < ROUNDING


def test_it_trains_under_bfloat16_autocast(case: Case) -> None:
    """Half the bits in the products, all of them in weights and gradients."""
    model = case.copy().train()
    with torch.autocast("cpu", dtype=torch.bfloat16):
        output = model(case.x)
    output.float().square().mean().backward()
    assert output.dtype is torch.bfloat16
    for key, gradient in gradients(model).items():
        assert gradient.dtype is torch.float32, key
        assert torch.isfinite(gradient).all(), key


def test_bfloat16_autocast_rounds_and_no_more(case: Case) -> None:
    """Block by block, on the inputs that float32 gives each: eight bits of mantissa."""
    model = case.copy()
    pairs: dict[nn.Module, tuple[Tensor, Tensor]] = {}

    def note(block: nn.Module, inputs: tuple[Tensor], output: Tensor) -> None:
        pairs[block] = (inputs[0].clone(), output.clone())

    hooks = [block.register_forward_hook(note) for block in case.blocks(model)]
    evaluated(model, case.x)
    for hook in hooks:
        hook.remove()
    for block, (x, expected) in pairs.items():
        with torch.autocast("cpu", dtype=torch.bfloat16):
            got = evaluated(block, x)
        assert relative(got.float(), expected) < 0.02


def test_it_runs_in_float64(case: Case) -> None:
    """No constant of the generated code is tied to float32."""
    got = evaluated(case.copy().double(), case.x.double())
    assert got.dtype is torch.float64
    assert relative(got, evaluated(case.model, case.x)) < ROUNDING


def with_wrappers(model: nn.Module, blocks: tuple[type[nn.Module], ...]) -> None:
    """What training frameworks do."""
    apply_activation_checkpointing(
        model,
        checkpoint_wrapper_fn=checkpoint_wrapper,
        check_fn=lambda part: isinstance(part, blocks),
    )


def with_functions(model: nn.Module, blocks: tuple[type[nn.Module], ...]) -> None:
    """What one does by hand."""
    for part in model.modules():
        if isinstance(part, blocks):
            part.forward = partial(checkpoint, part.forward, use_reentrant=False)


@pytest.mark.parametrize("way", [with_wrappers, with_functions])
def test_checkpointed_blocks_give_the_same_gradients(
    case: Case, way: Callable[[nn.Module, tuple[type[nn.Module], ...]], None]
) -> None:
    """Every block runs twice, and the second run has the first one's input.

    (It also updates the running statistics twice: torch's own, in any network.)
    """
    plain, model = case.copy().train(), case.copy().train()
    runs: list[str] = []
    for block in case.blocks(model):
        first = next(part for part in block.modules() if isinstance(part, nn.Conv2d))
        first.register_forward_hook(lambda *_: runs.append("ran"))
    way(model, case.blocks_of())
    expected, got = plain(case.x), model(case.x)
    expected.square().mean().backward()
    got.square().mean().backward()
    assert len(runs) == 2 * len(case.blocks(plain))
    assert torch.equal(got, expected)
    without_wrappers = {
        key.replace("_checkpoint_wrapped_module.", ""): gradient
        for key, gradient in gradients(model).items()
    }
    assert differing(without_wrappers, gradients(plain)) == {}


def test_weights_travel_as_safetensors(case: Case, tmp_path: Path) -> None:
    """No tensor shares memory with another: safetensors would refuse it."""
    save_file(case.model.state_dict(), tmp_path / "weights.safetensors")
    model = case.new()
    model.load_state_dict(load_file(tmp_path / "weights.safetensors"), strict=True)
    assert differing(model.state_dict(), case.model.state_dict()) == {}
    assert torch.equal(evaluated(model, case.x), evaluated(case.model, case.x))


def through_pickle(model: nn.Module) -> nn.Module:
    return pickle.loads(pickle.dumps(model))


@pytest.mark.parametrize("copied", [through_pickle, copy.deepcopy])
def test_a_copy_is_equal_and_its_own(
    case: Case, copied: Callable[[nn.Module], nn.Module]
) -> None:
    """Pickling is how a module reaches another process."""
    other = copied(case.model)
    assert type(other) is type(case.model)
    assert differing(other.state_dict(), case.model.state_dict()) == {}
    assert torch.equal(evaluated(other, case.x), evaluated(case.model, case.x))
    for mine, yours in zip(case.model.parameters(), other.parameters(), strict=True):
        assert mine.data_ptr() != yours.data_ptr()


def test_a_built_network_can_be_copied() -> None:
    """One that was never a file."""
    built = load("resnet20").build("torch")
    x = images("resnet20", 2)
    assert torch.equal(evaluated(copy.deepcopy(built), x), evaluated(built, x))


def test_the_input_is_left_as_it_was(case: Case) -> None:
    """In-place operations save memory inside the network, never outside it."""
    x = case.x.clone()
    evaluated(case.model, x)
    assert torch.equal(x, case.x)
    block = case.blocks(case.model)[0]
    channels = next(part for part in block.modules() if isinstance(part, nn.Conv2d))
    y = torch.randn(2, channels.in_channels, 8, 8)
    before = y.clone()
    evaluated(block, y)
    assert torch.equal(y, before), "a block is a part that people use alone"
