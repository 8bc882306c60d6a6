"""Every target gives the same tensors, each held to the reference."""

import json

import pytest
from backbones import CUT, NETS

from resdsl.cli import main
from resdsl.verify import RUNNERS


@pytest.mark.parametrize(
    "options",
    [
        (),
        ("--net", "cut", "--outputs", ",".join(CUT)),
        ("--net", "towers", "--outputs", "classes"),
        ("--net", "lists", "--outputs", "convs.2,convs.1"),
        ("--net", "neck", "--outputs", "s3,p2,l3,smooth,fc"),
    ],
)
def test_every_target_gives_the_same(
    options: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["verify", str(NETS), *options, "--format", "json"]) == 0
    rows = json.loads(capsys.readouterr().out)["results"]
    assert {row["target"] for row in rows} == set(RUNNERS)
    assert all(row["verdicts"] for row in rows)
