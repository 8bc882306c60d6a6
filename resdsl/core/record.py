"""`NamedTuple` without its price.

Typing's own compiles every annotation when a module is imported, which for some seventy
classes takes as long as parsing a file does.
"""

from __future__ import annotations

from collections import namedtuple
from typing import TYPE_CHECKING, Any

__all__ = ["NamedTuple"]

if TYPE_CHECKING:
    from typing import NamedTuple
else:

    class _Maker(type):
        """Makes a class body into a named tuple with that body's methods."""

        def __new__(cls, name: str, _: tuple[type, ...], body: dict[str, Any]) -> type:
            fields = list(body.get("__annotations__", ()))
            defaults = [body[field] for field in fields if field in body]
            module = body["__module__"]
            made = namedtuple(name, fields, defaults=defaults, module=module)
            for key, value in body.items():
                if key not in fields and key not in ("__module__", "__qualname__"):
                    setattr(made, key, value)
            return made

    NamedTuple = type.__new__(_Maker, "NamedTuple", (), {})
