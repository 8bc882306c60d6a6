"""A compiler that stays warm: runs in the measured environment, one request a line.

A request is a JSON object with `text` and `net`; the answer, another, has the
`seconds` of one `load(...).source("torch")` and the `bytes` that came out. With
`values`, it is a sweep over these, and the answer has the `nets`, the `seconds` of
all, and how many of these the `first` took, which reads and parses the text.
"""

import gc
import json
import sys
import time
from pathlib import Path

import resdsl


def main(scratch: Path) -> None:
    for count, line in enumerate(sys.stdin):
        request = json.loads(line)
        # A new comment each time: it is compilation that is timed, not a memory of it.
        scratch.write_text(f"{request['text']}\n# {count}\n", "utf-8")
        gc.collect()  # A small program does not pay for the big one before it.
        net, values = request["net"], request.get("values")
        answer = (
            compiled(scratch, net) if values is None else swept(scratch, net, values)
        )
        print(json.dumps(answer), flush=True)


def compiled(scratch: Path, net: str) -> dict[str, float]:
    start = time.perf_counter()
    source = resdsl.load(scratch, net=net).source("torch")
    seconds = time.perf_counter() - start
    return {"seconds": seconds, "bytes": len(source.encode())}


def swept(scratch: Path, net: str, values: dict[str, str]) -> dict[str, float]:
    start = time.perf_counter()
    first = 0.0
    costs: list[int | None] = []
    for candidate in resdsl.sweep(scratch, net, resdsl.Limits(), **values):
        assert candidate.network
        costs.append(candidate.network.macs)
        first = first or time.perf_counter() - start
    seconds = time.perf_counter() - start
    return {"seconds": seconds, "first": first, "nets": len(costs)}


if __name__ == "__main__":
    main(Path(sys.argv[1]))
