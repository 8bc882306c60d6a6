"""Merges in merges, computed: the generated code against the meaning of the words."""

from itertools import product

import pytest
import torch
from torch import Tensor

import resdsl
from resdsl.ir.net import Body, Merge, Node

KINDS = ("residual", "scale", "dense")
BODIES = {
    "alone": "{inner}",
    "first": "{inner}        linear channels\n",
    "last": "        linear channels\n{inner}",
    "between": "        linear channels\n{inner}        linear channels\n",
}


def meaning(items: Body, x: Tensor, weights: dict[str, Tensor]) -> Tensor:
    for item in items:
        if isinstance(item, Node):
            weight, bias = (weights[f"{item.name}.{w}"] for w in ("weight", "bias"))
            x = x @ weight.T + bias
            continue
        assert isinstance(item, Merge)
        body = meaning(item.paths[0].body, x, weights)
        if item.rule == "scale":
            x = x * body
        elif item.rule == "dense":
            x = torch.cat((x, body), dim=1)
        elif item.shortcut is None:
            x = x + body
        else:
            x = x @ weights[f"{item.shortcut.name}.0.weight"].T + body
    return x


# A scale cannot be by more channels than there are.
CASES = [
    case for case in product(KINDS, KINDS, BODIES) if case[:2] != ("scale", "dense")
]


@pytest.mark.parametrize(("outer", "inner", "where"), CASES)
def test_a_merge_in_a_merge_computes_what_it_says(
    outer: str, inner: str, where: str
) -> None:
    nested = f"        {inner}:\n            linear channels\n"
    body = BODIES[where].format(inner=nested)
    text = f"net n:\n    input 4\n    linear 4\n    {outer}:\n{body}    linear 3\n"
    net = resdsl.load(text)
    model = net.build("torch")
    x = torch.randn(5, 4, generator=torch.Generator().manual_seed(0))
    expected = meaning(net.ir.unit.body, x, dict(model.state_dict()))
    torch.testing.assert_close(model(x), expected)
    model(x).sum().backward()


def test_a_rate_of_dropping_is_said_by_what_comes_before() -> None:
    """The words stand before the body, whose last layer has other channels."""
    bodies = ("linear 12 | relu", "linear 6 | relu | linear 12")
    lines = "".join(f"    residual drop=1 / channels: {body}\n" for body in bodies)
    page = resdsl.load(f"net n:\n    input 12\n{lines}").source("torch")
    made = [line.strip() for line in page.splitlines() if "= DropPath(" in line]
    assert made == [f"self.drop_path = DropPath({1 / 12})"]  # one serves both
