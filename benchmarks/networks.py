"""How fast the generated networks are, beside torchvision's own.

Run it as `python -m benchmarks.networks`; `--help` tells the rest.
"""

import tempfile
from functools import partial
from pathlib import Path

import torch
from torch import nn
from torch._dynamo import explain

from benchmarks import generated, options
from benchmarks.measure import (
    NETWORK_ROUNDS,
    Compare,
    Measurement,
    round_robin,
)
from benchmarks.report import Report
from benchmarks.timers import importing
from benchmarks.workloads import THREADS, WORKLOADS, Construct, pictures
from tests.peers import torchvision

NETS = ("resnet18", "resnet50")
OURS, THEIRS = "resdsl", "torchvision"
PACKAGES = ("torch", "torchvision")
# The noise comes on top, as the A/A row of each workload shows it.
TARGET = 1.02


def main() -> None:
    given = options.read("networks", __doc__, 2 * NETWORK_ROUNDS + 1, NETWORK_ROUNDS)
    torch.set_num_threads(THREADS)
    facts: dict[str, str] = {}
    tables: dict[str, list[Measurement]] = {}
    with tempfile.TemporaryDirectory() as folder:
        for net in NETS:
            module = generated.write(net, Path(folder))
            ours = generated.constructor(module, net)
            theirs = partial(torchvision.models.get_model, net, weights=None)
            facts |= same_network(net, ours(), theirs())
            tables[net] = [
                imports(module, given.rounds, net),
                *workloads(ours, theirs, given.rounds, net),
            ]
    given.deliver(Report("networks", given.rounds, PACKAGES, facts, tables))


def same_network(net: str, ours: nn.Module, theirs: nn.Module) -> dict[str, str]:
    """A faster network that computes something else would be no news."""
    ours.load_state_dict(theirs.state_dict())
    images = pictures(1)
    with torch.inference_mode():
        expected, got = theirs.eval()(images), ours.eval()(images)
    difference = ((got - expected).abs().max() / expected.abs().max()).item()
    return {
        f"{net}, largest difference with torchvision's weights": f"{difference:.1e}",
        f"{net}, graph breaks": str(explain(ours)(images).graph_break_count),
    }


def imports(module: str, rounds: int, net: str) -> Measurement:
    """The file beside `torchvision.models` alone: torch and the rest are there."""
    makers = {
        f"{THEIRS}: import": partial(
            importing, "torchvision.models.resnet", "torchvision.models"
        ),
        f"{OURS}: import": partial(importing, module, module),
    }
    row = Compare(f"{OURS}: import", f"{THEIRS}: import", target=TARGET)
    return round_robin(makers, [row], rounds, f"{net}: import")


def workloads(
    ours: Construct, theirs: Construct, rounds: int, net: str
) -> list[Measurement]:
    measured: list[Measurement] = []
    for name, workload in WORKLOADS.items():
        mine, base = f"{OURS}: {name}", f"{THEIRS}: {name}"
        makers = {base: partial(workload, theirs), mine: partial(workload, ours)}
        row = Compare(mine, base, target=TARGET)
        measured.append(round_robin(makers, [row], rounds, f"{net}: {name}"))
    return measured


if __name__ == "__main__":
    main()
