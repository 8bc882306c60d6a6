"""Jinja, set up so that only `Code` can be printed. No other file imports Jinja."""

from __future__ import annotations

import importlib
from functools import cache
from pathlib import Path
from types import ModuleType

import jinja2
from markupsafe import Markup

from resdsl import files
from resdsl.core.catalog import NotAvailable
from resdsl.core.diagnostic import Stop
from resdsl.emit.text import Code
from resdsl.ir.net import Join, Merge, Node
from resdsl.ops.fault import Fault


def make_environment(loader: jinja2.BaseLoader) -> jinja2.Environment:
    """The environment of all templates: strict, with no way for text to be code."""
    return jinja2.Environment(
        loader=loader,
        undefined=jinja2.StrictUndefined,
        finalize=_only_code,
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        auto_reload=False,
    )


@cache
def environment() -> jinja2.Environment:
    """Ready-made templates in an installed wheel, their sources in a checkout."""
    built = _ready_made()
    if built is None:
        return make_environment(jinja2.FileSystemLoader(files.templates()))
    folder = Path(str(built.__file__)).parent / "templates"
    return make_environment(jinja2.ModuleLoader(folder))


def _ready_made() -> ModuleType | None:
    try:
        built = importlib.import_module("resdsl._built")
    except ModuleNotFoundError:
        return None
    return built if jinja2.__version__ == built.JINJA else None


class Words:
    """A target's words: one macro prints one expression."""

    def __init__(self, target: str) -> None:
        self.target = target
        self._macros = environment().get_template(f"{target}/layers.jinja").module

    def has(self, name: str) -> bool:
        """Whether the target has a word."""
        return hasattr(self._macros, name)

    def say(self, name: str, *args: object) -> Code:
        """The expression that a macro prints.

        Raises:
            Fault: the target has no such word.
        """
        if not self.has(name):
            what = name.replace("_", " ")
            raise Fault(NotAvailable, f"the target '{self.target}' has no '{what}' yet")
        text: str = getattr(self._macros, name)(*args)
        return Code(text.strip())

    def say_of(self, item: Node | Merge | Join, name: str, *args: object) -> Code:
        """The expression for a layer or merge of the source.

        Raises:
            Stop: the target has no such word, or not for these arguments.
        """
        try:
            return self.say(name, *args)
        except Fault as fault:
            raise Stop(fault.at(item.span)) from None


def render_page(target: str, page: object) -> str:
    """The whole page of a target."""
    template = environment().get_template(f"{target}/page.jinja")
    return template.render(page=page)


def _only_code(item: object) -> object:
    if isinstance(item, Code | Markup) or type(item) is int:
        return item
    raise TypeError(f"a template may print only code, not {type(item).__name__}")
