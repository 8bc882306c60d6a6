"""`resdsl show`: what a net costs and sees, layer by layer."""

from __future__ import annotations

import argparse
import json
import sys

from resdsl.analysis.table import Row, as_text, rows
from resdsl.cli.common import UsageError, chosen_net, refuse, shapes, tell
from resdsl.core.diagnostic import ResdslError


def run(arguments: argparse.Namespace) -> int:
    """Print the table of one net."""
    try:
        net = chosen_net(arguments)
    except ResdslError as error:
        return tell(error)
    except UsageError as error:
        return refuse(error)
    if arguments.format == "json":
        data = {
            "name": net.name,
            **shapes(net),
            "parameters": net.unit.parameters,
            "macs": net.unit.macs,
            "layers": [_data(row) for row in rows(net)],
        }
        json.dump(data, sys.stdout, indent=2)
        print()
    else:
        print(as_text(net))
    return 0


def _data(row: Row) -> dict[str, object]:
    return {
        "name": row.name,
        "kind": row.kind,
        "output": row.output,
        "count": row.times,
        "parameters": row.parameters,
        "macs": row.macs,
        "receptive_field": row.receptive_field,
    }
