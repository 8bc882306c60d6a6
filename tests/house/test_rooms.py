"""Which room may know which: read off the imports and the words of the source."""

import ast
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from resdsl.ops import KINDS
from resdsl.ops.merge import MERGES

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "resdsl"
FILES = sorted(
    path
    for path in PACKAGE.rglob("*.py")
    if "_built" not in path.relative_to(ROOT).parts
)

# Each room may import those on lines above its own, and no neighbour on the same line.
ORDER = (
    "core files",
    "values",
    "syntax ops",
    "ir",
    "lower",
    "analysis",
    "emit reference",
    "backends",
    "compiler weights",
    "live manual variants",
    "network",
    "verify",
    "importer cli",
)
# Earlier rooms that a later one must not know all the same.
UNSEEN = {
    ("ir", "syntax"),
    ("analysis", "syntax"),
    ("analysis", "lower"),
    ("reference", "syntax"),
    ("reference", "lower"),
    ("emit", "syntax"),
    ("emit", "lower"),
    ("backends", "syntax"),
    ("backends", "lower"),
    ("weights", "syntax"),
    ("weights", "lower"),
    ("cli", "syntax"),
}
THIRD_PARTIES = {
    "lark": {"syntax"},
    "jinja2": {"emit/environment.py"},
    "markupsafe": {"emit/environment.py", "emit/text.py"},
    "numpy": {"reference", "weights", "verify"},
    "google": {"weights"},  # what onnx raises
    "safetensors": {"weights", "verify"},
    "keras": {"weights", "verify"},
    "onnx": {"weights", "verify"},
    "onnxruntime": {"verify"},
    "torch": {"weights", "verify"},
    "tqdm": {"verify", "cli"},
}
FRAMEWORKS = {
    "caffe",
    "flax",
    "jax",
    "keras",
    "mxnet",
    "nn",
    "numpy",
    "onnx",
    "tensorflow",
    "torch",
}


class Import(NamedTuple):
    module: str
    only_for_types: bool


def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text("utf-8"))


def inside(path: Path) -> str:
    return path.relative_to(PACKAGE).as_posix()


def room(path: Path) -> str:
    return inside(path).split("/")[0].removesuffix(".py")


def imports(path: Path) -> Iterator[Import]:
    """All imports of a file, those inside functions too."""
    module = tree(path)
    typing = {
        id(node)
        for test in ast.walk(module)
        if isinstance(test, ast.If) and ast.unparse(test.test) == "TYPE_CHECKING"
        for node in ast.walk(test)
    }
    for node in ast.walk(module):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield Import(alias.name, id(node) in typing)
        elif isinstance(node, ast.ImportFrom):
            assert not node.level and node.module, f"{path}: relative import"
            names = [node.module]
            if node.module == "resdsl":
                names = [f"resdsl.{alias.name}" for alias in node.names]
            for name in names:
                yield Import(name, id(node) in typing)


def of_file(paths: list[Path]) -> list[object]:
    return [pytest.param(path, id=inside(path)) for path in paths]


@pytest.mark.parametrize("path", of_file(FILES))
def test_imports_run_one_way(path: Path) -> None:
    lines = {name: at for at, line in enumerate(ORDER) for name in line.split()}
    here = room(path)
    if here in ("__init__", "__main__"):
        return  # the doors
    for module, _ in imports(path):
        top, _, rest = module.partition(".")
        there = rest.split(".")[0]
        if top != "resdsl" or there in ("", "_built", "__version__"):
            continue
        known = there == here or lines[there] < lines[here]
        assert known, f"{here} imports {module}"
        assert (here, there) not in UNSEEN, f"{here} must not know {module}"


def test_the_package_itself_imports_the_core_alone() -> None:
    for statement in tree(PACKAGE / "__init__.py").body:
        if isinstance(statement, ast.ImportFrom):
            names = (statement.module or "").split(".")
            assert names[0] in ("__future__", "typing") or names[1] == "core"


@pytest.mark.parametrize("path", of_file(FILES))
def test_each_third_party_has_its_place(path: Path) -> None:
    for module, only_for_types in imports(path):
        name = module.partition(".")[0]
        if name == "resdsl" or name in sys.stdlib_module_names:
            continue
        if only_for_types and name in ("onnx", "torch"):
            continue
        places = THIRD_PARTIES.get(name, set())
        assert {room(path), inside(path)} & places, f"imports {name}"


def test_the_vocabulary_is_not_in_the_grammar() -> None:
    text = re.sub(r"//.*", "", (ROOT / "grammars/net.lark").read_text("utf-8"))
    assert set(re.findall(r"\w+", text)) & KINDS.keys() == set()


def words(path: Path) -> set[str]:
    """Every word of a file's code: names, attributes and texts, but no prose."""
    found: list[str] = []
    module = tree(path)
    prose = {
        id(node.value)
        for node in ast.walk(module)
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    }
    for node in ast.walk(module):
        if isinstance(node, ast.Name):
            found.append(node.id)
        elif isinstance(node, ast.Attribute):
            found.append(node.attr)
        elif isinstance(node, ast.arg | ast.keyword):
            found.append(node.arg or "")
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            found += [] if id(node) in prose else re.findall(r"\w+", node.value)
    return set(found)


ORDINARY = {"add", "multiply", "slice", "times", "tokens"}
"""Words of the language that Python, or a parser, has as well."""


def in_rooms(*rooms: str) -> list[object]:
    return of_file([path for path in FILES if room(path) in rooms])


@pytest.mark.parametrize("path", in_rooms("core", "values", "syntax", "ir", "emit"))
def test_no_layer_is_named_outside_the_vocabulary(path: Path) -> None:
    # The catalogue's examples are programs, and those name layers.
    if inside(path) != "core/catalog.py":
        assert words(path) & KINDS.keys() - ORDINARY == set()


@pytest.mark.parametrize("path", in_rooms("syntax", "emit"))
def test_no_merge_is_named_where_paths_are_written(path: Path) -> None:
    # Python's sets have an `add`, and a page counts its "multiply-accumulates".
    assert words(path) & MERGES.keys() - ORDINARY == set()


@pytest.mark.parametrize(
    "path", in_rooms("core", "values", "syntax", "ops", "ir", "analysis", "emit")
)
def test_no_framework_is_named_before_the_backends(path: Path) -> None:
    assert words(path) & FRAMEWORKS == set()


@pytest.mark.parametrize("path", of_file(FILES))
def test_only_the_commands_print(path: Path) -> None:
    if room(path) != "cli":
        module = tree(path)
        names = {node.id for node in ast.walk(module) if isinstance(node, ast.Name)}
        parts = {n.attr for n in ast.walk(module) if isinstance(n, ast.Attribute)}
        assert (names | parts) & {"print", "stdout", "stderr"} == set()


@pytest.mark.parametrize("path", of_file(FILES))
def test_everything_public_says_what_it_is(path: Path) -> None:
    for node in definitions(tree(path)):
        assert ast.get_docstring(node), getattr(node, "name", "the file")


def definitions(
    node: ast.Module | ast.ClassDef,
) -> Iterator[ast.Module | ast.ClassDef | ast.FunctionDef]:
    yield node
    for inner in node.body:
        if not isinstance(inner, ast.ClassDef | ast.FunctionDef):
            continue
        decorators = [ast.unparse(decorator) for decorator in inner.decorator_list]
        if inner.name.startswith("_") or "overload" in decorators:
            continue
        # Lark calls the tree's methods by the names of the grammar's rules.
        if isinstance(inner, ast.FunctionDef) or inner.name == "TreeBuilder":
            yield inner
        else:
            yield from definitions(inner)


@pytest.mark.parametrize("path", of_file(FILES))
def test_files_and_functions_are_short(path: Path) -> None:
    assert len(path.read_text("utf-8").splitlines()) <= 400
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.FunctionDef):
            assert (node.end_lineno or 0) - node.lineno < 50, node.name
