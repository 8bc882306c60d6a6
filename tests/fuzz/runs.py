"""Runs of many random nets: the tests' short ones, and the command's long one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from drawn_nets import nets
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis.internal.conjecture.providers import AVAILABLE_PROVIDERS
from reached import reached

import resdsl
from resdsl.core.catalog import CompilerFault
from resdsl.core.diagnostic import ResdslError

# Hypothesis's own way to draw under another name: then it draws each net anew, where it
# would make four of five from parts of the last, most of them the same text again.
AVAILABLE_PROVIDERS["anew"] = (
    "hypothesis.internal.conjecture.providers.HypothesisProvider"
)

Check = Callable[[str], set[str]]
"""Holds one net to the reference; tells where rounding outweighs it."""


@dataclass
class Tally:
    """What a run has seen."""

    seen: set[str] = field(default_factory=set)
    held: int = 0
    refused: Counter[str] = field(default_factory=Counter)
    excused: Counter[str] = field(default_factory=Counter)
    found: Counter[str] = field(default_factory=Counter)
    failing: str = ""
    """The net that failed last: with `shrink`, the smallest."""


def search(
    check: Check,
    enough: int,
    number: int,
    progress: Callable[[Tally], object] = lambda _: None,
    tally: Tally | None = None,
    shrink: bool = False,
) -> Tally:
    """Check nets until `enough` different ones were held, or one fails.

    Args:
        check: holds one net to the reference.
        enough: how many.
        number: the seed.
        progress: told of each net.
        tally: where to count.
        shrink: look for the smallest net that fails in the same way, which may take
            five minutes.
    """
    phases = (Phase.generate, Phase.shrink) if shrink else (Phase.generate,)
    tally = Tally() if tally is None else tally

    @seed(number)
    @settings(
        backend="anew",
        max_examples=2 * enough,
        database=None,
        deadline=None,
        phases=phases,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
        print_blob=False,
        report_multiple_bugs=False,
    )
    @given(nets())
    def run(text: str) -> None:
        if tally.held < enough or tally.failing:
            one(text, check, tally)
            progress(tally)

    run()
    return tally


def one(text: str, check: Check, tally: Tally) -> None:
    """A net is held to the reference, or refused with findings: nothing else."""
    if text in tally.seen:
        return
    try:
        excused = check(text)
    except ResdslError as refusal:
        assert refusal.diagnostics
        assert refusal.diagnostics[0].code != CompilerFault.code
        tally.refused[refusal.diagnostics[0].code] += 1
    except BaseException:
        tally.failing = text
        raise
    else:
        tally.held += 1
        tally.excused.update(excused)
        tally.found.update(set(reached(text, resdsl.load(text, net="n").ir)))
    tally.seen.add(text)
