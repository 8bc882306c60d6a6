"""`torch.compile` and `torch.export` take the generated module whole."""

import shutil
from pathlib import Path

import pytest
import torch
from measure import calibrate, gradients, relative
from nets import images, load
from torch import Tensor, nn
from torch._dynamo.utils import counters
from torch._inductor import config

SIZES = {"resnet18": 64, "resnet50": 64, "resnet20": 32}


@pytest.fixture(scope="module", params=SIZES)
def case(request: pytest.FixtureRequest) -> tuple[str, nn.Module]:
    name: str = request.param
    model = load(name).build("torch")
    calibrate(model, batch(name, 8, seed=1))
    return name, model.eval()


@pytest.fixture(autouse=True)
def forgetful() -> None:
    torch._dynamo.reset()


def batch(name: str, size: int, seed: int = 0) -> Tensor:
    return images(name, size, SIZES[name], seed)


@torch.no_grad()
def test_there_is_one_graph_and_no_break(case: tuple[str, nn.Module]) -> None:
    name, model = case
    explanation = torch._dynamo.explain(model)(batch(name, 2))
    assert explanation.graph_break_count == 0, explanation.break_reasons
    assert explanation.graph_count == 1


@torch.no_grad()
def test_the_captured_graph_gives_the_same_bits(case: tuple[str, nn.Module]) -> None:
    """Other batches too, without a compilation for each size."""
    name, model = case
    counters.clear()
    compiled = torch.compile(model, fullgraph=True, dynamic=True, backend="eager")
    for size in (2, 3, 5):
        x = batch(name, size)
        assert torch.equal(compiled(x), model(x))
    assert counters["stats"]["unique_graphs"] == 1


def test_training_is_captured_whole(case: tuple[str, nn.Module]) -> None:
    """Forward, backward and running statistics, by the tracer of every real backend."""
    name, model = case
    x = batch(name, 2)
    state = {key: value.clone() for key, value in model.state_dict().items()}
    records: list[tuple[Tensor, dict[str, Tensor], dict[str, Tensor]]] = []
    for run in (model, torch.compile(model, fullgraph=True, backend="aot_eager")):
        model.load_state_dict(state)
        model.train().zero_grad()
        output = run(x)
        output.square().mean().backward()
        buffers = {key: value.clone() for key, value in model.named_buffers()}
        records.append((output.detach(), gradients(model), buffers))
    model.zero_grad()
    model.load_state_dict(state)
    model.eval()
    (output, gradient, buffers), (output_2, gradient_2, buffers_2) = records
    assert relative(output_2, output) < 1e-5
    # Taken as one vector: single gradients are sums that cancel almost to nothing.
    assert relative(flat(gradient_2), flat(gradient)) < 1e-4
    assert relative(flat(buffers_2), flat(buffers)) < 1e-5


def flat(tensors: dict[str, Tensor]) -> Tensor:
    return torch.cat([value.flatten().float() for value in tensors.values()])


@pytest.mark.skipif(shutil.which("c++") is None, reason="inductor needs a C++ compiler")
# torch's own: inductor imports a module that still uses what torch deprecates.
@pytest.mark.filterwarnings("ignore:`torch.jit.script:DeprecationWarning")
@torch.no_grad()
def test_the_default_backend_compiles_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TORCHINDUCTOR_CACHE_DIR", str(tmp_path))
    model = load("resnet20").build("torch")
    calibrate(model, batch("resnet20", 8, seed=1))
    x = batch("resnet20", 4)
    with config.patch(compile_threads=1):
        got = torch.compile(model.eval(), fullgraph=True)(x)
    assert relative(got, model(x)) < 1e-5


@pytest.mark.parametrize("strict", [True, False])
@torch.no_grad()
def test_it_exports_with_any_batch(case: tuple[str, nn.Module], strict: bool) -> None:
    name, model = case
    program = torch.export.export(
        model,
        (batch(name, 2),),
        dynamic_shapes=({0: torch.export.Dim("batch")},),
        strict=strict,
    )
    for size in (2, 5):
        x = batch(name, size)
        assert torch.equal(program.module()(x), model(x))
    # The weights keep their names: an exported program loads the same checkpoint.
    assert program.state_dict.keys() == model.state_dict().keys()
