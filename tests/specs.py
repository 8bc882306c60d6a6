"""Markdown whose code is run: the documentation, and the specifications beside it.

How to write one. A fenced block is run by its language:

`res`           a whole file. It must check clean. `res blocks.res` names the file, so
                that others of the same section can `use` it; otherwise it is `net.res`.
`res in SIZES`  statements alone: they become the body of a net whose input is SIZES, as
                in `res in 3 x 32 x 32`. Indent them as in a file or not at all.
`python run`    runs in the folder of the section's files. It must not raise.

A block that follows and shows what comes out is compared, and rewritten by
`pytest --update`. It belongs to the `res` block above it:

`shapes`        the layers by name with their kinds and output shapes, and the number of
                parameters. `shapes NET` chooses a net where there are several.
`torch`         the generated page; `torch CLASS` shows only that class.
`diagnostics`   the findings. The block above it then need not be clean.
`console`       `$ resdsl ...` lines with what they print. `examples/` is at hand.
                Without such a line it is left alone.

Other blocks are neither run nor rewritten, nor are expected ones with no `res` block
above them in their section. Headings of the second and third level begin a section.
"""

from __future__ import annotations

import ast
import contextlib
import io
import re
import shlex
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from resdsl.analysis.walk import walk
from resdsl.cli import main
from resdsl.compiler import Origin, check_file, compile_net, load_net
from resdsl.core.diagnostic import ResdslError
from resdsl.core.render import as_text
from resdsl.ir.net import Net, Node

ROOT = Path(__file__).resolve().parents[1]
EXPECTED = ("shapes", "torch", "diagnostics", "console")
_FENCE = re.compile(r"^```(\S+)(?: ([^\n]*))?\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_HEADING = re.compile(r"^###? +(.+)$", re.MULTILINE)


@dataclass(frozen=True)
class Fence:
    """One fenced block: `language` and `rest` are its info string."""

    language: str
    rest: str
    text: str
    line: int
    number: int

    @property
    def source(self) -> str:
        """The file that a `res` block stands for."""
        if not self.rest.startswith("in "):
            return self.text
        body = textwrap.indent(textwrap.dedent(self.text), "    ")
        return f"net n:\n    input {self.rest.removeprefix('in ')}\n{body}"

    @property
    def file(self) -> str:
        """The name of that file."""
        return self.rest if self.rest.endswith(".res") else "net.res"


@dataclass
class Section:
    """The blocks below one heading, run in order, in a folder of their own."""

    path: Path
    title: str
    fences: list[Fence] = field(default_factory=list)

    def __str__(self) -> str:
        words = re.sub(r"[^a-z0-9]+", "-", self.title.lower()).strip("-")
        return f"{self.path.stem}-{words}"


def fences(path: Path) -> list[Fence]:
    text = path.read_text("utf-8")
    return [
        Fence(m[1], m[2] or "", m[3], text.count("\n", 0, m.start()) + 1, number)
        for number, m in enumerate(_FENCE.finditer(text))
    ]


def sections(*paths: Path) -> list[Section]:
    """The sections with blocks that are run."""
    return [found for path in paths for found in _sections(path)]


def _sections(path: Path) -> Iterator[Section]:
    blank = _FENCE.sub(lambda m: "\n" * m[0].count("\n"), path.read_text("utf-8"))
    starts = [(0, path.stem)] + [
        (blank.count("\n", 0, heading.start()) + 1, heading[1])
        for heading in _HEADING.finditer(blank)
    ]
    found = [Section(path, title) for _, title in starts]
    for fence in fences(path):
        at = sum(line <= fence.line for line, _ in starts) - 1
        found[at].fences.append(fence)
    ran = ("res", "python", *EXPECTED)
    return (s for s in found if any(fence.language in ran for fence in s.fences))


def sources(*paths: Path) -> list[str]:
    """The text of every `res` block."""
    return [f.source for path in paths for f in fences(path) if f.language == "res"]


def run(section: Section, folder: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Run a section; what each of its blocks should say, in order."""
    (folder / "examples").symlink_to(ROOT / "examples")
    monkeypatch.chdir(folder)
    said: list[str] = []
    current: Fence | None = None
    refused = {
        id(above)
        for above, below in zip(section.fences, section.fences[1:], strict=False)
        if below.language == "diagnostics"
    }
    for fence in section.fences:
        if fence.language == "res":
            current = fence
            (folder / fence.file).write_text(fence.source, "utf-8")
            findings = _check(fence, folder)
            assert id(fence) in refused or not findings, (
                f"{section.path.name}:{fence.line} should be clean\n\n{findings}"
            )
        elif (fence.language, fence.rest) == ("python", "run"):
            code = "\n" * fence.line + fence.text
            exec(compile(code, str(section.path), "exec", dont_inherit=True), {})
        said.append(_said(fence, current, folder))
    return said


def _said(fence: Fence, source: Fence | None, folder: Path) -> str:
    if fence.language == "console":
        return _console(fence.text)
    if fence.language not in EXPECTED or source is None:
        return fence.text
    if fence.language == "diagnostics":
        return _check(source, folder) + "\n"
    if fence.language == "shapes":
        return shapes(_net(source, folder, fence.rest))
    page = compile_net(_net(source, folder, ""), "torch")
    return _class(page, fence.rest) if fence.rest else page


def _check(fence: Fence, folder: Path) -> str:
    return as_text(check_file(fence.source, Origin(fence.file, folder)).findings)


def _net(fence: Fence, folder: Path, name: str) -> Net:
    return load_net(fence.source, Origin(fence.file, folder), name or None)


def shapes(net: Net) -> str:
    """A net as a short table: one line a layer or merge, then the parameters."""
    rows = [("input", "", str(net.unit.x))]
    for name, item, count, _ in walk(net):
        kind = item.kind.name if isinstance(item, Node) else f"+ {item.rule}"
        times = f"  {count} times" if count > 1 else ""
        rows.append((name, kind, f"{item.y}{times}"))
    widths = [max(len(row[column]) for row in rows) for column in range(2)]
    lines = [f"{n:{widths[0]}}  {k:{widths[1]}}  {s}".rstrip() for n, k, s in rows]
    return "\n".join([*lines, f"{net.unit.parameters:,} parameters"]) + "\n"


def _class(page: str, name: str) -> str:
    for node in ast.parse(page).body:
        if isinstance(node, ast.ClassDef | ast.FunctionDef) and node.name == name:
            return f"{ast.get_source_segment(page, node)}\n"
    raise AssertionError(f"the page has no {name}")


def _console(text: str) -> str:
    commands = [line for line in text.splitlines() if line.startswith("$ resdsl ")]
    if not commands:
        return text
    return "".join(f"{command}\n{_command(command)}" for command in commands)


def _command(line: str) -> str:
    words = shlex.split(line.removeprefix("$ resdsl "))
    out = io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(out):
        main(words)
    return out.getvalue()


def compare(
    section: Section,
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    update: bool,
) -> None:
    """Run a section and hold it to what it shows, or make it show what it should."""
    try:
        said = run(section, folder, monkeypatch)
    except ResdslError as error:
        raise AssertionError(str(error)) from None
    changed = [
        (fence, text)
        for fence, text in zip(section.fences, said, strict=True)
        if fence.text != text
    ]
    if update:
        for fence, text in changed:
            _rewrite(section.path, fence, text)
        return
    for fence, text in changed:
        assert text == fence.text, f"{section.path.name}:{fence.line} is stale"


def _rewrite(path: Path, fence: Fence, text: str) -> None:
    page = path.read_text("utf-8")
    match = list(_FENCE.finditer(page))[fence.number]
    page = page[: match.start(3)] + text + page[match.end(3) :]
    path.write_text(page, "utf-8", newline="\n")
