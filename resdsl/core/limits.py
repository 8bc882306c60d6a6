"""The bounds that keep every compilation finite. Each can be lifted by its flag."""

from __future__ import annotations

from resdsl.core.record import NamedTuple


class Limits(NamedTuple):
    """Bounds on one compilation; `--max-FIELD` lifts each (dashes for underscores)."""

    file_bytes: int = 4_000_000
    nesting: int = 64
    use_depth: int = 16
    operators: int = 20_000
    parameters: int = 10**12
    digits: int = 18

    @staticmethod
    def flag(field: str) -> str:
        """The command-line flag that lifts `field`."""
        return "--max-" + field.replace("_", "-")
