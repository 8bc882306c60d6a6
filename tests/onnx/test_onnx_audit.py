"""The audit of graph texts: what pages hold passes, whatever else is refused."""

from pathlib import Path

import onnx
import pytest
from nets import EXAMPLES, NETS, load
from test_2_never_code import BREAKERS, EVIL, NAMES, NET, PLACES

import resdsl
from resdsl.backends.onnx import ALLOWED
from resdsl.emit.audit import AuditError
from resdsl.emit.graph.audit import audit

PAGE = load("resnet18").source("onnx")

PLANTED = {
    "an operator of another kind": ("= Relu (bn1)", "= If (bn1)"),
    "an operator of another domain": ("= Relu (bn1)", "= ai.onnx.contrib.PyOp (bn1)"),
    "a function that is not there": ("resdsl.basic (", "resdsl.other ("),
    "a graph as an attribute": ("group = 1", "group = g () => () { }"),
    "a tensor as an attribute": ("group = 1", "group = float[1] {1.0}"),
    "a text where none belongs": ("group = 1", 'group = "/etc/passwd"'),
    "a name that leads outside": ('"conv1.weight"', '"../../conv1.weight"'),
    "an escape in a text": ('doc_string: "', 'doc_string: "\\"'),
    "a line break in a text": ('doc_string: "', 'doc_string: "\n'),
    "a sign that no page has": ("= Relu (bn1)", "= Relu (bn1); x"),
    "a letter that no page has": ("= Relu (bn1)", "= Relü (bn1)"),
}


@pytest.mark.parametrize("name", NETS)
def test_pages_pass(name: str) -> None:
    for inline in (False, True):
        page = load(name).source("onnx", inline=inline)
        assert audit(page, ALLOWED) == page


@pytest.mark.parametrize(("old", "new"), PLANTED.values(), ids=PLANTED)
def test_what_is_planted_is_found(old: str, new: str) -> None:
    assert old in PAGE
    with pytest.raises(AuditError):
        audit(PAGE.replace(old, new, 1), ALLOWED)


@pytest.mark.parametrize("end", range(0, len(PAGE), 997))
def test_half_a_page_is_no_traceback(end: int) -> None:
    try:
        audit(PAGE[:end], ALLOWED)
    except AuditError as error:
        assert "page" in str(error)


def only_a_graph(page: str) -> None:
    """The page is a model of allowed operators: the intruder is in prose at most."""
    assert audit(page, ALLOWED) == page
    model = onnx.parser.parse_model(page)
    functions = {function.name for function in model.functions}
    nodes = [*model.graph.node, *(n for f in model.functions for n in f.node)]
    for node in nodes:
        assert node.op_type in (functions if node.domain else ALLOWED.operators)
        assert not any(attribute.HasField("g") for attribute in node.attribute)
        for name in (*node.input, *node.output, node.name):
            assert EVIL[:9] not in name


@pytest.mark.parametrize("breaker", BREAKERS)
def test_prose_stays_prose(breaker: str, tmp_path: Path) -> None:
    comment = "# " + breaker.replace("\n", "\n# ").replace("\r", "\r# ")
    block = f"{comment}\nblock b:\n    relu\n\n{comment}\n{NET}    b\n"
    for network in resdsl.check(block).nets:
        only_a_graph(network.source("onnx"))
    if "\r" not in breaker:
        path = tmp_path / (breaker.replace("/", "_")[:80] + ".res")
        path.write_text(NET, "utf-8")
        only_a_graph(resdsl.load(path).source("onnx"))


@pytest.mark.parametrize("name", [*NAMES, "ints", "graph", "output", "input2", "seq"])
@pytest.mark.parametrize("place", PLACES)
def test_a_name_stays_a_name(place: str, name: str) -> None:
    report = resdsl.check(place.replace("NAME", name))
    for network in report.nets if report.ok else ():
        for inline in (False, True):
            only_a_graph(network.source("onnx", inline=inline))


def test_every_operator_that_is_allowed_has_a_word() -> None:
    words = (EXAMPLES.parent / "templates/onnx/layers.jinja").read_text("utf-8")
    for operator in ALLOWED.operators:
        assert f"= {operator} " in words
