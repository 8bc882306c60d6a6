"""The comparison finds what differs, and its words lead there."""

import pytest
from comparison import Compared, compare
from registry import Model, chosen

import resdsl

(MODEL,) = chosen(["resnet18"])


def changed(old: str, new: str) -> Compared:
    """ResNet-18 of a file in which one word is another, beside the original."""
    text = MODEL.path.read_text("utf-8")
    assert text.count(old) == 1
    return compare(MODEL, resdsl.load(text.replace(old, new), net="resnet18"))


def test_another_name_is_shown_beside_the_one_that_is_due() -> None:
    found = changed("fc: linear", "head: linear")
    (fault,) = found.faults
    assert found.state_dict == "other"
    assert "fc.weight (1000, 512)   head.weight (1000, 512)" in fault


def test_another_shape_is_shown_beside_the_one_that_is_due() -> None:
    *costs, fault = changed("conv 7x7", "conv 5x5").faults
    assert [cost.split(" ", 1)[1].split(";")[0] for cost in costs] == [
        "parameters",
        "multiply-accumulates",
    ]
    assert "conv1.weight: ours is (64, 3, 5, 5), the original (64, 3, 7, 7)" in fault


@pytest.mark.parametrize(
    ("old", "new", "where"),
    [
        ("maxpool 3x3, /2", "avgpool 3x3, /2", "'layer1.0.conv1'"),
        ("    input", "    default bn eps=1e-3\n    input", "'bn1'"),
    ],
)
def test_the_first_layer_that_differs_is_named(old: str, new: str, where: str) -> None:
    found = changed(old, new)
    (fault,) = found.faults
    assert found.state_dict == "equal"
    assert found.double is not None
    assert found.double > 1e-6
    assert f"first at {where}" in fault


def test_an_unknown_name_is_refused() -> None:
    with pytest.raises(ValueError, match="'resnet19' is neither"):
        chosen(["resnet19"])


def test_a_family_is_all_its_models() -> None:
    found: list[Model] = chosen(["mnasnet", "resnet18"])
    assert {model.family for model in found} == {"resnet", "mnasnet"}
    assert sum(model.family == "resnet" for model in found) == 1
