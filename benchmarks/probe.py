"""Runs a console script and tells, as JSON, what it asked for and what it built.

`python -I probe.py ANSWER SCRIPT ARGUMENT…`: an import counts even where the package
is missing, so that `try: import numpy` is seen in an environment without numpy.
"""

import json
import os
import runpy
import sys
from pathlib import Path
from types import FrameType

# The functions that turn a grammar or a template, as text, into something to run.
BUILDERS = {
    ("lark.load_grammar", "load_grammar"): "grammars compiled",
    ("lark.parsers.lalr_analysis", "compute_lalr"): "parse tables computed",
    ("jinja2.compiler", "generate"): "templates compiled",
}


class Listener:
    """Hears every import first, and leaves it to the finders behind it."""

    def __init__(self) -> None:
        self.asked: set[str] = set()

    def find_spec(self, name: str, *_: object) -> None:
        self.asked.add(name)


def main(answer: Path, script: str, *arguments: str) -> None:
    listener = Listener()
    built = dict.fromkeys(BUILDERS.values(), 0)
    without_bytecode: set[str] = set()

    def called(frame: FrameType, event: str, _: object) -> None:
        key = (frame.f_globals.get("__name__", ""), frame.f_code.co_name)
        if event == "call" and key in BUILDERS:
            built[BUILDERS[key]] += 1

    def audited(event: str, details: tuple[object, ...]) -> None:
        if event == "compile" and str(details[1]).endswith(".py"):
            without_bytecode.add(Path(str(details[1])).name)

    sys.argv = [script, *arguments]
    os._exit = sys.exit  # the console script would leave before the answer is written
    sys.meta_path.insert(0, listener)
    sys.addaudithook(audited)
    sys.setprofile(called)
    try:
        runpy.run_path(script, run_name="__main__")
    finally:
        sys.setprofile(None)
        told = {
            "asked": sorted(listener.asked),
            "imported": sorted(listener.asked & sys.modules.keys()),
            "without bytecode": sorted(without_bytecode),
            "built": built,
        }
        answer.write_text(json.dumps(told), "utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]), *sys.argv[2:])
