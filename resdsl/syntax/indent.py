"""Line structure: indentation becomes tokens, and nesting stays within its bound."""

from __future__ import annotations

from collections.abc import Iterator

from lark import Token
from lark.lark import PostLex


class LayoutFault(Exception):
    """Indentation or brackets that do not fit, at one token."""

    def __init__(self, token: Token, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.token = token
        self.hint = hint


class NestingFault(LayoutFault):
    """Indentation or brackets beyond the bound."""


_CLOSES = {"RPAR": "LPAR", "RSQB": "LSQB"}
_OPENS = frozenset(("LPAR", "LSQB"))


class Indenter(PostLex):
    """Turns the blanks after each line end into indent and dedent tokens."""

    always_accept = ("_NL", "RPAR", "RSQB")

    def __init__(self, nesting: int = 64) -> None:
        self.nesting = nesting

    def process(self, stream: Iterator[Token]) -> Iterator[Token]:
        """`stream` with layout tokens; line ends inside brackets vanish.

        Raises:
            LayoutFault: indentation returns to a column never opened, or a bracket
                closes another or none.
        """
        columns = [0]
        brackets: list[Token] = []
        last: Token | None = None
        for token in stream:
            last = token
            kind = token.type
            if kind == "_NL":
                if not brackets:
                    yield token
                    yield from self._layout(token, columns)
                continue
            if kind in _OPENS:
                brackets.append(token)
                self._bound(token, len(brackets))
            elif kind in _CLOSES:
                opener = _CLOSES[kind]
                if not brackets or brackets[-1].type != opener:
                    raise _unmatched(token, brackets)
                brackets.pop()
            yield token
        if brackets:
            raise LayoutFault(brackets[-1], f"this '{brackets[-1]}' is never closed")
        while len(columns) > 1:
            columns.pop()
            yield Token.new_borrow_pos("_DEDENT", "", last or Token("_NL", ""))

    def _layout(self, token: Token, columns: list[int]) -> Iterator[Token]:
        blanks = token.rpartition("\n")[2]
        column = blanks.count(" ") + 8 * blanks.count("\t")
        if column > columns[-1]:
            columns.append(column)
            self._bound(token, len(columns))
            yield Token.new_borrow_pos("_INDENT", blanks, token)
        while column < columns[-1]:
            columns.pop()
            if column > columns[-1]:
                raise LayoutFault(
                    token,
                    "this line's indentation matches no line above",
                    f"use {columns[-1]} or {columns[-1] + 4} spaces",
                )
            yield Token.new_borrow_pos("_DEDENT", blanks, token)

    def _bound(self, token: Token, depth: int) -> None:
        if depth > self.nesting:
            raise NestingFault(token, f"nests deeper than {self.nesting} levels")


def _unmatched(token: Token, brackets: list[Token]) -> LayoutFault:
    if not brackets:
        return LayoutFault(token, f"this '{token}' closes nothing", "remove it")
    return LayoutFault(token, f"this '{token}' meets '{brackets[-1]}', still open")
