"""A compiler that stays warm: runs in the measured environment, one request a line.

A request is a JSON object with `text` and `net`; the answer, another, has the
`seconds` of one `load(...).source("torch")` and the `bytes` that came out.
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
        start = time.perf_counter()
        source = resdsl.load(scratch, net=request["net"]).source("torch")
        seconds = time.perf_counter() - start
        answer = {"seconds": seconds, "bytes": len(source.encode())}
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
