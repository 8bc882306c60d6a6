"""`NamedTuple` without its price.

Typing's own compiles every annotation when a module is imported, and what it is made
with compiles a constructor: for some eighty classes as long as parsing two files takes.
Here one tuple class for each number of fields is compiled; the others take its parts
under their own names.
"""

from __future__ import annotations

from collections import namedtuple
from functools import cache
from types import FunctionType
from typing import TYPE_CHECKING, Any

__all__ = ["NamedTuple"]

if TYPE_CHECKING:
    from typing import NamedTuple
else:

    class _Maker(type):
        """Makes a class body into a named tuple with that body's methods."""

        def __new__(cls, name: str, _: tuple[type, ...], body: dict[str, Any]) -> type:
            fields = tuple(body.get("__annotations__", ()))
            base = _of_size(len(fields))
            make = base.__new__
            code = make.__code__.replace(
                co_varnames=("_cls", *fields), co_qualname=f"{name}.__new__"
            )
            given = {field: body[field] for field in fields if field in body}
            defaults = tuple(given.values())
            own = {
                "__slots__": (),
                "__new__": FunctionType(code, make.__globals__, None, defaults),
                "__repr__": _repr,
                "__match_args__": fields,
                "_fields": fields,
                "_field_defaults": given,
                "_replace": _replace,
            }
            getters = (vars(base)[field] for field in base._fields)
            getting = dict(zip(fields, getters, strict=True))
            return type(name, (base,), own | body | getting)

    @cache
    def _of_size(size: int) -> type:
        return namedtuple("Fields", [f"field_{at}" for at in range(size)])

    def _repr(self: Any) -> str:
        values = ", ".join(
            f"{name}={value!r}" for name, value in self._asdict().items()
        )
        return f"{type(self).__name__}({values})"

    def _replace(self: Any, /, **values: object) -> Any:
        made = self._make(map(values.pop, self._fields, self))
        if values:
            raise ValueError(f"{type(self).__name__} has no fields {list(values)}")
        return made

    NamedTuple = type.__new__(_Maker, "NamedTuple", (), {})
