"""The audit of graph texts: what pages hold passes, whatever else is refused."""

import pytest
from nets import NETS, load

from resdsl.backends.onnx import ALLOWED
from resdsl.emit.audit import AuditError
from resdsl.emit.graph_audit import audit

PAGE = load("resnet18").source("onnx")

PLANTED = {
    "an operator of another kind": ("= Relu (bn1)", "= If (bn1)"),
    "an operator of another domain": ("= Relu (bn1)", "= ai.onnx.contrib.PyOp (bn1)"),
    "a function that is not there": ("resdsl.basic (", "resdsl.other ("),
    "a graph as an attribute": ("group = 1", "group = g () => () { }"),
    "a tensor as an attribute": ("group = 1", "value = float[1] {1.0}"),
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


def test_every_operator_that_is_allowed_has_a_word() -> None:
    from nets import EXAMPLES

    words = (EXAMPLES.parent / "templates/onnx/layers.jinja").read_text("utf-8")
    for operator in ALLOWED.operators:
        assert f"= {operator} " in words
