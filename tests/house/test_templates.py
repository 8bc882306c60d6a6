"""Templates lay out, Python decides; the matrix of layers and targets has no gap."""

import math
from collections.abc import Iterator
from pathlib import Path

import jinja2
import pytest
from jinja2 import nodes

import resdsl
from resdsl.analysis.unroll import tensors
from resdsl.backends import TARGETS
from resdsl.backends import torch as torch_backend
from resdsl.emit.environment import environment, make_environment
from resdsl.lower.functions import FUNCTIONS
from resdsl.network import Network
from resdsl.ops import KINDS, Kind
from resdsl.ops.fault import Fault
from resdsl.ops.merge import MERGES
from resdsl.ops.types import INDEX, KERNEL, RATE, ArgType
from resdsl.values.language import Init
from resdsl.values.shape import Shape

TEMPLATES = Path(__file__).resolve().parents[2] / "templates"
PAGES = sorted(
    path.relative_to(TEMPLATES).as_posix() for path in TEMPLATES.rglob("*.*")
)

# All that a template may do: print, loop, test a ready-made flag, call a macro.
ALLOWED = (
    nodes.Call,
    nodes.Const,
    nodes.For,
    nodes.Getattr,
    nodes.Getitem,
    nodes.If,
    nodes.Import,
    nodes.Macro,
    nodes.Name,
    nodes.Not,
    nodes.Output,
    nodes.TemplateData,
)


def inner(node: nodes.Node) -> Iterator[nodes.Node]:
    for child in node.iter_child_nodes():
        yield child
        yield from inner(child)


@pytest.mark.parametrize("page", PAGES)
def test_a_template_only_lays_out(page: str) -> None:
    text = (TEMPLATES / page).read_text("utf-8")
    made = make_environment(jinja2.DictLoader({})).parse(text)
    ranks = handed_ranks(made)
    for node in inner(made):
        place = f"{page}:{node.lineno}: {type(node).__name__}"
        assert isinstance(node, ALLOWED), place
        if isinstance(node, nodes.For):
            assert node.test is None and not node.recursive and not node.else_, place
        if isinstance(node, nodes.If):
            test = node.test.node if isinstance(node.test, nodes.Not) else node.test
            assert isinstance(test, nodes.Name | nodes.Getattr), f"{place} computes"
        if isinstance(node, nodes.Getitem):
            assert isinstance(node.arg, nodes.Name), f"{place} computes"
        if isinstance(node, nodes.Const):
            assert node.value in PAGES or id(node) in ranks, place


def handed_ranks(page: nodes.Template) -> set[int]:
    """The plain 1, 2 and 3 that a page hands to a macro of its own.

    A page that defines a function for each number of dimensions writes it once.
    """
    own = {macro.name for macro in page.find_all(nodes.Macro)}
    return {
        id(argument)
        for call in page.find_all(nodes.Call)
        if isinstance(call.node, nodes.Name) and call.node.name in own
        for argument in call.args
        if isinstance(argument, nodes.Const) and argument.value in (1, 2, 3)
    }


def words(target: str) -> set[str]:
    module = environment().get_template(f"{target}/layers.jinja").module
    return {name for name in vars(module) if not name.startswith("_")}


@pytest.mark.parametrize("target", TARGETS)
def test_every_target_has_a_word_for_everything(target: str) -> None:
    starts = {"zeros", "ones", "constant", *(n for n in FUNCTIONS if is_start(n))}
    wanted = {*KINDS, *(f"merge_{name}" for name in MERGES)}
    # A target whose weights are files starts none; one that starts some starts all.
    if any(word.startswith("init_") for word in words(target)):
        wanted |= {f"init_{name}" for name in starts}
    assert wanted - words(target) == set()


@pytest.mark.parametrize("target", TARGETS)
def test_no_target_has_a_word_for_nothing(target: str) -> None:
    for word in words(target) - KINDS.keys():
        what, _, of = word.removesuffix("_inplace").partition("_")
        assert what not in KINDS, "a layer that the language lacks"
        told = dict.fromkeys(("inline", "member", "operator", "statement"), KINDS)
        assert of in {**told, "merge": MERGES}.get(what, {of}), word


def is_start(name: str) -> bool:
    try:
        return isinstance(FUNCTIONS[name].apply(*(1,) * FUNCTIONS[name].least), Init)
    except Fault:
        return False


def arguments(kind: type[Kind], count: int = 4) -> dict[str, int | float | bool]:
    """The fewest that a layer needs, and those with which it has all its weights."""
    given: dict[str, int | float | bool] = {
        s.name: sample(s.type, count) for s in kind.signature if s.required
    }
    optional = {"bias": True, "standardize": 1e-6, "gain": 1.0}
    have = {s.name for s in kind.signature}
    return given | {name: value for name, value in optional.items() if name in have}


def sample(accepts: ArgType, count: int) -> int | float:
    return {KERNEL: 3, RATE: 0.5, INDEX: 1}.get(accepts, count)


def trained(kind: type[Kind]) -> set[str]:
    sizes = (8, 8) if False in kind.orders else (8,)
    weights = kind(**arguments(kind)).weights(Shape(8, sizes))
    return {weight.name for weight in weights if weight.trainable}


def test_torch_tells_how_each_of_its_weights_starts() -> None:
    expected = {name: trained(kind) for name, kind in KINDS.items() if trained(kind)}
    told = {name: set(starts) for name, starts in torch_backend.STARTED.items()}
    assert told == expected


@pytest.mark.parametrize("kind", torch_backend.STARTED)
def test_the_installed_torch_starts_them_so(kind: str) -> None:
    network = started(kind)
    state = network.build("torch").state_dict()
    weights = {t.weight.name: state[t.key] for t in tensors(network.ir)}
    first, *_ = weights.values()
    for name, init in torch_backend.STARTED[kind].items():
        tensor = weights[name]
        if init.name == "constant":
            assert set(tensor.flatten().tolist()) == set(init.args)
            continue
        if init.name == "normal":
            assert math.isclose(tensor.std(), float(init.args[0]), rel_tol=0.1)
            continue
        assert init.name in ("fan_in_uniform", "glorot_uniform")
        bound = first[0].numel() ** -0.5
        if init.name == "glorot_uniform":
            bound = (6 / sum(tensor.shape)) ** 0.5
        assert 0.98 * bound < tensor.abs().max() <= bound
        assert math.isclose(tensor.std(), bound / 3**0.5, rel_tol=0.1)


def started(kind: str) -> Network:
    """The layer alone, when the source asks for the same starts as the target has."""
    wanted = torch_backend.STARTED[kind]
    count = 8 if kind == "attention" else 512
    values = arguments(KINDS[kind], count)
    given = [f"{name}={str(value).lower()}" for name, value in values.items()]
    for argument in (s.name for s in KINDS[kind].signature if s.name in ASKED):
        init = wanted[next(name for name in ASKED[argument] if name in wanted)]
        start = init.args[0] if init.name == "constant" else init
        given.append(f"{argument}={start}")
    first = False in KINDS[kind].orders
    vector = kind == "linear" or KINDS[kind].whole
    size = "512" if vector else "512 x 8 x 8" if first else "512 x 8"
    order = "" if first else "    channels_last\n"
    call = f"{kind} {', '.join(given)}"
    network = resdsl.load(f"net n:\n    input {size}\n{order}    one: {call}\n")
    assert "init_weights" not in network.source("torch")
    return network


ASKED = {
    "weight_init": ("weight", "in_proj_weight"),
    "out_init": ("out_proj.weight",),
    "bias_init": ("bias", "in_proj_bias"),
}
"""What an argument is about, among the names of weights."""


@pytest.mark.parametrize("word", ["relu", "merge_residual"])
def test_a_missing_word_is_a_finding(
    word: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    network = resdsl.load("net n:\n    input 3\n    residual: linear 3 | relu\n")
    module = environment().get_template("torch/layers.jinja").module
    monkeypatch.delattr(module, word)
    with pytest.raises(resdsl.ResdslError) as caught:
        network.source("torch")
    (found,) = caught.value.diagnostics
    assert found.code == "E108"
    assert "torch" in found.message
    assert word.removeprefix("merge_") in found.message
