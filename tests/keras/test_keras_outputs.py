"""A Keras model with several outputs: a dict, which outlives saving."""

from pathlib import Path

import numpy as np
from doubles import batch
from workers import Worker, difference

import resdsl
from resdsl.reference import calibrated, run

NETS = Path(__file__).resolve().parents[1] / "outputs" / "nets.res"
NAMES = ("features.0", "head.1", "head", "features")


def test_a_dict_by_names_that_is_saved_and_loaded(
    worker: Worker, tmp_path: Path
) -> None:
    network = resdsl.load(NETS, net="cut").with_outputs(*NAMES)
    x = batch(network, 2).astype(np.float32)
    weights = calibrated(network.ir, x)
    expected = run(network.ir, weights, x)
    given = {"x": x, **weights}
    page = network.source("keras")
    found, facts = worker.ask("named", given, source=page, folder=str(tmp_path))
    assert sorted(facts["names"]) == sorted(NAMES)
    assert isinstance(expected, dict)
    for name in NAMES:
        before = found[f"before {name}"]
        assert difference(before, expected[name]) < 1e-5
        np.testing.assert_array_equal(found[f"saved {name}"], before)
        assert difference(found[f"predicted {name}"], before) < 1e-6
        assert difference(found[f"compiled {name}"], before) < 1e-6
