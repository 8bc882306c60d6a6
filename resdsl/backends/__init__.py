"""One file of facts a target; flat, none inherits another. A file here is a target."""

from pkgutil import iter_modules

TARGETS = tuple(sorted(file.name for file in iter_modules(__path__)))
