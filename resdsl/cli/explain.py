"""`resdsl explain`: what a name or a code means."""

from __future__ import annotations

import argparse

from resdsl import manual
from resdsl.cli.common import UsageError, refuse
from resdsl.core.nearest import did_you_mean


def run(arguments: argparse.Namespace) -> int:
    """Print every entry of the name, or the nearest real one."""
    name: str = arguments.name
    entries = manual.find(name)
    if not entries:
        hint = did_you_mean(name, manual.names())
        what = f"nothing is called '{name}'"
        return refuse(UsageError(f"{what}; {hint}" if hint else what))
    print("\n\n".join(manual.in_words(entry).rstrip() for entry in entries))
    return 0
