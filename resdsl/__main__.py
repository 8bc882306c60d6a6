"""`python -m resdsl`."""

from resdsl.cli import console

console()
