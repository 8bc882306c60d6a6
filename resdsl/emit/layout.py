"""Line breaking, as `ruff format` would do it: a call that is too long opens up."""

from __future__ import annotations

from resdsl.emit.text import Code

WIDTH = 88


def wrap(text: str, indent: int, suffix: str = "") -> list[str]:
    """`text` at an indentation, one argument a line where it does not fit on one.

    Args:
        text: code whose last bracket pair ends it, as in `self.conv1 = nn.Conv2d(...)`.
        indent: columns before it.
        suffix: what follows on its last line, such as a comma.
    """
    line = " " * indent + text + suffix
    opening = _opening(text)
    if len(line) <= WIDTH:
        return [line]
    if opening is None or _leaves_no_room(text, opening, indent):
        return _in_brackets(text, indent, suffix)
    rows = _comprehension(text[opening + 1 : -1])
    first, last = " " * indent + text[: opening + 1], " " * indent + text[-1] + suffix
    if rows and (text[opening] == "{" or text[:opening].endswith("*")):
        return [first, *_comprehended(rows, indent + 4), last]
    if _encloses(text, opening):
        return [line]  # opened up it would get a comma, and be a tuple
    if text[opening - 1] == ")" and indent + opening >= WIDTH:
        # A call of what a call gives: the arguments of the first open up.
        return wrap(text[:opening], indent, text[opening:] + suffix)
    inside = " " * (indent + 4) + text[opening + 1 : -1]
    if len(inside) <= WIDTH:
        return [first, inside, last]
    if rows:
        return [first, *_comprehended(rows, indent + 4), last]
    return explode(text, indent, suffix)


def _comprehended(rows: tuple[str, str], indent: int) -> list[str]:
    """What a comprehension makes, and from what, each on lines of its own."""
    return [*wrap(rows[0], indent), " " * indent + rows[1]]


def _in_brackets(text: str, indent: int, suffix: str) -> list[str]:
    """A statement's value between brackets of its own, unless it is a mere name."""
    head, sign, value = text.rpartition(" = ")
    if not sign:
        head, sign, value = text.partition("return ")
    if not sign or value.isidentifier():
        return [" " * indent + text + suffix]
    terms = _terms(value, WIDTH - indent - 4)
    lines = [line for term in terms for line in wrap(term, indent + 4)]
    return [f"{' ' * indent}{head}{sign}(", *lines, f"{' ' * indent})"]


def _terms(value: str, width: int) -> list[str]:
    """A sum or product in lines that each begin with an operator, if it is too long."""
    operator = next((o for o in (" + ", " * ") if o in value), "")
    if len(value) <= width or not operator:
        return [value]
    first, *others = value.split(operator)
    signed = (f"{operator.lstrip()}{other}" for other in others)
    return [line for term in (first, *signed) for line in _factors(term, width)]


def _factors(term: str, width: int) -> list[str]:
    if len(term) <= width:
        return [term]
    first, *others = term.split(" * ")
    return [first, *(f"* {other}" for other in others)]


def explode(text: str, indent: int, suffix: str = "") -> list[str]:
    """`text` with one argument a line, whether it fits or not."""
    opening = _opening(text)
    assert opening is not None
    lines = [" " * indent + text[: opening + 1]]
    for argument in split_arguments(text[opening + 1 : -1]):
        lines += wrap(argument, indent + 4, ",")
    return [*lines, " " * indent + text[-1] + suffix]


def sequence_lines(text: str, indent: int) -> list[Code]:
    """A sequence of several modules has one on each line, however short."""
    lay = explode if len(members(text)) > 1 else wrap
    return [Code(line) for line in lay(text, indent)]


def fill(text: str, width: int) -> str:
    """Prose in lines of at most `width` characters."""
    lines: list[str] = []
    for word in text.split():
        if lines and len(lines[-1]) + 1 + len(word) <= width:
            lines[-1] += f" {word}"
        else:
            lines.append(word)
    return "\n".join(lines)


def members(text: str) -> list[str]:
    """The arguments of the call that `text` is."""
    opening = _opening(text)
    return [] if opening is None else split_arguments(text[opening + 1 : -1])


def split_arguments(text: str) -> list[str]:
    """The arguments between two brackets."""
    parts: list[str] = []
    depth = start = 0
    for at, sign in enumerate(text):
        if sign in "([{":
            depth += 1
        elif sign in ")]}":
            depth -= 1
        elif sign == "," and depth == 0:
            parts.append(text[start:at].strip())
            start = at + 1
    last = text[start:].strip()
    return [*parts, last] if last else parts


def _comprehension(text: str) -> tuple[str, str] | None:
    """What a comprehension gives, and its `for`."""
    depth = 0
    for at, sign in enumerate(text):
        depth += (sign in "([{") - (sign in ")]}")
        if depth == 0 and text.startswith(" for ", at):
            return text[:at], text[at + 1 :]
    return None


def _encloses(text: str, opening: int) -> bool:
    """Whether the brackets at the end only hold a sum together."""
    if text[opening] != "(":
        return False
    called = opening > 0 and (
        text[opening - 1].isalnum() or text[opening - 1] in "_)]*"
    )
    return not called and len(split_arguments(text[opening + 1 : -1])) == 1


def _leaves_no_room(text: str, opening: int, indent: int) -> bool:
    """Whether even the start of an assigned call is too long for a line."""
    assigned = " = " in text[:opening] and text[opening - 1] != ")"
    return assigned and indent + opening >= WIDTH


def _opening(text: str) -> int | None:
    """Where the bracket pair that ends `text` opens."""
    if not text or text[-1] not in ")]}":
        return None
    depth = 0
    for at in range(len(text) - 1, -1, -1):
        if text[at] in ")]}":
            depth += 1
        elif text[at] in "([{":
            depth -= 1
            if depth == 0:
                return at
    return None
