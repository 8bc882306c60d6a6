"""`resdsl check`: find what is wrong, and explain what was inserted."""

from __future__ import annotations

import argparse
import json
import sys

from resdsl.analysis.bridges import Bridge, bridges
from resdsl.cli.common import UsageError, limits, read, refuse, shapes, tell
from resdsl.compiler import Checked, check_file
from resdsl.core.render import as_data
from resdsl.ir.net import Net


def run(arguments: argparse.Namespace) -> int:
    """Check every file; findings in one do not keep the others from being checked."""
    if arguments.sweep is not None:
        from resdsl.cli import sweep  # which most checks do without

        return sweep.run(arguments)
    try:
        _refuse_sweeping(arguments)
        bounds = limits(arguments)
    except UsageError as error:
        return refuse(error)
    status = 0
    data: list[dict[str, object]] = []
    for file in arguments.files:
        try:
            checked = check_file(*read(file, bounds), bounds)
        except UsageError as error:
            status = max(status, refuse(error))
            continue
        if arguments.format == "json":
            data.append(_as_data(file, checked, arguments.verbose))
            status = max(status, int(bool(checked.findings)))
        else:
            status = max(status, _print(file, checked, arguments.verbose))
    if arguments.format == "json":
        json.dump(data, sys.stdout, indent=2)
        print()
    return status


def _refuse_sweeping(arguments: argparse.Namespace) -> None:
    """Refuse what says something of a sweep alone."""
    given = {
        "--net": arguments.net,
        "--set": arguments.set,
        "--budget-params": arguments.budget_params,
        "--budget-macs": arguments.budget_macs,
        "--jobs": arguments.jobs != 1,
        "--format jsonl": arguments.format == "jsonl",
    }
    for flag, value in given.items():
        if value:
            raise UsageError(f"{flag} goes with --sweep")


def _print(file: str, checked: Checked, verbose: bool) -> int:
    if checked.findings:
        return tell(checked.findings)
    number = len(checked.nets)
    print(f"{file}: {number} net{'s' * (number != 1)}, nothing wrong")
    if verbose:
        for net in checked.nets:
            _explain(net)
    return 0


def _explain(net: Net) -> None:
    found = bridges(net)
    total = sum(bridge.parameters for bridge in found)
    times = sum(bridge.times for bridge in found)
    unit = net.unit
    print(f"\n{net.name}: {unit.x} -> {unit.gives}, {unit.parameters:,} parameters")
    if not found:
        print("  every residual adds its input as it is")
        return
    print(f"  {times} inserted shortcut{'s' * (times != 1)}, {total:,} parameters")
    for bridge in found:
        print(f"  {bridge.name}: {bridge.rule} ({bridge.layers})")
        print(f"      where  {bridge.span}")
        print(f"      why    {bridge.why}")
        print(f"      shapes {bridge.before} -> {bridge.after}")
        print(f"      cost   {bridge.parameters:,} parameters")


def _as_data(file: str, checked: Checked, verbose: bool) -> dict[str, object]:
    return {
        "file": file,
        "findings": [as_data(d) for d in checked.findings],
        "nets": [_net_data(net, verbose) for net in checked.nets],
    }


def _net_data(net: Net, verbose: bool) -> dict[str, object]:
    data: dict[str, object] = {
        "name": net.name,
        **shapes(net),
        "parameters": net.unit.parameters,
        "macs": net.unit.macs,
    }
    if verbose:
        data["shortcuts"] = [_bridge_data(bridge) for bridge in bridges(net)]
    return data


def _bridge_data(bridge: Bridge) -> dict[str, object]:
    line, column = bridge.span.source.position(bridge.span.start)
    return {
        "name": bridge.name,
        "rule": bridge.rule,
        "layers": bridge.layers,
        "why": bridge.why,
        "input": bridge.before,
        "output": bridge.after,
        "parameters": bridge.parameters,
        "count": bridge.times,
        "file": bridge.span.source.name,
        "line": line,
        "column": column,
    }
