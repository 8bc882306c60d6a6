"""How fast the compiler is, and how fast the networks are that it writes.

Reading order: `measure` (ratios, round-robin), `timers` (what a timed run is),
`report` (tables), `options` (the command line); then the compiler's side, `install`,
`worker`, `probe`, `programs`, `compiler`; then the networks' side, `generated`,
`workloads`, `networks`.
"""
