"""Run a network in every framework that is installed, and compare with the reference.

Read `session.py` (what happens in which process), then one of the runners.
"""

from resdsl.verify.job import Job
from resdsl.verify.result import Result, Verdict
from resdsl.verify.session import Plan, verify
from resdsl.verify.targets import RUNNERS, missing, runner_names

__all__ = [
    "RUNNERS",
    "Job",
    "Plan",
    "Result",
    "Verdict",
    "missing",
    "runner_names",
    "verify",
]
