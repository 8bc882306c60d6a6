"""What a verification found, as values; JSON-ready."""

from __future__ import annotations

from resdsl.core.record import NamedTuple

TOLERANCE = {"float32": 1e-5, "float64": 1e-10}
"""The largest difference from the reference, over the reference's largest value."""


class Verdict(NamedTuple):
    """One comparison of one runner with the reference."""

    what: str
    """`float32` or `float64` for outputs; `loss`, `gradients`, `statistics`."""
    difference: float
    tolerance: float
    where: str = ""
    """The first layer, or the tensor, that is out of tolerance."""

    @property
    def ok(self) -> bool:
        """Whether the difference is within tolerance; what is not a number is not."""
        return self.difference <= self.tolerance

    def data(self) -> dict[str, object]:
        """The verdict as JSON-ready data."""
        found: dict[str, object] = {
            "what": self.what,
            "difference": self.difference,
            "tolerance": self.tolerance,
            "ok": self.ok,
        }
        return {**found, "where": self.where} if self.where else found


class Result(NamedTuple):
    """What one runner made of one net."""

    net: str
    shape: tuple[int, ...]
    runner: str
    verdicts: tuple[Verdict, ...] = ()
    skipped: str = ""
    """Why the runner did not run."""
    failed: str = ""
    """What the runner said when it broke."""
    note: str = ""
    """What was left out."""

    @property
    def ok(self) -> bool:
        """Whether nothing is wrong; a runner that is not installed is not."""
        return not self.failed and all(verdict.ok for verdict in self.verdicts)

    def data(self) -> dict[str, object]:
        """The result as JSON-ready data."""
        found: dict[str, object] = {
            "net": self.net,
            "input": list(self.shape),
            "target": self.runner,
            "ok": self.ok,
            "verdicts": [verdict.data() for verdict in self.verdicts],
        }
        told = {"skipped": self.skipped, "failed": self.failed, "note": self.note}
        return found | {key: text for key, text in told.items() if text}
