"""The page of the zoo tells of every net there is, and of none otherwise than it is."""

import pytest
import results
from page import PATH, render
from registry import ZOO, Model, models, nets
from results import MOST_ROUNDING, ROUNDINGS, TOLERANCE

MODELS = models()
MEASURED = [model for model in MODELS if model.name in results.read()]


def test_every_net_of_the_zoo_has_an_original() -> None:
    listed = {(model.path.name, model.name) for model in MODELS}
    there = {(path.name, net) for path in ZOO.glob("*.res") for net in nets(path)}
    assert listed == there


def test_every_family_has_one_that_the_tests_run() -> None:
    chosen = [model.family for model in MODELS if model.representative]
    assert chosen == list(dict.fromkeys(model.family for model in MODELS))


def test_the_page_is_what_was_measured(request: pytest.FixtureRequest) -> None:
    """Parameters, MACs and lines come from today's compiler, not from a file."""
    if request.config.getoption("--update"):
        PATH.write_text(render(), "utf-8", newline="\n")
    assert PATH.read_text("utf-8") == render()


def test_of_each_family_something_was_measured_everywhere() -> None:
    rows = results.read()
    chosen = [model for model in MODELS if model.representative]
    for model in chosen:
        row = rows[model.name]
        assert row.torch is not None
        for target in model.targets:
            assert getattr(row, target) is not None, (model.name, target)


@pytest.mark.parametrize("model", MEASURED, ids=lambda model: model.name)
def test_what_was_measured_is_as_it_should_be(model: Model) -> None:
    row, network = results.read()[model.name], model.load()
    costs = (row.parameters, row.macs)
    assert costs == (network.params, network.ir.unit.macs), (
        "measured of another network"
    )
    assert row.state_dict != "other"
    assert row.torch is not None
    assert row.torch <= model.tolerance
    most = TOLERANCE
    if row.own is not None:
        assert row.own <= MOST_ROUNDING
        most = (1 + ROUNDINGS) * row.own
    for elsewhere in (row.keras, row.onnx):
        assert elsewhere is None or elsewhere <= most
