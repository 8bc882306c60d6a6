"""A net of the zoo held to its original in torch: names, shapes, numbers."""

import copy
from collections import defaultdict
from dataclasses import dataclass, field
from itertools import zip_longest

import torch
from measure import of_order_one, relative
from originals import noise, original, randomise
from registry import Model
from torch import Tensor, nn
from torch.utils.flop_counter import FlopCounterMode

import resdsl

SHOWN = 12
"""How many lines of a difference are shown."""
Shapes = dict[str, tuple[int, ...]]


@dataclass
class Compared:
    """What was found; `faults` is empty where all is as `models.toml` expects."""

    parameters: int
    """The original's."""
    macs: int | None
    """The original's at the size that ours declares, if it does, counted by torch."""
    state_dict: str = "other"
    """`equal`, `other order` or `other`."""
    single: float | None = None
    """The largest difference of outputs in float32, over the largest output."""
    double: float | None = None
    """The same in float64, measured where float32 is not equal bit for bit."""
    own: float | None = None
    """Of the original alone: float32 from float64, where another target needs it."""
    faults: list[str] = field(default_factory=list)
    x: Tensor = field(default_factory=lambda: torch.empty(0))
    y: Tensor = field(default_factory=lambda: torch.empty(0))
    state: dict[str, Tensor] = field(default_factory=dict)
    original: nn.Module = field(default_factory=nn.Identity)

    def exact(self) -> Tensor:
        """The original's output in float64: what float32 only rounds."""
        x = self.x.double() if self.x.is_floating_point() else self.x
        with torch.no_grad():
            return copy.deepcopy(self.original).double()(x)


def compare(model: Model, network: resdsl.Network) -> Compared:
    """Build both, give ours the original's weights, run both in evaluation."""
    ours, theirs = network.build("torch").eval(), original(model).eval()
    found = Compared(
        sum(p.numel() for p in theirs.parameters()), counted(theirs, model, network)
    )
    found.faults += _costs(network, found)
    our_shapes, their_shapes = shapes(ours), shapes(theirs)
    if our_shapes != their_shapes:
        found.faults.append(difference(our_shapes, their_shapes))
        return found
    same_order = list(our_shapes) == list(their_shapes)
    found.state_dict = "equal" if same_order else "other order"
    randomise(theirs, noise(model, batch=4, seed=1), model.gates)
    found.state = theirs.state_dict()
    ours.load_state_dict(found.state, strict=True)
    found.x, found.original = noise(model, batch=2, seed=2), theirs
    _hold_outputs(model, found, ours, theirs)
    return found


def counted(theirs: nn.Module, model: Model, network: resdsl.Network) -> int | None:
    """Multiply-accumulates of one example, at no cost: on the meta device."""
    if network.ir.unit.macs is None:
        return None
    dtype = torch.long if model.words else torch.float
    shape = map(int, network.input_shape)
    x = torch.empty(1, *shape, dtype=dtype, device="meta")
    with torch.no_grad(), FlopCounterMode(display=False) as counter:
        copy.deepcopy(theirs).to("meta")(x)
    return counter.get_total_flops() // 2


def _costs(network: resdsl.Network, found: Compared) -> list[str]:
    pairs = {
        "parameters": (network.params, found.parameters),
        "multiply-accumulates": (network.ir.unit.macs, found.macs),
    }
    return [
        f"{ours:,} {what}; the original has {theirs:,}"
        for what, (ours, theirs) in pairs.items()
        if ours != theirs
    ]


def _hold_outputs(
    model: Model, found: Compared, ours: nn.Module, theirs: nn.Module
) -> None:
    with torch.no_grad():
        found.y, y = theirs(found.x), ours(found.x)
    if not of_order_one(found.y):
        std = found.y.std().item()
        found.faults.append(f"outputs of deviation {std:.2g} show nothing")
    if y.shape != found.y.shape:
        found.faults.append(f"{tuple(y.shape)}, where {tuple(found.y.shape)} is due")
        return
    found.single = relative(y, found.y)
    if not found.single <= model.tolerance:  # so that NaN is a fault
        found.faults.append(
            f"outputs differ by {found.single:.1e}; {parted(ours, theirs, found.x)}"
        )
    if found.single:
        x = found.x if model.words else found.x.double()
        with torch.no_grad():
            found.double = relative(ours.double()(x), found.exact())


def shapes(model: nn.Module) -> Shapes:
    return {key: tuple(value.shape) for key, value in model.state_dict().items()}


def difference(ours: Shapes, theirs: Shapes) -> str:
    """Two state dicts side by side, from where they part."""
    missing = [key for key in theirs if key not in ours]
    unexpected = [key for key in ours if key not in theirs]
    counts = f"ours lacks {len(missing)} keys, and has {len(unexpected)} alone"
    lines = [f"state dicts differ: {counts}"]
    lines += _columns(theirs, ours, missing, unexpected)
    lines += [
        f"  {key}: ours is {ours[key]}, the original {theirs[key]}"
        for key in theirs
        if key in ours and ours[key] != theirs[key]
    ][:SHOWN]
    return "\n".join(lines)


def _columns(
    theirs: Shapes, ours: Shapes, missing: list[str], unexpected: list[str]
) -> list[str]:
    """What each side has alone, in its order, beside what the other has alone."""
    rows = [("only the original has", "only ours has")]
    rows += [
        (f"{a} {theirs[a]}" if a else "", f"{b} {ours[b]}" if b else "")
        for a, b in zip_longest(missing, unexpected, fillvalue="")
    ][:SHOWN]
    width = max(len(row[0]) for row in rows)
    return [f"  {a:{width}}   {b}".rstrip() for a, b in rows] if rows[1:] else []


def parted(ours: nn.Module, theirs: nn.Module, x: Tensor) -> str:
    """The first module of both whose output differs, in the original's order of use."""
    mine, others = calls(ours, x), calls(theirs, x)
    common = [name for name in others if len(mine.get(name, ())) == len(others[name])]
    equal = "nothing"
    for name in common:
        for a, b in zip(mine[name], others[name], strict=True):
            if a.shape != b.shape:
                shapes = f"{tuple(a.shape)}, not {tuple(b.shape)}"
                return f"first at '{name}': {shapes}; last equal: {equal}"
            if not torch.equal(a, b):
                by = f"{relative(a, b):.1e}"
                return f"first at '{name}', by {by}; last equal: {equal}"
        equal = f"'{name}'"
    return "though no module that both have differs"


@torch.no_grad()
def calls(model: nn.Module, x: Tensor) -> dict[str, list[Tensor]]:
    """The outputs of each module, by its name, in the order of their first end."""
    found: defaultdict[str, list[Tensor]] = defaultdict(list)
    hooks = [
        module.register_forward_hook(
            lambda _, __, y, name=name: (
                found[name].append(y.clone()) if isinstance(y, Tensor) else None
            )
        )
        for name, module in model.named_modules()
        if name
    ]
    model(x)
    for hook in hooks:
        hook.remove()
    return found
