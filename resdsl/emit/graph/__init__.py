"""Pages that are graphs of operators, with a function per block.

In reading order: `sketch` (a unit drawn, its numbers open), `operator`, `draw`,
`functions` (equal sketches become one), `page`, `audit`.
"""
