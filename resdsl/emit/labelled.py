"""Members of a sequence by their names; those that are counted, as a loop."""

from __future__ import annotations

import re

from resdsl.emit.environment import Words
from resdsl.emit.runs import runs
from resdsl.emit.text import Code, join, member, number

_COUNTED = re.compile(r"((?:\D.*?)?)(0|[1-9]\d*)")


def labelled(words: Words, members: list[tuple[str, Code]]) -> Code:
    """A sequence of these modules under these names."""
    rows = [(Code(f"{_key(name)}\n{made}"), 1) for name, made in members]
    parts: list[Code] = []
    at = 0
    for run in runs(rows):
        if run.counted:
            key, _, made = run.text.partition("\n")
            given = Code(key), Code(made), number(run.times)
            row = words.say("named_members", *given)
            if run.times == len(members):
                return words.say("named", row)
            parts.append(words.say("named_row", row))
        else:
            name, made = members[at]
            parts.append(words.say("named_member", member(name), made))
        at += run.times
    return words.say("named", join(parts))


def _key(name: str) -> Code:
    """A name as an f-string has it, the number at its end as a value."""
    parts = _COUNTED.fullmatch(name)
    plain = member(name)
    return Code(f"{parts[1]}{{{parts[2]}}}") if parts else plain
