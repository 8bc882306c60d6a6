"""The pipeline: text -> tree -> network -> page. Every station is one call below."""

from __future__ import annotations

import gc
from collections.abc import Callable, Generator, Iterable
from contextlib import contextmanager, suppress
from importlib import import_module
from pathlib import Path, PurePath
from typing import Any

from resdsl import files
from resdsl.backends import TARGETS
from resdsl.core.catalog import (
    NestedTooDeep,
    NotAvailable,
    OutsideRoot,
    UnknownFile,
)
from resdsl.core.diagnostic import Diagnostic, ResdslError, Stop
from resdsl.core.limits import Limits
from resdsl.core.nearest import did_you_mean
from resdsl.core.record import NamedTuple
from resdsl.core.render import as_text
from resdsl.core.report import Collector, EnoughError
from resdsl.core.source import Source, Span
from resdsl.ir.net import Net
from resdsl.lower.declarations import Declarations
from resdsl.lower.memory import Memory
from resdsl.lower.program import Program
from resdsl.ops.fault import Fault
from resdsl.syntax import ast
from resdsl.syntax.decode import decode
from resdsl.syntax.parse import parse_expression

PLANNED_TARGETS = ("tensorflow", "jax", "mxnet", "caffe")
_REFERENCE = "numpy"


class Origin(NamedTuple):
    """Where a text came from, and below which folder `use` may read."""

    name: str
    root: Path | None


class Checked(NamedTuple):
    """A file understood: its nets that need no arguments, and all findings."""

    nets: tuple[Net, ...]
    findings: tuple[Diagnostic, ...]


def check_file(data: bytes | str, origin: Origin, limits: Limits = Limits()) -> Checked:
    """Understand a whole file: every net that is complete, and what no net uses."""
    from resdsl.lower.unseen import check_unseen  # a compilation does without

    findings = Collector()
    made: list[Net | None] = []
    with _collector_paused(), _bounded(findings, origin):
        declarations = _open(data, origin, limits, findings)
        if declarations is not None:
            program = Program(declarations, findings, limits)
            made = [program.net(name) for name in program.complete_nets()]
            check_unseen(program)
    return Checked(tuple(net for net in made if net), findings.sorted())


def net_names(data: bytes | str, origin: Origin) -> list[str]:
    """The names of the nets that are complete, whether or not they are right.

    Raises:
        ResdslError: the text does not read as the language.
    """
    findings = Collector()
    names: list[str] = []
    with _bounded(findings, origin):
        declarations = _open(data, origin, Limits(), findings)
        if declarations is not None:
            names = Program(declarations, findings, Limits()).complete_nets()
    if findings:
        found = findings.sorted()
        raise ResdslError(found, as_text(found))
    return names


def load_net(
    data: bytes | str,
    origin: Origin,
    name: str | None = None,
    params: dict[str, object] | None = None,
    limits: Limits = Limits(),
) -> Net:
    """One net of a file.

    Args:
        data: the file's bytes or text.
        origin: where it came from.
        name: the net; the only complete one when absent.
        params: values for the net's parameters. Text is an expression of the language.
        limits: the bounds.

    Raises:
        ResdslError: the file has findings, or there is no such net.
    """
    return Opened(data, origin, limits).load(name, params or {})


class Opened:
    """A file that is read and parsed once, for any number of its nets.

    What one net is does not depend on those before it; it is only made sooner.
    """

    def __init__(
        self, data: bytes | str, origin: Origin, limits: Limits = Limits()
    ) -> None:
        self._origin, self._limits = origin, limits
        self._memory = Memory()
        self._trees: dict[tuple[str, str], ast.Expr | Stop] = {}
        self._values: dict[tuple[str, str], tuple[object, int]] = {}
        """And the steps that it took to work each out."""
        self._found = Collector()
        self._declarations: Declarations | None = None
        with _collector_paused(), _bounded(self._found, origin):
            self._declarations = _open(data, origin, limits, self._found)

    def load(self, name: str | None, params: dict[str, object]) -> Net:
        """The net called `name`, as `load_net` gives it.

        Raises:
            ResdslError: there are findings, or there is no such net.
        """
        checked = self.check(name, params)
        if checked.findings or not checked.nets:
            raise ResdslError(checked.findings, as_text(checked.findings))
        return checked.nets[0]

    def check(self, name: str | None, params: dict[str, object]) -> Checked:
        """The net called `name`, if it can be made, and all findings on the way."""
        net = None
        findings = Collector(self._found.sorted())
        with _collector_paused(), self._program(findings) as program:
            if program is not None:
                given = {k: self._value(program, k, v) for k, v in params.items()}
                net = program.net(program.choose(name, given), given)
        return Checked((net,) if net else (), findings.sorted())

    def settle(self, name: str | None, params: Iterable[str]) -> str:
        """The net that `name` stands for, when all of `params` will be given.

        Raises:
            ResdslError: the file has findings or no such net, or that net has no such
                parameters or needs others.
        """
        chosen = ""
        given = dict.fromkeys(params)
        findings = Collector(self._found.sorted())
        with self._program(findings) as program:
            if program is not None:
                chosen = program.choose(name, given)
                program.settle(chosen, given)
        if findings:
            found = findings.sorted()
            raise ResdslError(found, as_text(found))
        return chosen

    @contextmanager
    def _program(self, findings: Collector) -> Generator[Program | None]:
        """A program with a budget of its own; what stops it is a finding."""
        made = None
        if self._declarations is not None:
            made = Program(self._declarations, findings, self._limits, self._memory)
        with _bounded(findings, self._origin):
            try:
                yield made
            except Stop as stop:
                findings.add(stop.diagnostic)

    def _value(self, program: Program, name: str, value: object) -> object:
        """A parameter's value; text is an expression, which is read once."""
        if not isinstance(value, str):
            return value
        found, steps = self._values.get((name, value), (None, program.budget.left))
        if steps < program.budget.left:
            program.budget.spend(steps, Span(program.main.source, 0, 0))
            return found
        known = self._trees.get((name, value))
        if known is None:
            try:
                known = parse_expression(Source(f"--set {name}", value), self._limits)
            except Stop as stop:
                known = stop
            self._trees[name, value] = known
        if isinstance(known, Stop):
            raise Stop(known.diagnostic)
        left = program.budget.left
        found = program.expression(known)
        if not program.findings:
            self._values[name, value] = found, left - program.budget.left
        return found


def compile_net(net: Net, target: str, **options: Any) -> str:
    """The page of `net` for a target.

    Args:
        net: the network.
        target: the framework.
        options: what that target can be asked for: see `target_options`.

    Raises:
        ResdslError: the target is not there, or lacks something that the net needs.
    """
    try:
        with _collector_paused():
            return _emitter(target, net)(net, **options)
    except Stop as stop:
        found = stop.diagnostic
    except Fault as fault:
        found = fault.at(net.unit.span)
    except RecursionError:
        found = _too_deep(net.unit.span)
    raise ResdslError((found,), as_text((found,)))


def _emitter(target: str, net: Net) -> Callable[..., str]:
    if target in TARGETS:
        return import_module(f"resdsl.backends.{target}").source
    message, hint = target_fault(target)
    raise Stop(NotAvailable(net.unit.span, message, hint=hint))


def target_fault(target: str) -> tuple[str, ...]:
    """Why there is no such target, and a hint; nothing where there is one."""
    if target in TARGETS:
        return ()
    if target == _REFERENCE:
        how = f"in Python, resdsl.load(FILE).build('{target}')"
        return f"the target '{target}' is run, not written", how
    planned = target in PLANNED_TARGETS
    what = "is not available yet" if planned else "is unknown"
    near = "" if planned else did_you_mean(target, (*TARGETS, *PLANNED_TARGETS))
    hint = near or f"there is: {', '.join(TARGETS)}"
    return f"the target '{target}' {what}", hint


def target_options(target: str) -> tuple[str, ...]:
    """What `compile_net` takes for a target besides the net."""
    options: tuple[str, ...] = getattr(
        import_module(f"resdsl.backends.{target}"), "OPTIONS", ()
    )
    return options


def _open(
    data: bytes | str, origin: Origin, limits: Limits, findings: Collector
) -> Declarations | None:
    try:
        source = decode(data, origin.name, limits)
    except Stop as stop:
        findings.add(stop.diagnostic)
        return None
    return Declarations(source, findings, limits, _Library(origin, limits).read)


class _Library:
    """Finds what `use` names: the standard library, or files below the root."""

    def __init__(self, origin: Origin, limits: Limits) -> None:
        self.origin = origin
        self.limits = limits

    def read(self, target: str, is_file: bool, user: Source, span: Span) -> Source:
        """The text of a used file.

        Raises:
            Stop: it cannot be read, or lies outside the root.
        """
        if not is_file:
            return self._standard(target, span)
        root = self.origin.root
        if root is None:
            message = "a text without a file cannot use other files"
            raise Stop(UnknownFile(span, message, hint="load it by its path"))
        base = root.resolve()
        here = (
            PurePath(user.name).parent if user.name != self.origin.name else PurePath()
        )
        try:
            path = (base / here / target).resolve()
        except (OSError, RuntimeError):  # links that lead to each other
            raise _unreadable(target, span) from None
        if not path.is_relative_to(base) or PurePath(target).is_absolute():
            message = f"'{target}' lies outside the project's root"
            hint = "use files beside or below the file that is compiled"
            raise Stop(OutsideRoot(span, message, hint=hint))
        try:
            if not path.is_file():  # to open a pipe could take forever
                raise _unreadable(target, span)
            with path.open("rb") as stream:
                data = stream.read(self.limits.file_bytes + 1)
        except (OSError, ValueError):
            raise _unreadable(target, span) from None
        name = path.relative_to(base).as_posix()
        # The library's own files are called std/NAME.res.
        name = f"./{name}" if name.startswith("std/") else name
        return decode(data, name, self.limits)

    def _standard(self, name: str, span: Span) -> Source:
        names = _standard_names()
        if name not in names:
            message = f"the standard library has no '{name}'"
            hint = did_you_mean(name, names) or f"it has: {', '.join(names)}"
            raise Stop(UnknownFile(span, message, hint=hint))
        data = (files.STD / f"{name}.res").read_bytes()
        return decode(data, f"std/{name}.res", self.limits)


def _unreadable(target: str, span: Span) -> Stop:
    known = target.removesuffix(".res") in _standard_names()
    hint = f"write 'use {target.removesuffix('.res')}' for the standard library"
    message = f"cannot read '{target}'"
    return Stop(UnknownFile(span, message, hint=hint * known))


def _standard_names() -> list[str]:
    return sorted(path.stem for path in files.STD.glob("*.res"))


@contextmanager
def _bounded(findings: Collector, origin: Origin) -> Generator[None]:
    """End at the last finding that anyone would read, or where Python's stack ends."""
    try:
        yield
    except EnoughError:
        pass
    except RecursionError:
        span = Span(Source(origin.name, ""), 0, 0)
        with suppress(EnoughError):
            findings.add(_too_deep(span))


def _too_deep(span: Span) -> Diagnostic:
    message = "the text nests deeper than this Python's stack allows"
    return NestedTooDeep(span, message, hint=f"lower {Limits.flag('nesting')}")


@contextmanager
def _collector_paused() -> Generator[None]:
    """A compilation makes only trees; to look for cycles costs half its time."""
    if not gc.isenabled():
        yield
        return
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
