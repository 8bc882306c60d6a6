"""The torch target, proved: one file a subject; `nets` and `measure` beside them."""

import os
import sys
from pathlib import Path

import pytest
import torch

# `from peers import …` and `from nets import …` work from any folder, in any import
# mode. (`tests/torch` has no `__init__.py`, so it never shadows the torch package.)
HERE = Path(__file__).resolve().parent
for _folder in (HERE.parent, HERE):
    if str(_folder) not in sys.path:
        sys.path.insert(0, str(_folder))

# One thread a worker when pytest-xdist runs several: more than the cores only wait.
torch.set_num_threads(1 if "PYTEST_XDIST_WORKER" in os.environ else 2)


@pytest.fixture(scope="session")
def generated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the torch source of every example net, a file a net."""
    from nets import NETS, load, module_name

    folder = tmp_path_factory.mktemp("generated")
    for name in NETS:
        source = load(name).source("torch")
        (folder / f"{module_name(name)}.py").write_text(source, "utf-8", newline="\n")
    return folder
