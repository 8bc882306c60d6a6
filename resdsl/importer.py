"""After `import resdsl.importer`, `from nets.resnet import resnet50` reads a `.res`.

Each net of `nets/resnet.res` becomes the class of its generated PyTorch module, made
when it is first asked for. Nothing is written to disk. A Python module or package of
the same name goes first.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType

import resdsl
from resdsl.compiler import Origin, net_names
from resdsl.live import execute


class ResFinder(MetaPathFinder):
    """Finds `NAME.res` where Python would look for `NAME.py`."""

    def find_spec(
        self,
        fullname: str,
        path: Sequence[str] | None,
        target: ModuleType | None = None,
    ) -> ModuleSpec | None:
        """The spec of a `.res` file on the path, if there is one."""
        name = fullname.rpartition(".")[2]
        for folder in sys.path if path is None else path:
            file = Path(folder or ".") / f"{name}.res"
            if file.is_file():
                return ModuleSpec(fullname, ResLoader(file), origin=str(file))
        return None


class ResLoader(Loader):
    """Makes a module whose attributes are the nets of one file."""

    def __init__(self, file: Path) -> None:
        self.file = file

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        """A module that builds a net's class when it is asked for."""
        return ResModule(spec.name, self.file)

    def exec_module(self, module: ModuleType) -> None:
        """Nothing runs before a net is asked for."""


class ResModule(ModuleType):
    """The nets of one `.res` file as PyTorch classes."""

    def __init__(self, name: str, file: Path) -> None:
        super().__init__(name, f"The nets of {file.name}, as PyTorch classes.")
        self.__file__ = str(file)
        self._file = file
        origin = Origin(file.name, file.parent)
        self.__all__ = net_names(file.read_bytes(), origin)

    def __getattr__(self, name: str) -> object:
        if name.startswith("_") or name not in self.__all__:
            raise AttributeError(f"{self._file.name} has no complete net '{name}'")
        network = resdsl.load(self._file, net=name)
        made = execute(network.ir, network.source("torch"), "torch")
        setattr(self, name, made)
        return made

    def __dir__(self) -> list[str]:
        return sorted({*super().__dir__(), *self.__all__})


if not any(isinstance(finder, ResFinder) for finder in sys.meta_path):
    sys.meta_path.append(ResFinder())
