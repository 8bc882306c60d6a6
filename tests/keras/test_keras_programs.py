"""Blocks, shortcuts, repeats and groups of every shape, with any name in any place."""

import pytest
from doubles import batch
from workers import BOUND, Worker, Workers, difference

import resdsl
from resdsl.core.diagnostic import ResdslError
from resdsl.reference import calibrated, run

HEAD = "net n:\n    input 4 x 8 x 8\n"
UNIT = "block unit(w, stride = 1):\n    residual: conv 3x3, w, /stride\n    relu\n\n"
PROGRAMS = {
    "repeats": f"{UNIT}{HEAD}    3 * unit 8, /2\n    2 * unit 8\n",
    "advancing": (
        "block dense_unit(growth):\n"
        "    dense:\n        bn | relu | conv 1, 2 * growth | conv 3x3, growth\n\n"
        f"{HEAD}    stage: 4 * dense_unit 3\n    3 * dense_unit 2\n"
    ),
    "nested groups": (
        f"{UNIT}{HEAD}    outer:\n        inner:\n            2 * unit 8\n"
        "            last: unit 4\n        conv 1, 6 | bn\n    conv 1, 2\n"
    ),
    "shortcuts": (
        f"{HEAD}    residual shortcut=projection_always: conv 3x3, 4 | bn\n"
        "    residual: conv 3x3, 6 | bn\n    residual shortcut=zero_pad:\n"
        "        conv 3x3, 9, /2 | bn\n    residual shortcut=resnet_d:\n"
        "        conv 3x3, 8, /2 | bn\n    residual: tanh\n"
    ),
    "rules of its own": (
        "shortcut r as bridge always:\n"
        "    if stride != 1: maxpool 3, /stride\n    conv 1, channels, bias=true\n\n"
        f"block b(w, stride = 1):\n    use shortcut r\n    residual:\n"
        "        conv 3x3, w, /stride | bn | relu\n"
        "        residual: conv 3x3, w | tanh\n\n"
        f"{HEAD}    2 * b 4\n    3 * b 8, /2\n"
    ),
    "scale in residual": (
        "block gate(r):\n    let c = channels\n    scale:\n        avgpool\n"
        "        conv 1, r | relu | conv 1, c | sigmoid\n\n"
        f"{HEAD}    2 * gate 2\n    residual:\n        conv 3x3, 4 | gate 3\n"
        "        scale: conv 3x3, 4 | sigmoid\n"
    ),
    "vectors": (
        "net n(classes = 3):\n    input 5\n    residual: linear 7 | relu | linear 7\n"
        "    residual: linear 7\n"
        "    scale: linear 7 | sigmoid\n    dense: linear 2\n    linear classes\n"
    ),
}
NAMES = """
name layers ops keras initializers inputs apply input_shape model conv2d dense
shortcut shortcut2 scale new zip len range float i j max_pool average_pool flatten
cut_off he_normal fan_in_uniform downsample channels units options padding
kernel_size reduced f projection depthwise_conv2d sum print list type dict tuple str
""".split()  # noqa: SIM905


@pytest.mark.parametrize("program", PROGRAMS)
def test_a_program_computes_what_it_says(worker: Worker, program: str) -> None:
    check(worker, PROGRAMS[program])


USES = {
    "parameter": "block b{i}({name}, stride = 1):\n"
    "    conv 3x3, {name}, /stride | bn\n",
    "let": "block b{i}(w, stride = 1):\n    let {name} = 2 * w\n"
    "    residual: conv 3x3, {name}, /stride\n    conv 3x3, {name} + 1 | bn\n",
    "label": "block b{i}(w, stride = 1):\n    {name}: conv 3x3, w, /stride | bn\n"
    "    dense: conv 3x3, 2\n",
    "block": "block {name}(w, stride = 1):\n    residual: conv 3x3, w, /stride | bn\n",
    "rule": "shortcut {name} as {name}:\n    conv 1, channels, /stride\n\n"
    "block b{i}(w, stride = 1):\n    use shortcut {name}\n"
    "    residual: conv 3x3, w, /stride | bn\n",
}


@pytest.mark.parametrize("what", USES)
def test_anything_may_have_any_name(workers: Workers, what: str) -> None:
    """One page for all names that the language does not keep for itself.

    Which of them meet is Python's matter, so one backend will do.
    """
    free = [name for name in NAMES if resdsl.check(called(what, [name])).ok]
    assert len(free) > len(NAMES) / 2
    check(workers["torch"], called(what, free))


def called(what: str, names: list[str]) -> str:
    """A program in which a parameter, a label… is called by each of `names`."""
    blocks = [USES[what].format(i=i, name=name) for i, name in enumerate(names)]
    called = names if what == "block" else [f"b{i}" for i in range(len(names))]
    uses = [f"    {use} 3\n    2 * {use} 4\n" for use in called]
    ends = f"    {called[0]} 4, /2\n    maxpool 3x3, /2\n    avgpool 3x3, /1\n"
    ends += "    flatten | linear 2\n"
    return (
        "\n".join([*blocks, HEAD]) + "".join(uses) + f"{ends}    flatten | linear 2\n"
    )


def test_a_net_may_have_any_name(workers: Workers) -> None:
    free = [name for name in NAMES if resdsl.check(net_called(name)).ok]
    assert len(free) > len(NAMES) / 2
    for name in free:
        check(workers["torch"], net_called(name))


def net_called(name: str) -> str:
    net = HEAD.replace("net n", f"net {name}({name} = 3)")
    return f"{UNIT}{net}    2 * unit {name}, /2\n    maxpool 3x3, /2\n"


def test_layers_that_would_share_a_name_are_refused() -> None:
    text = f"{HEAD}    a:\n        b_c: conv 1, 4\n    a_b:\n        c: conv 1, 4\n"
    with pytest.raises(ResdslError) as refusal:
        resdsl.load(text).source("keras")
    (found,) = refusal.value.diagnostics
    assert found.code == "E108"
    assert "'a_b_c'" in found.message


def check(worker: Worker, text: str) -> None:
    network = resdsl.load(text)
    x = batch(network, 2)
    weights = calibrated(network.ir, x)
    expected = run(network.ir, weights, x)
    got = worker.output(network, weights, x)
    assert difference(got, expected) < BOUND["float32"], text
