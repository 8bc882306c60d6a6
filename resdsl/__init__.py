"""Residual networks written once, as the paper's table; code for every framework.

Reading order of the rooms, each importing only those before it:

`core` text, spans, diagnostics · `values` numbers that remember their formula ·
`syntax` text to tree · `ops` the layer kinds · `ir` the network as understood ·
`lower` tree to network · `analysis` costs · `emit` network to page ·
`backends` facts of each target · `compiler` the pipeline · `cli` the commands.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from resdsl.core.diagnostic import Diagnostic, ResdslError
from resdsl.core.limits import Limits

if TYPE_CHECKING:
    from resdsl.network import Candidate, Network, Report, check, load, sweep

__version__ = "0.1.0"
__all__ = [
    "Candidate",
    "Diagnostic",
    "Limits",
    "Network",
    "Report",
    "ResdslError",
    "__version__",
    "check",
    "load",
    "sweep",
]

_LATE = frozenset(("Candidate", "Network", "Report", "check", "load", "sweep"))


def __dir__() -> list[str]:
    return __all__


def __getattr__(name: str) -> object:
    """Import the compiler when it is first used: `resdsl --help` does without."""
    if name in _LATE:
        from resdsl import network

        return getattr(network, name)
    raise AttributeError(f"module 'resdsl' has no attribute '{name}'")
