"""The Keras target, run: one process a backend, since an import settles which it is."""

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch

# `from nets import …` is `tests/torch/nets.py`, from any folder, in any import mode.
# (`tests/keras` has no `__init__.py`, so it never shadows the keras package.)
HERE = Path(__file__).resolve().parent
for _folder in (HERE.parent, HERE.parent / "reference", HERE.parent / "torch", HERE):
    if str(_folder) not in sys.path:
        sys.path.insert(0, str(_folder))

from workers import BACKENDS, Worker, Workers  # noqa: E402

torch.set_num_threads(1 if "PYTEST_XDIST_WORKER" in os.environ else 2)


@pytest.fixture(scope="session")
def workers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workers]:
    """A process a backend, each started when it is first asked."""
    made = Workers(tmp_path_factory.mktemp("keras"))
    yield made
    made.close()


@pytest.fixture(params=BACKENDS)
def worker(request: pytest.FixtureRequest, workers: Workers) -> Worker:
    """The process of one backend; a test that asks for it runs on all of them."""
    return workers[request.param]
