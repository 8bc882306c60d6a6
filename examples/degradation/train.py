"""Plain and residual networks of growing depth, all trained alike: He et al. 2015, 4.2.

Both kinds are generated from one file, `plain_or_residual.res`. The images are 1797
handwritten digits, 8x8, that scikit-learn brings. What is measured is the error on the
images that are trained on: a network that does worse there does not overfit, it is hard
to train.

    python train.py
    torchrun --standalone --local-addr 127.0.0.1 --nproc-per-node 2 train.py

The second gives the same curves, from two processes.
"""

import argparse
import json
import os
import socket
import statistics
import sys
from itertools import product
from pathlib import Path
from typing import NamedTuple

import matplotlib
import torch
from matplotlib.figure import Figure
from sklearn.datasets import load_digits
from torch import Tensor, distributed, nn
from torch.nn.functional import cross_entropy
from torch.nn.parallel import DistributedDataParallel
from torch.optim import SGD
from torch.optim.lr_scheduler import MultiStepLR
from tqdm import tqdm

import resdsl

HERE = Path(__file__).parent
KINDS = ("plain", "residual")

# The paper's, but for the number of epochs.
BATCH, LEARNING_RATE, MOMENTUM, WEIGHT_DECAY = 128, 0.1, 0.9, 1e-4
# As on the paper's two GPUs, batch norm sees half a batch, in one process as in two.
SHARES = 2

# torchrun's; without it there is one process.
RANK, RANKS = int(os.environ.get("RANK", "0")), int(os.environ.get("WORLD_SIZE", "1"))


class Run(NamedTuple):
    """One network, trained once."""

    kind: str
    depth: int
    seed: int
    errors: list[float]
    """In percent of the images that were trained on, an epoch each."""


def main() -> None:
    """Train every network, then write the curves, their figure and their table."""
    options = arguments()
    # For images of 8x8 a second thread only waits; and sums keep their order.
    torch.set_num_threads(1)
    device = torch.device(options.device)
    if RANKS > 1:
        device = meet(device)
    images, labels = digits(device)
    runs: list[Run] = []
    for seed, depth, kind in product(options.seeds, options.depths, KINDS):
        net = resdsl.load(HERE / "plain_or_residual.res", net=kind, depth=depth)
        torch.manual_seed(seed)
        model = net.build("torch").to(device)
        bar = tqdm(range(options.epochs), f"{kind} {depth}", disable=RANK > 0)
        runs.append(Run(kind, depth, seed, train(model, images, labels, seed, bar)))
    if RANK == 0:
        write(runs, options.out)
    if RANKS > 1:
        # Gloo's threads sometimes abort a process that ends with destructors.
        sys.stdout.flush()
        os._exit(0)


def arguments() -> argparse.Namespace:
    """The command line; a prefix such as `--seed 1` will do."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    add = parser.add_argument
    add("--depths", type=depth, nargs="+", default=[20, 32, 44, 74], metavar="6n+2")
    add("--epochs", type=int, default=24, help="default: %(default)s")
    add("--seeds", type=int, nargs="+", default=[0, 1, 2], help="each a curve")
    add("--out", type=Path, default=Path(), help="a folder; default: where you are")
    add("--device", default="cpu", help="such as cuda; default: %(default)s")
    options = parser.parse_args()
    if options.epochs < 1:
        parser.error("--epochs: at least 1")
    if SHARES % RANKS:
        parser.error(f"{RANKS} processes cannot share a batch of {SHARES} shares")
    return options


def depth(text: str) -> int:
    """A number of layers that the family has.

    Raises:
        ArgumentTypeError: the number is not 6n + 2.
    """
    layers = int(text)
    if layers < 8 or layers % 6 != 2:
        raise argparse.ArgumentTypeError(f"{layers} is not 6n + 2, such as 20 or 74")
    return layers


def meet(device: torch.device) -> torch.device:
    """Find the other process; the device, of those of this kind, that is this one's."""
    loopback = next(name for _, name in socket.if_nameindex() if name.startswith("lo"))
    os.environ.setdefault("GLOO_SOCKET_IFNAME", loopback)
    on_gpu = device.type == "cuda"
    if on_gpu:
        device = torch.device("cuda", int(os.environ["LOCAL_RANK"]))
        torch.cuda.set_device(device)
    distributed.init_process_group("nccl" if on_gpu else "gloo")
    return device


def digits(device: torch.device) -> tuple[Tensor, Tensor]:
    """Images (1797, 1, 8, 8), of mean 0 and deviation 1, and their labels (1797,)."""
    pixels, labels = load_digits(return_X_y=True)
    images = torch.tensor(pixels, dtype=torch.float32).reshape(-1, 1, 8, 8)
    images = (images - images.mean()) / images.std()
    return images.to(device), torch.tensor(labels).to(device)


def train(
    model: nn.Module, images: Tensor, labels: Tensor, seed: int, epochs: tqdm
) -> list[float]:
    """The error of each epoch, while it is trained on.

    As in the paper, the learning rate is divided by 10 after a half and three quarters.
    """
    optimizer = SGD(
        model.parameters(), LEARNING_RATE, MOMENTUM, weight_decay=WEIGHT_DECAY
    )
    total = len(epochs)
    schedule = MultiStepLR(optimizer, [total // 2, total * 3 // 4])
    parallel = DistributedDataParallel(model) if RANKS > 1 else model
    # Every process draws the same order, and takes its share of each batch.
    shuffle = torch.Generator().manual_seed(seed)
    errors: list[float] = []
    for _ in epochs:
        wrong = torch.zeros((), dtype=torch.int64, device=images.device)
        order = torch.randperm(len(images), generator=shuffle).to(images.device)
        # What no longer fills a batch is left out: five images, others each time.
        batches = order.split(BATCH)[: len(order) // BATCH]
        for batch in batches:
            optimizer.zero_grad()
            wrong += backward(parallel, images[batch], labels[batch])
            optimizer.step()
        schedule.step()
        if RANKS > 1:
            distributed.all_reduce(wrong)
        errors.append(round(100 * wrong.item() / (BATCH * len(batches)), 3))
        epochs.set_postfix_str(f"training error {errors[-1]:.1f} %")
    return errors


def backward(model: nn.Module, images: Tensor, labels: Tensor) -> Tensor:
    """Add the gradients of this process's shares of a batch; how many it got wrong."""
    shares = list(zip(images.chunk(SHARES), labels.chunk(SHARES), strict=True))
    mine = shares[RANK::RANKS]
    wrong = torch.zeros((), dtype=torch.int64, device=images.device)
    for x, y in mine:
        scores = model(x)
        # Over processes, DistributedDataParallel takes the mean.
        (cross_entropy(scores, y) / len(mine)).backward()
        wrong += (scores.argmax(1) != y).sum()
    return wrong


def write(runs: list[Run], folder: Path) -> None:
    """`curves.json`, `degradation.svg` and `.png`; the table is printed."""
    folder.mkdir(parents=True, exist_ok=True)
    lines = ",\n".join(json.dumps(run._asdict()) for run in runs)
    (folder / "curves.json").write_text(f"[\n{lines}\n]\n", "utf-8", newline="\n")
    matplotlib.rcParams["svg.hashsalt"] = "degradation"
    figure = draw(runs)
    figure.savefig(folder / "degradation.svg", metadata={"Date": None})
    figure.savefig(folder / "degradation.png", dpi=80)
    print(table(runs))


def read(path: Path) -> list[Run]:
    """The runs of a `curves.json`."""
    return [Run(**run) for run in json.loads(path.read_text("utf-8"))]


def draw(runs: list[Run]) -> Figure:
    """Training error by epoch: a panel a kind, a colour a depth.

    A line is the mean over the seeds, the band around it reaches from the least to the
    greatest.
    """
    figure = Figure(figsize=(8, 3.5), layout="constrained")
    panels = figure.subplots(1, len(KINDS), sharey=True)
    for panel, kind in zip(panels, KINDS, strict=True):
        for layers in depths(runs):
            curves = list(zip(*curves_of(runs, kind, layers), strict=True))
            epochs = range(1, len(curves) + 1)
            mean = [statistics.fmean(errors) for errors in curves]
            (line,) = panel.plot(epochs, mean, label=f"{layers} layers")
            least, greatest = map(min, curves), map(max, curves)
            panel.fill_between(
                epochs, list(least), list(greatest), color=line.get_color(), alpha=0.2
            )
        panel.set(title=kind, xlabel="epoch", ylim=(0, 100))
        panel.grid(alpha=0.3)
    panels[0].set_ylabel("training error (%)")
    panels[1].legend()
    return figure


def table(runs: list[Run]) -> str:
    """The error of the last epoch in Markdown: the mean over the seeds, and each."""
    rows = ["| layers | plain | residual |", "|---|---|---|"]
    for layers in depths(runs):
        cells = [str(layers)]
        for kind in KINDS:
            last = [errors[-1] for errors in curves_of(runs, kind, layers)]
            each = ", ".join(f"{error:.1f}" for error in last)
            cells.append(f"{statistics.fmean(last):.1f} % ({each})")
        rows.append(f"| {' | '.join(cells)} |")
    return "\n".join(rows)


def depths(runs: list[Run]) -> list[int]:
    """The depths that were trained, each once, in order."""
    return sorted({run.depth for run in runs})


def curves_of(runs: list[Run], kind: str, layers: int) -> list[list[float]]:
    """The curves of one network, a seed each."""
    return [run.errors for run in runs if (run.kind, run.depth) == (kind, layers)]


if __name__ == "__main__":
    main()
