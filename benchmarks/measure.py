"""Round-robin timing, everyone once a round, and the ratios within each round.

A shared machine drifts by tens of per cent within minutes, so a time alone says
little; two times of one round share the drift, and their ratio keeps. Every baseline
runs a second time under a second name: how far that A/A ratio lies from 1 is what
the machine alone can do to a row.
"""

import random
import statistics
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

Timer = Callable[[], float]
"""One timed run: does the work, returns its seconds."""

Maker = Callable[[], Timer]
"""Makes a contestant. An A/A twin is made anew: where an object happens to lie in
memory is part of the noise, and one object under two names would hide it."""

PROCESS_ROUNDS = 21
NETWORK_ROUNDS = 7


@dataclass(frozen=True)
class Compare:
    """A row: one contestant's time over another's."""

    name: str
    over: str
    target: float | None = None
    work: float = 1.0
    """How many times the baseline's work this is; the ratio is per unit of work."""


@dataclass(frozen=True)
class Ratio:
    """The median of the rounds' ratios, and between which quartiles it lies."""

    median: float
    low: float
    high: float

    @property
    def spread(self) -> float:
        """How far from 1 the middle half reaches: the noise, for an A/A ratio."""
        return max(abs(self.low - 1), abs(self.high - 1))


@dataclass(frozen=True)
class Measurement:
    """What the rounds gave, and the rows to read from it, the A/A rows first."""

    seconds: Mapping[str, Sequence[float]]
    rows: Sequence[Compare]

    def ratio(self, row: Compare) -> Ratio:
        pairs = zip(self.seconds[row.name], self.seconds[row.over], strict=True)
        ratios = [mine / base / row.work for mine, base in pairs]
        low, median, high = statistics.quantiles(ratios, n=4, method="inclusive")
        return Ratio(median, low, high)

    def noise(self, row: Compare) -> float:
        return self.ratio(twin(row.over)).spread

    def verdict(self, row: Compare) -> str:
        if row == twin(row.over):
            return "A/A"
        if row.target is None:
            return ""
        median, noise = self.ratio(row).median, 1 + self.noise(row)
        if median * noise <= row.target:
            return "met"
        return "missed" if median > row.target * noise else "within the noise"


def twin(baseline: str) -> Compare:
    return Compare(f"{baseline}, again", baseline)


def round_robin(
    makers: Mapping[str, Maker],
    rows: Sequence[Compare],
    rounds: int,
    title: str = "",
) -> Measurement:
    """Times every contestant once a round; the first round warms up, uncounted."""
    twins = [twin(over) for over in dict.fromkeys(row.over for row in rows)]
    timers = {name: make() for name, make in makers.items()}
    timers |= {row.name: makers[row.over]() for row in twins}
    seconds: dict[str, list[float]] = {name: [] for name in timers}
    order = list(timers)
    shuffle = random.Random(0).shuffle  # noqa: S311
    for count in range(rounds + 1):
        _progress(title, count, rounds)
        for name in order:
            elapsed = timers[name]()
            if count:
                seconds[name].append(elapsed)
        # A fixed order, turned round or not, gives each the same neighbours each time,
        # and whoever follows itself, or something small, finds its caches warm.
        shuffle(order)
    return Measurement(seconds, [*twins, *rows])


def _progress(title: str, count: int, rounds: int) -> None:
    end = "\n" if count == rounds else ""
    print(f"\r{title}: round {count}/{rounds}", end=end, file=sys.stderr, flush=True)
