"""The nearest real name to a mistyped one."""

from __future__ import annotations

from collections.abc import Iterable

_LONGEST = 64
_MOST = 1000
"""To compare with more would take longer than the compilation."""


def did_you_mean(name: str, candidates: Iterable[str], nearness: float = 0.6) -> str:
    """`did you mean 'relu'?`, or an empty string when nothing is near."""
    if len(name) > _LONGEST:
        return ""
    options = sorted(set(candidates))
    if len(options) > _MOST:
        options = [o for o in options if o[:2].lower() == name[:2].lower()][:_MOST]
    lowered = {option.lower(): option for option in reversed(options)}
    name = name.lower()
    alike = [option for option in lowered if _shared(name, option) >= nearness]
    if not alike:
        return ""
    from difflib import get_close_matches  # a good label has come this far too

    close = get_close_matches(name, alike, n=1, cutoff=nearness)
    return f"did you mean '{lowered[close[0]]}'?" if close else ""


def _shared(name: str, option: str) -> float:
    """The share of letters in common, in any order: no name is nearer than that."""
    common = sum(min(name.count(sign), option.count(sign)) for sign in set(name))
    return 2 * common / (len(name) + len(option))
