"""Each fault that is put into an emitter is caught by what the other tests use.

The tables beside this file tell of each; without it, every net passes the same check.
"""

import re
import shutil
import textwrap
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import keras
import numpy as np
import pytest
import torch
from numpy.typing import NDArray

import resdsl
from resdsl import ResdslError, files, live, reference
from resdsl.backends import onnx as onnx_facts
from resdsl.backends.keras import places as keras_facts
from resdsl.emit.environment import environment
from resdsl.ir.net import Net
from resdsl.ops.base import Weight
from resdsl.reference.inputs import in_precision, noise
from resdsl.verify import in_keras, in_onnx, in_torch
from resdsl.verify.compare import (
    difference_of_outputs,
    ends,
    first_apart,
    joined,
)
from resdsl.verify.result import TOLERANCE
from resdsl.verify.training import expected_step, verdicts
from resdsl.weights.initial import drawn
from resdsl.weights.keras import extract

# Keras itself says so on the torch backend.
pytestmark = pytest.mark.filterwarnings(
    "ignore:__array__ implementation doesn't accept a copy keyword:DeprecationWarning"
)
RUNS: dict[str, Any] = {
    "torch": in_torch.Run,
    "keras": in_keras.Run,
    "onnx": in_onnx.Run,
}


class Fault(NamedTuple):
    row: str
    file: str
    right: str
    wrong: str
    body: str
    size: str = "4 x 9 x 9"
    check: str = "outputs"
    place: str = ""

    @property
    def target(self) -> str:
        found = re.search("torch|keras|onnx", self.file)
        assert found
        return found[0]

    def network(self) -> resdsl.Network:
        body = textwrap.indent(self.body.strip(), "    ")
        return resdsl.load(f"net n:\n    input {self.size}\n{body}\n")


TABLES = {
    table.stem: [
        Fault(**row) for row in tomllib.loads(table.read_text("utf-8"))["fault"]
    ]
    for table in sorted(Path(__file__).parent.glob("*.toml"))
}
FAULTS = [fault for faults in TABLES.values() for fault in faults]


def named(fault: Fault) -> str:
    body = " / ".join(line.strip() for line in fault.body.strip().splitlines())
    return f"{fault.row}, {fault.target}, {body}"


@pytest.fixture
def planted(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Fault]:
    fault: Fault = request.param
    plant(fault, tmp_path, monkeypatch)
    # The audit of graphs knows the right values and would refuse some faults before.
    monkeypatch.setattr(onnx_facts, "audit", lambda page, _: page)
    environment.cache_clear()
    yield fault
    monkeypatch.undo()
    environment.cache_clear()


def plant(fault: Fault, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if fault.file == "backends/keras/places.py":
        axes = {
            kind: {key: displaced(fault, *place) for key, place in places.items()}
            for kind, places in keras_facts.AXES.items()
        }
        assert axes != keras_facts.AXES
        monkeypatch.setattr(keras_facts, "AXES", axes)
        return
    if fault.file == "backends/onnx.py":
        monkeypatch.setattr(onnx_facts, "layout", flat_slopes)
        return
    if fault.file.startswith("page of "):
        monkeypatch.setattr(live, "compile_net", rewriting(fault, live.compile_net))
        return
    folder = tmp_path / "templates"
    shutil.copytree(files.templates(), folder)
    path = folder / fault.file
    text = path.read_text("utf-8")
    assert fault.right in text, "the emitter has changed: so must its fault"
    path.write_text(text.replace(fault.right, fault.wrong), "utf-8")
    monkeypatch.setattr(files, "templates", lambda: folder)


def displaced(fault: Fault, variable: str, axes: str) -> tuple[str, str]:
    """A row of Keras's places, where the fault means it."""
    place = f"{variable}: {axes}".replace(fault.right, fault.wrong)
    variable, axes = place.split(": ")
    return variable, axes


def rewriting(fault: Fault, compile_net: Callable[..., str]) -> Callable[..., str]:
    """A compiler whose pages have the fault."""

    def rewritten(net: Net, target: str, **options: object) -> str:
        page = compile_net(net, target, **options)
        if target != fault.target:
            return page
        assert fault.right in page, "the emitter has changed: so must its fault"
        return page.replace(fault.right, fault.wrong)

    return rewritten


def flat_slopes(_: object, weight: Weight) -> tuple[int, ...]:
    return tuple(int(extent) for extent in weight.shape)


def outputs_differ(fault: Fault, net: Net) -> bool:
    x, weights = given(net)
    y = RUNS[fault.target](net, weights, "float32", x.shape[2:])(x)
    outputs = reference.run(net, weights, x)
    apart = difference_of_outputs(y, joined(outputs), ends(outputs))
    return not apart <= TOLERANCE["float32"]


def first_place(fault: Fault, net: Net) -> str:
    """The path at which verification says that they part."""
    x, weights = given(net)
    found = RUNS[fault.target](net, weights, "float32", x.shape[2:]).trace(x)
    expected: list[tuple[str, NDArray[Any]]] = []
    reference.run(net, weights, x, trace=lambda *told: expected.append(told))
    return first_apart(found, expected, TOLERANCE["float32"])


def step_differs(fault: Fault, net: Net) -> bool:
    x, weights = given(net)
    shape = reference.run(net, weights, x).shape
    wanted = {"": np.random.default_rng(1).standard_normal(shape)}
    step = RUNS[fault.target](net, weights, "float64", x.shape[2:]).step(x, wanted)
    expected = expected_step(net, weights, x, wanted)
    found = verdicts(
        step, expected, None, fault.target == "keras", TOLERANCE["float64"]
    )
    return not all(verdict.ok for verdict in found)


def starts_differ(fault: Fault, net: Net) -> bool:
    """Quantiles of each weight, against those of what the language draws."""
    started: dict[str, NDArray[Any]]
    if fault.target == "keras":
        keras.utils.set_random_seed(0)
        model = resdsl.Network(net).build("keras")
        started = extract(model, net)
    else:
        torch.manual_seed(0)
        state = resdsl.Network(net).build("torch").state_dict()
        started = {key: value.numpy() for key, value in state.items()}
    parts = np.linspace(0.0, 1.0, 41)[[1, *range(4, 37), 39]]
    for key, expected in drawn(net).items():
        if expected.ndim < 2:
            continue
        apart = np.quantile(started[key], parts) - np.quantile(expected, parts)
        # Truncation shows beyond two deviations alone.
        beyond = abs(started[key]).max() / abs(expected).max()
        if abs(apart).max() > 0.1 * expected.std() or not 0.75 < beyond < 1.34:
            return True
    return False


def scaling_differs(fault: Fault, net: Net) -> bool:
    """In training each example is kept whole, twice as large, or is zero."""
    x = np.abs(np.random.default_rng(0).standard_normal((64, 4, 9, 9))) + 1
    x = x.astype(np.float32)
    model = RUNS[fault.target](net, {}, "float32", x.shape[2:]).model
    if fault.target == "keras":
        keras.utils.set_random_seed(0)
        y = np.asarray(model(np.moveaxis(x, 1, -1), training=True).detach())
        y = np.moveaxis(y, -1, 1)
    else:
        torch.manual_seed(0)
        y = model.train()(torch.from_numpy(x)).numpy()
    kept = (y / x).reshape(len(x), -1)
    whole = np.isclose(kept, kept[:, :1]).all()
    return not (whole and set(np.round(kept[:, 0], 4)) == {0.0, 2.0})


CHECKS = {
    "outputs": outputs_differ,
    "step": step_differs,
    "starts": starts_differ,
    "scaling": scaling_differs,
}


def given(net: Net) -> tuple[NDArray[Any], dict[str, NDArray[Any]]]:
    shape = (4, int(net.unit.x.channels), *(int(str(s)) for s in net.unit.x.spatial))
    x = in_precision(noise(net, shape, np.random.default_rng(0)), "float32")
    return x, dict(reference.calibrated(net, x))


def test_every_row_that_applies_is_planted() -> None:
    """What frameworks have otherwise is twenty-three rows: nineteen, and four here."""
    rows = {table: {fault.row for fault in faults} for table, faults in TABLES.items()}
    assert len(rows["faults"]) == 19
    assert len(FAULTS) >= 120


def test_a_biased_running_variance_is_told_apart() -> None:
    net = resdsl.load("net n:\n    input 4 x 9 x 9\n    conv 3, 4 | bn\n").ir
    x, weights = given(net)
    wanted = {"": np.zeros(reference.run(net, weights, x).shape)}
    step = in_keras.Run(net, weights, "float64", (9, 9)).step(x, wanted)
    expected = expected_step(net, weights, x, wanted)
    fine = TOLERANCE["float64"]
    for biased in (True, False):
        found = {v.what: v for v in verdicts(step, expected, None, biased, fine)}
        assert found["statistics"].ok == biased
        assert found["loss"].ok


@pytest.mark.parametrize(
    "body",
    [
        "use shortcut none\n    residual: conv 3, 1",  # 1 channel would spread over 4
        "use shortcut none\n    residual: avgpool",  # and so would 1 position
        "dense: avgpool",
        "conv 3, 8, groups=3",
    ],
)
def test_what_frameworks_let_pass_is_refused(body: str) -> None:
    report = resdsl.check(f"net n:\n    input 4 x 9 x 9\n    {body}\n")
    assert {d.code[:2] for d in report.diagnostics} == {"E3"}


def test_layer_names_that_would_meet_in_keras_are_refused() -> None:
    text = (
        "net n:\n    input 4\n    a:\n        b_c: linear 4\n"
        "    a_b:\n        c: linear 4\n"
    )
    with pytest.raises(ResdslError, match="are both 'a_b_c'"):
        resdsl.load(text).source("keras")


def test_outputs_of_other_names_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """In ONNX they have an order and names, and a caller may go by either."""
    right = "(float[N, 4, H, W] a, float[N, 4, H, W] b)"
    wrong = "(float[N, 4, H, W] b, float[N, 4, H, W] a)"
    body = "a: conv 3, 4\nb: conv 1, 4\noutput a, b"
    fault = Fault("several outputs", "page of onnx", right, wrong, body)
    monkeypatch.setattr(live, "compile_net", rewriting(fault, live.compile_net))
    with pytest.raises(ValueError, match="the outputs are"):
        outputs_differ(fault, fault.network().ir)


@pytest.mark.parametrize("planted", FAULTS, ids=named, indirect=True)
def test_it_is_caught(planted: Fault) -> None:
    """By its numbers: that a page does not run, or is refused, would prove nothing."""
    net = planted.network().ir
    assert CHECKS[planted.check](planted, net)
    if planted.place:
        assert first_place(planted, net) == planted.place


@pytest.mark.parametrize(
    "fault",
    {
        (fault.target, fault.check, fault.body, fault.size): fault for fault in FAULTS
    }.values(),
    ids=named,
)
def test_without_it_nothing_differs(fault: Fault) -> None:
    assert not CHECKS[fault.check](fault, fault.network().ir)
