"""What a wheel carries besides the package: data folders and what is made of them.

`grammars/` and `templates/` lie at the top of a checkout and inside the package in a
wheel. `resdsl/_built/` exists only in a wheel: the parser's tables as literals and the
templates as Python modules, so that an installed compiler starts without either text.
It is a cache, never a second source: it names the lark and the jinja2 that made it, and
under any other version the package goes back to the texts.
"""

from __future__ import annotations

import ast
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

DATA_FOLDERS = ("grammars", "templates")


class ReadyMade(BuildHookInterface[Any]):
    """Adds the data folders and `resdsl/_built/` to a wheel."""

    PLUGIN_NAME = "custom"
    made: Path | None = None

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Make the files; an editable install works from the checkout's own texts."""
        if version == "editable":
            return
        root = Path(self.root)
        self.made = Path(tempfile.mkdtemp(prefix="resdsl-build-"))
        # A fresh interpreter: as a script, this file finds the package beside itself
        # and no other, and no set that lark or jinja2 walks can change the bytes.
        subprocess.run(
            [sys.executable, root / "hatch_build.py", self.made],
            check=True,
            env={**_environment(), "PYTHONHASHSEED": "0"},
        )
        inside = build_data["force_include"]
        inside.update({str(root / name): f"resdsl/{name}" for name in DATA_FOLDERS})
        inside[str(self.made)] = "resdsl/_built"

    def finalize(self, version: str, build_data: dict[str, Any], artifact: str) -> None:
        """Remove what was made: a checkout has no `_built`."""
        if self.made is not None:
            shutil.rmtree(self.made)


def _environment() -> dict[str, str]:
    hidden = ("PYTHONSAFEPATH", "PYTHONHASHSEED")
    return {name: value for name, value in os.environ.items() if name not in hidden}


def main(root: Path, out: Path) -> None:
    """Write `resdsl/_built/` for the checkout at `root` into `out`."""
    sys.dont_write_bytecode = True
    import jinja2

    _write(
        out / "__init__.py",
        '"""Made when the wheel was built, from its grammar and its templates."""\n\n'
        f"JINJA = {jinja2.__version__!r}\n",
    )
    _write(out / "grammar.py", _tables((root / "grammars/net.lark").read_text("utf-8")))
    _compile_templates(root / "templates", out / "templates")


def _tables(grammar: str) -> str:
    """The module of literals from which `resdsl.syntax.grammar` restores the parser."""
    import lark
    from lark.grammar import Rule
    from lark.lexer import TerminalDef

    from resdsl.syntax.grammar import compile_grammar

    data, memo = compile_grammar(grammar).memo_serialize([TerminalDef, Rule])
    # What is no literal (the indenter, a transformer) is handed over at each start.
    data["options"] = {k: v for k, v in data["options"].items() if _is_literal(v)}
    data["parser"]["parser"], states = _in_order(data["parser"]["parser"])
    parts = {
        "LARK": lark.__version__,
        "DATA": data,
        "TERMINALS": {n: x for n, x in memo.items() if x["__type__"] == "TerminalDef"},
        "RULES": {n: _row(x) for n, x in memo.items() if x["__type__"] == "Rule"},
        "STATES": states,
    }
    if not _is_literal(parts):
        raise TypeError("the parser's tables hold something that is no literal")
    lines = [f"{name} = {part!r}\n" for name, part in parts.items()]
    return f'"""The parser\'s tables, made of grammars/net.lark."""\n\n{"".join(lines)}'


def _row(rule: dict[str, Any]) -> tuple[Any, ...]:
    """A rule without lark's names for its parts: a constant that is loaded at once."""
    symbols = ((s["name"], s.get("filter_out")) for s in rule["expansion"])
    options = {k: v for k, v in rule["options"].items() if k != "__type__"}
    options["empty_indices"] = tuple(options["empty_indices"])
    name, order, alias = rule["origin"]["name"], rule["order"], rule["alias"]
    return name, tuple(symbols), order, alias, tuple(options.values())


def _in_order(table: dict[str, Any]) -> tuple[dict[str, Any], tuple[Any, ...]]:
    """The parse table without states, and these, numbered as they are reached.

    Lark numbers states and tokens in the order of sets of objects, another each time.
    A state is its tokens, and for each the state to go to or `~` the rule to reduce by.
    """
    names: dict[int, str] = table["tokens"]
    numbers: dict[int, int] = {}
    reached = [state for _, state in sorted(table["start_states"].items())]
    rows: list[list[tuple[str, int, Any]]] = []
    for state in reached:  # grows while it is walked
        if state in numbers:
            continue
        numbers[state] = len(numbers)
        actions = table["states"][state].items()
        rows.append(sorted((names[token], *action) for token, action in actions))
        reached += [target for _, reduces, target in rows[-1] if not reduces]
    states = tuple(
        (
            tuple(name for name, _, _ in row),
            tuple(~target["@"] if by else numbers[target] for _, by, target in row),
        )
        for row in rows
    )
    ends = {
        end: {name: numbers[state] for name, state in table[end].items()}
        for end in ("start_states", "end_states")
    }
    return {**table, "tokens": {}, "states": {}, **ends}, states


def _is_literal(value: object) -> bool:
    try:
        return ast.literal_eval(repr(value)) == value
    except (ValueError, SyntaxError):
        return False


def _compile_templates(source: Path, out: Path) -> None:
    """Each template as a module that jinja2's ModuleLoader finds."""
    import jinja2

    from resdsl.emit.environment import make_environment

    out.mkdir()
    environment = make_environment(jinja2.FileSystemLoader(source))
    environment.compile_templates(out, ["jinja"], zip=None, ignore_errors=False)


def _write(path: Path, text: str) -> None:
    path.write_bytes(text.encode())


if __name__ == "__main__":
    main(Path(__file__).parent, Path(sys.argv[1]))
