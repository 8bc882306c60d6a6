"""Every layer and every tensor of a network, repeats unrolled, by its full name."""

from __future__ import annotations

from collections.abc import Iterator

from resdsl.core.record import NamedTuple
from resdsl.ir.net import Group, Instance, Item, Merge, Named, Net, Node, Repeat
from resdsl.ops.base import Weight


class Layer(NamedTuple):
    """One layer and its name in the checkpoint, as in `layer1.0.conv1`."""

    path: str
    node: Node


class Tensor(NamedTuple):
    """One tensor of the checkpoint: `layer1.0.conv1.weight`, and the layer it is of."""

    key: str
    weight: Weight
    layer: Layer

    @property
    def shape(self) -> tuple[int, ...]:
        """Its shape in the checkpoint, whose layout is torch's."""
        return tuple(int(extent) for extent in self.weight.shape)


def layers(net: Net) -> Iterator[Layer]:
    """The layers of `net`, each once, in the order of the checkpoint."""
    yield from _members(net.unit.body, "")


def tensors(net: Net) -> Iterator[Tensor]:
    """The tensors of `net`, in the order of the checkpoint."""
    for layer in layers(net):
        for weight in layer.node.kind.weights(layer.node.x):
            yield Tensor(weight.key(layer.path), weight, layer)


def _members(items: tuple[Item | Repeat, ...], prefix: str) -> Iterator[Layer]:
    """The layers of a unit: its own tensors stand before those of its members.

    Those of a list stand together, wherever its members are used.
    """
    heads: dict[str, list[Layer]] = {}
    for layer in _items(items, prefix):
        head = layer.path[len(prefix) :].partition(".")[0]
        heads.setdefault(head, []).append(layer)
    found = [layer for together in heads.values() for layer in together]
    yield from (layer for layer in found if _is_own(layer, prefix))
    yield from (layer for layer in found if not _is_own(layer, prefix))


def _is_own(layer: Layer, prefix: str) -> bool:
    path, node = layer
    weights = node.kind.weights(node.x) if path == f"{prefix}{node.name}" else ()
    return any(weight.bare for weight in weights)


def _items(items: tuple[Item | Repeat, ...], prefix: str) -> Iterator[Layer]:
    for item in items:
        if isinstance(item, Repeat):
            for index in range(item.first, item.first + item.times):
                yield from _item(item.item, f"{prefix}{index}")
        elif isinstance(item, Merge):
            yield from _merge(item, prefix)
        elif isinstance(item, Node | Instance | Group) and not item.again:
            yield from _item(item, f"{prefix}{item.name}")


def _item(item: Named, path: str) -> Iterator[Layer]:
    if isinstance(item, Node):
        yield Layer(path, item)
    elif isinstance(item, Instance):
        yield from _members(item.unit.body, f"{path}.")
    else:
        yield from _items(item.items, f"{path}.")


def _merge(merge: Merge, prefix: str) -> Iterator[Layer]:
    for path in merge.paths:
        yield from _items(path.body, prefix)
    if merge.shortcut is not None:
        yield from _item(merge.shortcut, f"{prefix}{merge.shortcut.name}")
