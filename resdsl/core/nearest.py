"""The nearest real name to a mistyped one."""

from __future__ import annotations

from collections.abc import Iterable


def did_you_mean(name: str, candidates: Iterable[str], nearness: float = 0.6) -> str:
    """`did you mean 'relu'?`, or an empty string when nothing is near."""
    from difflib import get_close_matches  # only bad input pays for it

    options = sorted(set(candidates))
    lowered = {option.lower(): option for option in reversed(options)}
    close = get_close_matches(name.lower(), list(lowered), n=1, cutoff=nearness)
    return f"did you mean '{lowered[close[0]]}'?" if close else ""
