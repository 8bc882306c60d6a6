"""The Python door: `load` a net, `check` a text, `sweep` over a net's parameters."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, overload

from resdsl.compiler import Opened, Origin, check_file, compile_net, load_net
from resdsl.core.diagnostic import Diagnostic
from resdsl.core.limits import Limits
from resdsl.core.record import NamedTuple
from resdsl.core.render import as_data, as_text
from resdsl.ir.net import Net
from resdsl.ir.outputs import with_outputs
from resdsl.values.shape import Shape

if TYPE_CHECKING:
    from onnx import ModelProto
    from torch import nn

    from resdsl.reference import Reference
    from resdsl.variants import Variant
    from resdsl.weights.arrays import Weights


class Network:
    """One net of a `.res` file, understood and checked."""

    def __init__(self, ir: Net) -> None:
        self.ir = ir
        self.name = ir.name

    @property
    def params(self) -> int:
        """How many numbers are trained."""
        return self.ir.unit.parameters

    @property
    def macs(self) -> int:
        """Multiply-accumulates of one example; FLOPs are twice as many.

        Raises:
            ValueError: a size of the input is symbolic, so the cost is a formula.
        """
        cost = self.ir.unit.macs
        if cost is None:
            raise ValueError(f"the cost of '{self.name}' depends on its input's size")
        return cost

    @property
    def input_shape(self) -> tuple[int | str, ...]:
        """The sizes of the input in the order of memory, which is channels first.

        The batch is not among them; a symbolic size is text.
        """
        return _plain_shape(self.ir.unit.x)

    @property
    def output_shape(self) -> tuple[int | str, ...]:
        """The sizes of the output in the order of memory, as `input_shape` has them.

        Of several outputs, those of the tensor that is computed last.
        """
        return _plain_shape(self.ir.unit.y)

    @property
    def output_shapes(self) -> dict[str, tuple[int | str, ...]]:
        """Shapes of several outputs by name; empty where the net gives one tensor."""
        return {o.name: _plain_shape(o.shape) for o in self.ir.unit.outputs}

    def with_outputs(self, *names: str) -> Network:
        """A backbone: the net up to the last of these layers, whose outputs it gives.

        Args:
            names: as in the state dict, of the net's own layers, blocks and stages
                (`layer2`), or of a group's members (`features.3`).

        Raises:
            ResdslError: there is no such name, or it is given twice.
            ValueError: there are no names.
        """
        return Network(with_outputs(self.ir, names))

    def source(self, target: str, **options: object) -> str:
        """The generated code.

        Args:
            target: the framework.
            options: what the target can be asked for: `inline` and `opset` for `onnx`.

        Raises:
            ResdslError: the target is unknown, or lacks something that the net needs.
        """
        return compile_net(self.ir, target, **options)

    @overload
    def build(
        self,
        target: Literal["torch"],
        *,
        weights: Weights | str | Path | None = None,
        **arguments: object,
    ) -> nn.Module: ...

    @overload
    def build(
        self,
        target: Literal["onnx"],
        *,
        weights: Weights | str | Path | None = None,
        **arguments: object,
    ) -> ModelProto: ...

    @overload
    def build(
        self,
        target: Literal["numpy"],
        *,
        weights: Weights | str | Path | None = None,
    ) -> Reference: ...

    @overload
    def build(
        self,
        target: str,
        *,
        weights: Weights | str | Path | None = None,
        **arguments: object,
    ) -> Any: ...

    def build(
        self,
        target: str,
        *,
        weights: Weights | str | Path | None = None,
        **arguments: object,
    ) -> Any:
        """A live network: the generated code, run in a module of its own.

        Args:
            target: `torch` or `keras`; `onnx` gives a model; `numpy` is the reference,
                which needs no code.
            weights: a file of weights, or arrays by their names in the checkpoint;
                without them the network starts as the language says.
            arguments: the free parameters of the net, as its constructor takes them;
                for `onnx`, `inline` and `opset`.

        Raises:
            ResdslError: the target is unknown or lacks something that the net needs, or
                the weights are those of another net.
            OSError: the file of weights cannot be read.
            ImportError: the target's framework is not installed.
        """
        from resdsl.live import build

        return build(self.ir, target, weights, arguments)

    def __repr__(self) -> str:
        shapes = f"{self.input_shape} -> {self.output_shapes or self.output_shape}"
        return f"<Network {self.name}: {shapes}, {self.params:,} parameters>"


class Report(NamedTuple):
    """All that is wrong with a text; `ok` when nothing is."""

    diagnostics: tuple[Diagnostic, ...]
    nets: tuple[Network, ...]

    @property
    def ok(self) -> bool:
        """Whether there are no findings."""
        return not self.diagnostics

    def data(self) -> list[dict[str, object]]:
        """The findings as JSON-ready data."""
        return [as_data(d) for d in self.diagnostics]

    def __str__(self) -> str:
        return as_text(self.diagnostics)


def load(
    path_or_text: str | Path,
    net: str | None = None,
    limits: Limits = Limits(),
    **params: object,
) -> Network:
    """One net of a `.res` file or text.

    Args:
        path_or_text: a path, or a text of at least two lines.
        net: the name of the net; may be absent where only one is complete.
        limits: the bounds of the compilation.
        params: values for the net's parameters; text is an expression of the language,
            as in `unit="bottleneck"`.

    Raises:
        ResdslError: there are findings; it carries them and prints as they do.
        OSError: the file cannot be read.
    """
    return Network(load_net(*_read(path_or_text), net, params, limits))


def _read(path_or_text: str | Path) -> tuple[bytes | str, Origin]:
    if isinstance(path_or_text, str) and (
        not path_or_text.strip() or "\n" in path_or_text or "\r" in path_or_text
    ):
        return path_or_text, Origin("<text>", None)
    path = Path(path_or_text)
    return path.read_bytes(), Origin(path.name, path.parent)


class Candidate(NamedTuple):
    """One net of a sweep: its parameters as given, and what came of them."""

    params: dict[str, object]
    network: Network | None
    """The net; none where there are findings."""
    diagnostics: tuple[Diagnostic, ...]

    @property
    def ok(self) -> bool:
        """Whether there are no findings."""
        return self.network is not None


def sweep(
    path_or_text: str | Path,
    net: str | None = None,
    limits: Limits = Limits(),
    **values: str | Iterable[object],
) -> Iterator[Candidate]:
    """Every combination of values for a net's parameters, the last varying fastest.

    Each is checked when it is asked for, as `load` would; none ends the others.

    Args:
        path_or_text: a path, or a text of at least two lines.
        net: the name of the net; may be absent where only one is complete.
        limits: the bounds of each compilation.
        values: for each parameter the values that it takes, each as for `load`; or a
            text as on the command line, such as `"18,34"` or `"32..128:32"`.

    Raises:
        ResdslError: the file has findings, or no such net or parameters.
        ValueError: a parameter has no values.
        OSError: the file cannot be read.
    """
    from resdsl.variants import Grid, parse_values, variants

    axes = {
        name: parse_values(given) if isinstance(given, str) else _sequence(given)
        for name, given in values.items()
    }
    empty = [name for name, axis in axes.items() if not axis]
    if empty:
        raise ValueError(f"'{empty[0]}' has no values")
    opened = Opened(*_read(path_or_text), limits)
    chosen = opened.settle(net, axes)
    found = variants(opened, chosen, Grid(axes))
    return (_candidate(variant) for variant in found)


def _sequence(values: Iterable[object]) -> Sequence[object]:
    return values if isinstance(values, range) else tuple(values)


def _candidate(variant: Variant) -> Candidate:
    nets, findings = variant.checked
    network = Network(nets[0]) if nets and not findings else None
    return Candidate(variant.given, network, findings)


def check(text: str | bytes, limits: Limits = Limits()) -> Report:
    """Everything that is wrong with a text.

    Reads no file but the standard library, and never raises on bad input.

    Raises:
        TypeError: `text` is neither text nor bytes.
    """
    if not isinstance(text, str | bytes):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise TypeError(f"expected text or bytes, found {type(text).__name__}")
    checked = check_file(text, Origin("<text>", None), limits)
    return Report(checked.findings, tuple(Network(net) for net in checked.nets))


def _plain_shape(shape: Shape) -> tuple[int | str, ...]:
    return tuple(size if isinstance(size, int) else str(size) for size in shape.sizes)
