"""The vocabulary: one frozen class a layer kind. Knows no framework.

Every file of this folder is imported here, so that a new kind needs no list.
"""

from importlib import import_module
from pkgutil import iter_modules

from resdsl.ops.base import KINDS, Kind, Signature, Weight

__all__ = ["KINDS", "Kind", "Signature", "Weight"]

for _file in iter_modules(__path__):
    import_module(f"resdsl.ops.{_file.name}")
