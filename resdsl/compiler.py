"""The pipeline: text -> tree -> network -> page. Every station is one call below."""

from __future__ import annotations

import gc
from collections.abc import Callable, Generator
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
    UnknownNet,
)
from resdsl.core.diagnostic import Diagnostic, ResdslError, Stop
from resdsl.core.limits import Limits
from resdsl.core.nearest import did_you_mean
from resdsl.core.record import NamedTuple
from resdsl.core.render import as_text
from resdsl.core.report import Collector, EnoughError
from resdsl.core.source import Source, Span
from resdsl.ir.net import Net
from resdsl.lower.program import Program
from resdsl.ops.fault import Fault
from resdsl.syntax.decode import decode

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
    from resdsl.lower.sweep import check_unseen  # a compilation does without

    findings = Collector()
    made: list[Net | None] = []
    with _collector_paused(), _bounded(findings, origin):
        program = _open(data, origin, limits, findings)
        if program is not None:
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
        program = _open(data, origin, Limits(), findings)
        names = program.complete_nets() if program is not None else []
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
    findings = Collector()
    net = None
    with _collector_paused(), _bounded(findings, origin):
        program = _open(data, origin, limits, findings)
        if program is not None:
            try:
                net = _choose(program, name, params or {})
            except Stop as stop:
                findings.add(stop.diagnostic)
    if findings or net is None:
        found = findings.sorted()
        raise ResdslError(found, as_text(found))
    return net


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


def _choose(
    program: Program, name: str | None, params: dict[str, object]
) -> Net | None:
    given = {
        key: program.expression(value, f"--set {key}")
        if isinstance(value, str)
        else value
        for key, value in params.items()
    }
    nets = program.nets()
    span = Span(program.main.source, 0, 0)
    if name is None:
        complete = program.complete_nets(given)
        if len(complete) != 1:
            raise Stop(
                UnknownNet(
                    span,
                    "the file has several nets: say which"
                    if complete
                    else "the file has no net that is complete",
                    hint=f"--net {'|'.join(complete)}" if complete else "",
                )
            )
        name = complete[0]
    if name not in nets:
        hint = did_you_mean(name, nets) or f"there are: {', '.join(nets) or 'none'}"
        raise Stop(UnknownNet(span, f"the file has no net '{name}'", hint=hint))
    return program.net(name, given)


def _open(
    data: bytes | str, origin: Origin, limits: Limits, findings: Collector
) -> Program | None:
    try:
        source = decode(data, origin.name, limits)
    except Stop as stop:
        findings.add(stop.diagnostic)
        return None
    return Program(source, findings, limits, _Library(origin, limits).read)


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
