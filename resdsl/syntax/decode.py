"""Bytes to text that can be shown safely, with line ends made LF."""

from __future__ import annotations

import re

from resdsl.core.catalog import FileTooLarge, UnreadableText
from resdsl.core.diagnostic import Stop
from resdsl.core.limits import Limits
from resdsl.core.source import Source, Span

# Marks that make text read in another order than it is compiled in (Trojan Source).
_HIDDEN = "[\x00\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]"


def decode(data: bytes | str, name: str, limits: Limits) -> Source:
    """The source of a file.

    Raises:
        Stop: too many bytes, not UTF-8, a NUL, or a character that reorders text.
    """
    size = (
        len(data) if isinstance(data, bytes) else len(data.encode("utf-8", "replace"))
    )
    if size > limits.file_bytes:
        message = f"the file has {size} bytes, more than {limits.file_bytes}"
        hint = f"raise the bound with {Limits.flag('file_bytes')}"
        raise Stop(FileTooLarge(Span(Source(name, ""), 0, 0), message, hint=hint))
    text = data if isinstance(data, str) else _text(data, name)
    source = Source(name, _with_lf(text.removeprefix("\ufeff")))
    plain = source.text.isascii() and "\0" not in source.text
    # Most text is plain, and to compile the pattern takes longer than to read a file.
    hidden = None if plain else re.search(_HIDDEN, source.text)
    if hidden:
        code = f"U+{ord(hidden.group()):04X}"
        what = (
            "a NUL" if code == "U+0000" else f"{code}, which changes the order of text"
        )
        span = Span(source, hidden.start(), hidden.end())
        raise Stop(UnreadableText(span, f"the text contains {what}", hint="remove it"))
    return source


def _text(data: bytes, name: str) -> str:
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        before = data[: error.start].decode("utf-8").removeprefix("\ufeff")
        rest = data[error.start :].decode("utf-8", "replace")
        source = Source(name, _with_lf(before + rest))
        start = len(_with_lf(before))
        bad = data[error.start]
        message = f"the file is not UTF-8: byte 0x{bad:02X} begins no character"
        span = Span(source, start, start + 1)
        raise Stop(UnreadableText(span, message, hint="save it as UTF-8")) from None


def _with_lf(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")
