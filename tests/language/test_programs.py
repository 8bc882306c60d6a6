"""The programs of the design are run: every target agrees with what they mean."""

import json
from pathlib import Path

import pytest

from resdsl import check
from resdsl.cli import main

PAGE = Path(__file__).with_name("programs.md")
BLOCKS = PAGE.read_text("utf-8").split("```res\n")[1:]
PROGRAMS = [block.split("```", 1)[0] for block in BLOCKS]
SIZE = "32"
"""Of images, where a net takes any size."""


def test_there_are_seven() -> None:
    numbers = [text.removeprefix("# ")[0] for text in PROGRAMS]
    assert numbers == list("1234567")


@pytest.mark.parametrize("text", PROGRAMS, ids=lambda text: text[2])
def test_every_target_computes_what_the_program_means(
    text: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "net.res"
    path.write_text(text, "utf-8")
    options = ["--targets", "torch,keras-torch,onnx", "--size", SIZE, "--batch", "2"]
    assert main(["verify", str(path), *options, "--format", "json"]) == 0
    found = json.loads(capsys.readouterr().out)
    ran = {(row["net"], row["target"]) for row in found["results"]}
    nets = [net.name for net in check(text).nets]
    assert ran == {
        (net, target) for net in nets for target in ("torch", "keras-torch", "onnx")
    }
    assert all(row["ok"] for row in found["results"])
