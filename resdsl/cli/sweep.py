"""`resdsl check --sweep`: many variants of one net, one line for each."""

from __future__ import annotations

import argparse
import re
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from decimal import Decimal

from resdsl.cli.common import UsageError, limits, params, read, refuse, tell
from resdsl.cli.tables import Table, jsonl
from resdsl.cli.workers import Job, checked
from resdsl.compiler import Opened
from resdsl.core.diagnostic import ResdslError
from resdsl.variants import parse_values

_SUFFIXES = {"k": 10**3, "M": 10**6, "G": 10**9, "T": 10**12}


def run(arguments: argparse.Namespace) -> int:
    """Check every point of the grid; 1 if one of them has findings."""
    try:
        job, jobs = _job(arguments), _jobs(arguments)
        opened = Opened(job.data, job.origin, job.limits)
        job = job._replace(net=opened.settle(job.net, [*job.set, *job.sweep]))
    except ResdslError as error:
        return tell(error)
    except UsageError as error:
        return refuse(error)
    show = jsonl if arguments.format == "jsonl" else Table(job.grid()).show
    with closing(checked(job, opened, jobs)) as lines:
        return int(show(_progress(lines, len(job.grid()))))


def _job(arguments: argparse.Namespace) -> Job:
    if len(arguments.files) != 1:
        raise UsageError(f"--sweep wants one file, not {len(arguments.files)}")
    if arguments.format == "json":
        raise UsageError("--sweep writes text or jsonl: results come one by one")
    if arguments.verbose:
        raise UsageError("--sweep does not explain: -v is for single nets")
    fixed = params(arguments)
    axes = _axes(arguments.sweep)
    twice = sorted(fixed.keys() & axes.keys())
    if twice:
        raise UsageError(f"--set and --sweep both give '{twice[0]}'")
    bounds = limits(arguments)
    data, origin = read(arguments.files[0], bounds)
    job = Job(
        data=data,
        origin=origin,
        limits=bounds,
        net=arguments.net,
        set=fixed,
        sweep=axes,
        most_parameters=_amount("--budget-params", arguments.budget_params),
        most_macs=_amount("--budget-macs", arguments.budget_macs),
    )
    try:
        len(job.grid())
    except OverflowError:
        raise UsageError("--sweep asks for more nets than can be counted") from None
    return job


def _axes(given: list[str]) -> dict[str, str]:
    axes: dict[str, str] = {}
    for axis in given:
        name, sign, text = (part.strip() for part in axis.partition("="))
        if not sign or not name:
            raise UsageError(f"--sweep wants NAME=VALUES, not {axis!r}")
        if name in axes:
            raise UsageError(f"--sweep gives '{name}' twice")
        try:
            parse_values(text)
        except ValueError as error:
            raise UsageError(f"--sweep {name}: {error}") from None
        axes[name] = text
    return axes


def _jobs(arguments: argparse.Namespace) -> int:
    jobs: int = arguments.jobs
    if jobs < 1:
        raise UsageError(f"--jobs wants at least 1, not {jobs}")
    return jobs


def _amount(flag: str, text: str | None) -> int | None:
    """`25M` as a number."""
    if text is None:
        return None
    number, factor = text, 1
    if text[-1:] in _SUFFIXES:
        number, factor = text[:-1], _SUFFIXES[text[-1]]
    if not re.fullmatch(r"\d{1,18}(\.\d{1,18})?", number):
        message = f"{flag} wants a number such as 500k, 25M or 4G, not {text!r}"
        raise UsageError(message)
    return int(Decimal(number) * factor)


def _progress(lines: Iterator[str], whole: int) -> Iterator[str]:
    """`lines`, counted on standard error where only that is a terminal."""
    if not sys.stderr.isatty() or sys.stdout.isatty():
        yield from lines
        return
    told = 0.0
    try:
        for number, line in enumerate(lines, 1):
            yield line
            if time.monotonic() > told + 0.1:
                told = time.monotonic()
                print(f"\r{number:,} of {whole:,}", end="", file=sys.stderr, flush=True)
    finally:
        print("\r\x1b[K", end="", file=sys.stderr, flush=True)
