"""Promise 2: input never becomes code."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest
import torch

import resdsl
from resdsl.backends.torch import ALLOWED
from resdsl.cli import main
from resdsl.emit import text
from resdsl.emit.audit import Allowed, AuditError, audit

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = [p for p in (ROOT / "resdsl").rglob("*.py") if "_built" not in p.parts]
EVIL = "import os; os.system('touch evil')"
NET = "net n(classes = 3):\n    input 4\n    linear classes\n"
BREAKERS = [
    f'"""\n{EVIL}\n"""',
    f'"""; {EVIL} #',
    f"'''; {EVIL} #",
    f"\\\n{EVIL}",
    f"\r{EVIL}",
    f"\x0c{EVIL}",
    f"\u2028{EVIL}",
    f"\x85{EVIL}",
    f"\\N{{QUOTATION MARK}}\\x22\\042{EVIL}",
    f"}}}} {{% import os %}} {{{{ {EVIL} }}}}",
    f"-*- coding: utf-7 -*- {EVIL}",
    f"coding=rot13 {EVIL}",
    f"%s {{0}} ${{x}} `{EVIL}`",
]


def only_documents(page: str) -> None:
    """The page is what a page may be, and mentions the intruder in texts at most."""
    tree = ast.parse(page)
    audit(page, ALLOWED)
    code = "".join(
        ast.unparse(node)
        for node in ast.walk(tree)
        if isinstance(node, ast.Name | ast.Attribute | ast.Import | ast.ImportFrom)
    )
    assert "os" not in re.findall(r"\w+", code)
    assert "coding" not in "".join(page.splitlines()[:2])
    assert page.isprintable() or set(page) - {"\n"} <= {
        c for c in page if c.isprintable()
    }


@pytest.mark.parametrize("breaker", BREAKERS)
@pytest.mark.parametrize("place", ["above", "beside", "inside", "first"])
def test_a_comment_stays_one(breaker: str, place: str) -> None:
    comment = "# " + breaker.replace("\n", "\n# ").replace("\r", "\r# ")
    source = {
        "above": f"\n{comment}\nblock b:\n    relu\n\n{comment}\n{NET}    b\n",
        "beside": NET.replace("):", f"): {comment}"),
        "inside": f"{NET}    {comment}\n    relu {comment}\n",
        "first": f"{comment}\n{NET}",
    }[place]
    report = resdsl.check(source)
    for net in report.nets:
        only_documents(net.source("torch"))


@pytest.mark.parametrize("breaker", [b for b in BREAKERS if "\r" not in b])
def test_a_file_s_name_stays_one(breaker: str, tmp_path: Path) -> None:
    name = breaker.replace("/", "_")[:80] + ".res"
    (tmp_path / name).write_text(NET, "utf-8")
    only_documents(resdsl.load(tmp_path / name).source("torch"))
    target = tmp_path / "page.py"
    assert (
        main(["compile", str(tmp_path / name), "--target", "torch", "-o", str(target)])
        == 0
    )
    only_documents(target.read_text("utf-8"))


@pytest.mark.parametrize("breaker", BREAKERS)
def test_a_setting_is_an_expression(
    breaker: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "net.res").write_text(NET, "utf-8")
    arguments = ["compile", str(tmp_path / "net.res"), "--target", "torch", "-o", "-"]
    for setting in (f"classes={breaker}", f"{breaker}=1", f"classes=3 # {breaker}"):
        status = main([*arguments, "--set", setting])
        out = capsys.readouterr().out
        assert status in (1, 2) or out
        if status == 0:
            only_documents(out)


_NAMES = """
__class__ __init__ forward self super range nn torch import lambda eval exec open
compile print True None Tensor BLOCKS init_weights isinstance max ChannelNorm x
_modules N Block _parameters training module int type i _ __ weight bias shape float
object property
"""
NAMES = [*_NAMES.split(), "a" * 64, "a" * 65, "a" * 300]
USE = "net n:\n    input 4\n    "
PLACES = (
    "net NAME:\n    input 4\n    linear 3\n",
    "net n(NAME = 3):\n    input 4\n    linear NAME\n",
    f"{USE}let NAME = channels * 2\n    linear NAME\n",
    f"{USE}NAME: linear 3\n",
    f"{USE}NAME:\n        linear 3 | relu\n",
    f"{USE}NAME: 2 * linear 3\n",
    "net n:\n    input 3 x NAME\n    conv 3, 4\n",
    f"{USE}for NAME in [1, 2]:\n        linear NAME\n",
    f"block NAME(w = 3):\n    linear w\n    relu\n\n{USE}NAME\n",
    f"block b(NAME = 3):\n    linear NAME\n    relu\n\n{USE}b 5\n",
    f"shortcut NAME:\n    linear channels\n\n{USE}residual shortcut=NAME: linear 5\n",
    f"shortcut s as NAME:\n    linear channels\n\n{USE}residual shortcut=s: linear 5\n",
)


@pytest.mark.parametrize("name", NAMES, ids=lambda name: name[:12])
def test_any_name_anywhere_is_safe(name: str) -> None:
    for place in PLACES:
        report = resdsl.check(place.replace("NAME", name))
        for net in report.nets if report.ok else ():
            page = net.source("torch")
            audit(page, ALLOWED)
            compile(page, "page", "exec")


@pytest.mark.parametrize(
    "name", ["Module", "Sequential", "object", "y", "add", "Linear"]
)
def test_a_page_of_odd_names_runs(name: str) -> None:
    block = f"block {name}(w):\n    residual: linear w\n\n"
    net = resdsl.load(f"{block}{USE}{name} 4\n    {name} 5\n")
    assert net.build("torch")(torch.zeros(2, 4)).shape == (2, 5)


def test_templates_take_no_plain_text() -> None:
    for bad in ("a b", "a;b", "1a", "a-b", "", "é", "a\n", "a" * 129):
        with pytest.raises(ValueError, match="identifier"):
            text.identifier(bad)


def test_a_number_prints_as_a_number() -> None:
    for value in (0, -1, 10**18, 0.1, 1e-5, 1e300, -0.0, 5e-324):
        assert ast.literal_eval(text.number(value)) == value


# --- the audit, with what it must catch ---

PAGE = '''"""A page."""

from torch import Tensor, nn


class N(nn.Module):
    """Net."""

    def __init__(self, classes: int = 3) -> None:
        super().__init__()
        self.fc = nn.Linear(4, classes)

    def forward(self, x: Tensor) -> Tensor:
        return self.fc(x)
'''


def test_the_audit_passes_a_page() -> None:
    assert audit(PAGE, ALLOWED) is PAGE


@pytest.mark.parametrize(
    "planted",
    [
        *("import os", "import torch.hub", "import torch as t", "from os import path"),
        *("from torch import load", "from torch import hub", "from . import x"),
        *("from torch.utils import cpp_extension", "from torch import *"),
        *("eval('1')", "exec('1')", "open('x')", "print(1)", "__import__('os')"),
        *("getattr(nn, 'x')", "globals()", "breakpoint()", "super().__class__"),
        *("nn.__dict__", "x = nn._something", "nn.Module.__subclasses__()"),
        *("nn.modules.module.torch.load('x')", "torch.load('x')", "Tensor.__init__"),
        *(
            "x = lambda: 1",
            "x = [a for a in (1,)]",
            "x = {a for a in (1,)}",
            "x = f'{1}'",
        ),
        *(
            "x = b'1'",
            "x = 'two words'",
            "x = 'a\\n'",
            "x = 1j",
            "del nn",
            "assert True",
        ),
        *(
            "while True:\n    pass",
            "with nn: pass",
            "try:\n    pass\nfinally:\n    pass",
        ),
        *("async def f(): pass", "def f():\n    yield 1", "global y", "raise 1"),
        *(
            "@nn.Module\ndef f(): return 1",
            "(lambda: 1)()",
            "nn.Linear(1)(2)",
            "x = (y := 1)",
        ),
        *(
            "nn = 1",
            "range = 1",
            "def super(): return 1",
            "def __getattr__(name): return 1",
        ),
        *(
            "class __Meta: x = 1",
            "x.system('ls')",
            "x.__globals__",
            "1 + 1",
            "x",
            "match 1:\n    case _: pass",
        ),
        *("x = nn.Linear.from_pretrained", "type X = int", "x: 'os' = 1;import os"),
    ],
)
def test_the_audit_catches(planted: str) -> None:
    with pytest.raises(AuditError):
        audit(f"{PAGE}\n\nx = 1\n{planted}\n", ALLOWED)


def test_the_audit_catches_what_is_no_python() -> None:
    for page in ("def", "\0", "x = (", "x = " + "9" * 5000):
        with pytest.raises(AuditError):
            audit(page, ALLOWED)


def test_the_audit_is_of_the_target() -> None:
    nothing = Allowed(frozenset(), frozenset(), {}, frozenset())
    with pytest.raises(AuditError):
        audit(PAGE, nothing)


def test_a_page_that_fails_the_audit_is_not_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from resdsl.backends import torch

    (tmp_path / "net.res").write_text(NET, "utf-8")
    target = tmp_path / "page.py"
    target.write_text("old", "utf-8")
    monkeypatch.setattr(
        torch, "ALLOWED", Allowed(frozenset(), frozenset(), {}, frozenset())
    )
    arguments = ["compile", str(tmp_path / "net.res"), "--target", "torch"]
    assert main([*arguments, "-o", str(target)]) == 2
    assert target.read_text("utf-8") == "old"
    assert "nothing is written" in capsys.readouterr().err


def test_compiling_runs_nothing() -> None:
    """No framework is imported, no process started, no connection made."""
    script = """
import sys
calls = []
def watch(event, args):
    if event.startswith(("socket.", "subprocess.", "os.system", "os.exec", "os.fork",
                         "os.posix_spawn", "os.spawn", "ctypes.", "pickle.")):
        calls.append(event)
import resdsl
from resdsl.backends import TARGETS
from resdsl.compiler import Origin, check_file, compile_net
sys.addaudithook(watch)
import pathlib
path = pathlib.Path(sys.argv[1])
checked = check_file(path.read_bytes(), Origin(path.name, path.parent))
for net in checked.nets:
    for target in TARGETS:
        compile_net(net, target)
assert checked.nets
assert not calls, calls
wrong = {"torch", "numpy", "pickle", "socket", "subprocess", "ssl", "urllib.request"}
assert not wrong & set(sys.modules) - {"pickle"}, wrong & set(sys.modules)
"""
    example = ROOT / "examples" / "resnet.res"
    command = [sys.executable, "-c", script, str(example)]
    done = subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def test_code_is_run_in_one_place_that_nobody_comes_to_unasked() -> None:
    running = {"exec", "eval", "compile", "__import__"}
    found = {
        path.name
        for path in PACKAGE
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id in running
    }
    assert found == {"live.py"}
