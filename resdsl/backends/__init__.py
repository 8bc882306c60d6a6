"""One file or folder of facts a target; flat, none inherits another."""

from pkgutil import iter_modules

TARGETS = tuple(sorted(file.name for file in iter_modules(__path__)))
