"""A verification: the reference here, each framework in a process of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from resdsl import reference
from resdsl.analysis.sizes import open_sizes
from resdsl.analysis.unroll import layers
from resdsl.ir.net import Net
from resdsl.reference.inputs import in_precision, noise
from resdsl.verify.compare import (
    difference_of_outputs,
    ends,
    first_apart,
    joined,
    named,
)
from resdsl.verify.job import OUTPUT, Arrays, Given, Job, Step, restore, save
from resdsl.verify.process import run_process
from resdsl.verify.result import TOLERANCE, Result, Verdict
from resdsl.verify.targets import RUNNERS, missing
from resdsl.verify.training import Expected, expected_step, verdicts

Progress = Callable[[str, str], object]
"""Told of each runner and net that is done; the reference is the first runner."""


def _silence(*_: str) -> None:
    pass


class Plan(NamedTuple):
    """What to verify."""

    job: Job
    runners: tuple[str, ...]
    batch: int = 4
    size: int = 64
    """The largest size of an input where the network takes any."""
    seed: int = 0


class Case(NamedTuple):
    """One net with its input, its weights, and what the reference makes of them."""

    net: Net
    given: Given
    y: NDArray[Any]
    ends: tuple[int, ...]
    """Where in `y` all but the first of several outputs begin."""
    step: Expected | None
    note: str


def verify(plan: Plan, progress: Progress = _silence) -> Iterator[Result]:
    """Run each net in each framework, and compare.

    Raises:
        ResdslError: the text has findings.
    """
    cases: list[Case] = []
    for name in plan.job.nets:
        cases.append(_case(plan, plan.job.net(name)))
        progress("reference", name)
    with TemporaryDirectory(prefix="resdsl-") as folder:
        session = _Session(plan, Path(folder), cases, progress)
        for name in plan.runners:
            yield from session.results(name)


def input_sizes(net: Net, most: int) -> tuple[int, ...]:
    """Channels and sizes of an input, none above `most` that may be smaller."""
    declared, free = net.unit.x, open_sizes(net)[0]
    sizes = [
        size if size == loose and isinstance(size, int) else min(_known(size), most)
        for size, loose in zip(declared.spatial, free.spatial, strict=True)
    ]
    return (int(declared.channels), *sizes)


def _known(size: object) -> int:
    return size if isinstance(size, int) else 2**31


def _case(plan: Plan, net: Net) -> Case:
    rng = np.random.default_rng(plan.seed)
    shape = (plan.batch, *input_sizes(net, plan.size))
    x = in_precision(noise(net, shape, rng), "float32")
    weights: Arrays = dict(reference.calibrated(net, x, plan.seed))
    outputs = reference.run(net, weights, x)
    y = joined(outputs)
    each: Mapping[str, NDArray[Any]] = named(outputs)
    wanted = {name: rng.standard_normal(array.shape) for name, array in each.items()}
    step, note = None, ""
    if plan.job.train:
        try:
            step = expected_step(net, weights, x, wanted)
        except ValueError as error:
            note = f"not trained: {error}"
    given = Given(x, wanted, weights)
    return Case(net, given, y, ends(outputs), step, note)


class _Session:
    """The frameworks one after the other, on cases that lie in one folder."""

    def __init__(
        self, plan: Plan, folder: Path, cases: list[Case], progress: Progress
    ) -> None:
        self.job = plan.job
        self.folder = folder
        self.cases = cases
        self.progress = progress
        self.gradients: dict[int, Arrays] = {}
        """Per case, those of the first framework, to which the others are held."""
        for at, case in enumerate(cases):
            _lay(folder, at, case)

    def results(self, name: str) -> Iterator[Result]:
        """What a framework makes of each case."""
        lacking = missing(name)
        said = ""
        if not lacking:
            said = run_process(
                self.job, self.folder, name, lambda net: self.progress(name, net)
            )
        for at, case in enumerate(self.cases):
            result = Result(case.net.name, case.given.x.shape, name, note=case.note)
            if lacking:
                what = f"{' and '.join(lacking)} not installed"
                hint = f"pip install 'resdsl[{RUNNERS[name].extra}]'"
                yield result._replace(skipped=f"{what}: {hint}")
                continue
            try:
                found = tuple(self._verdicts(name, at, case))
            except FileNotFoundError:
                yield result._replace(failed=said or "it ended without a result")
            else:
                yield result._replace(verdicts=self._located(name, case, found))

    def _verdicts(self, name: str, at: int, case: Case) -> Iterator[Verdict]:
        runner = RUNNERS[name]
        kinds = {layer.node.kind.name for layer in layers(case.net)}
        fine = TOLERANCE["float32" if kinds & runner.coarse else "float64"]
        for dtype in (d for d in self.job.dtypes if d in runner.dtypes):
            y = restore(self.folder / f"{at}.{name}.{dtype}.safetensors")[OUTPUT]
            tolerance = fine if dtype == "float64" else TOLERANCE[dtype]
            apart = difference_of_outputs(y, case.y, case.ends)
            yield Verdict(dtype, apart, tolerance)
        if case.step is not None and runner.trains:
            step = Step.of(restore(self.folder / f"{at}.{name}.step.safetensors"))
            others = self.gradients.get(at)
            self.gradients.setdefault(at, step.gradients)
            yield from verdicts(step, case.step, others, runner.biased, fine)

    def _located(
        self, name: str, case: Case, found: tuple[Verdict, ...]
    ) -> tuple[Verdict, ...]:
        """The verdicts, with the first layer that is apart, from a second run."""
        wrong = tuple(v.what for v in found if not v.ok and v.what in TOLERANCE)
        if not wrong:
            return found
        job = self.job._replace(
            nets=(case.net.name,), dtypes=wrong, trace=True, train=False
        )
        expected: Arrays = {}

        def note(path: str, y: NDArray[Any]) -> None:
            expected.setdefault(path, y)  # the first use of what is used again

        reference.run(case.net, case.given.weights, case.given.x, trace=note)
        places: dict[str, str] = {}
        with TemporaryDirectory(prefix="resdsl-") as made:
            folder = Path(made)
            _lay(folder, 0, case)
            if not run_process(job, folder, name, _silence):
                for dtype in wrong:
                    arrays = restore(folder / f"0.{name}.{dtype}.safetensors")
                    places[dtype] = first_apart(
                        arrays, expected.items(), TOLERANCE[dtype]
                    )
        return tuple(v._replace(where=places.get(v.what, v.where)) for v in found)


def _lay(folder: Path, at: int, case: Case) -> None:
    """Leave a case for the runners."""
    save(folder / f"{at}.given.safetensors", case.given.arrays())
