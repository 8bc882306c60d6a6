"""Promise 1: any input ends in an artifact or diagnostics, in bounded time."""

import random
import time
from pathlib import Path

import pytest
from bombs import BOMBS
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import resdsl
from resdsl.core.limits import Limits

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = [path.read_text("utf-8") for path in sorted(ROOT.glob("examples/*.res"))]
_WORDS = """
block net shortcut default use as always let if elif else for in only and or not true
false input conv linear relu bn residual dense scale channels rank range max n a x
3 64 0 1e-3 3x3 2x2 /2 ( ) [ ] , : | + - * // % ** == < =
"""
WORDS = [*_WORDS.split(), "\n", "\n    ", "\n        ", "#", "\t", " "]
FEW = settings(
    deadline=20_000, suppress_health_check=[HealthCheck.too_slow], max_examples=150
)
SECONDS = 20


def answer(text: str | bytes, limits: Limits = Limits()) -> resdsl.Report:
    """What comes of a text, shown and stored and emitted as far as it is right."""
    report = resdsl.check(text, limits)
    str(report)
    report.data()
    for net in report.nets:
        if net.ir.unit.operators < 2000:
            net.source("torch")
    return report


@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_is_refused_in_time(name: str) -> None:
    text, codes = BOMBS[name]
    start = time.monotonic()
    report = answer(text)
    assert time.monotonic() - start < SECONDS
    assert {d.code for d in report.diagnostics} == codes
    assert all(len(d.message) < 500 for d in report.diagnostics)
    assert len(report.diagnostics) <= 100


@FEW
@given(st.binary(max_size=400))
def test_any_bytes(data: bytes) -> None:
    answer(data)


@FEW
@given(st.text(alphabet=st.characters(codec=None), max_size=300))
def test_any_text(text: str) -> None:
    answer(text)


@FEW
@given(st.lists(st.sampled_from(WORDS), max_size=80))
def test_any_soup_of_words(words: list[str]) -> None:
    answer(" ".join(words))
    answer("net n:\n    input 3 x 8 x 8\n    " + " ".join(words))


@FEW
@given(st.sampled_from(EXAMPLES), st.integers(0, 2**32))
def test_any_mutation_of_an_example(text: str, seed: int) -> None:
    chance = random.Random(seed)
    lines = text.splitlines(keepends=True)
    for _ in range(chance.randint(1, 4)):
        at = chance.randrange(len(lines))
        lines[at] = mutated(lines[at], lines, chance)
    answer("".join(lines))


def mutated(line: str, lines: list[str], chance: random.Random) -> str:
    place = chance.randrange(len(line) + 1)
    word = chance.choice(WORDS)
    return chance.choice(
        (
            "",
            line * 2,
            chance.choice(lines),
            line[:place] + line[place + 1 :],
            line[:place] + word + line[place:],
            line[:place] + word + line[place + 3 :],
            "    " + line,
            line.lstrip(" "),
        )
    )


@pytest.mark.parametrize(
    "text",
    [
        *(
            "",
            " ",
            "\n",
            "\t\n \n",
            "# only a comment",
            "# one\n# two\n",
            "\ufeff",
            "\r",
        ),
        *(
            "\ufeff\n",
            "\x0c",
            "\x0b\n",
            "\u2028",
            "net n:",
            "net n:\n",
            "\ud800",
            "\x1b[31m",
        ),
        *(
            "net n:\n    input 3\n    relu # \ud800\n",
            "net n:\n    input 3\n    \udfff\n",
        ),
        *("net n:\n    input 3\n    relu # \x0c x\n", 'use "\x1b[31m"\n', "\\", "$(x)"),
    ],
)
def test_texts_with_nothing_in_them(text: str) -> None:
    answer(text)


@pytest.mark.parametrize(
    "thing", [None, 3, 1.5, [], ["net"], object(), bytearray(b"x")]
)
def test_what_is_no_text_is_a_type_error(thing: object) -> None:
    with pytest.raises(TypeError, match="expected text or bytes"):
        resdsl.check(thing)  # type: ignore[arg-type]


BOUNDED = {
    "file_bytes": ("E010", "net n:\n    input 8\n    relu\n"),
    "nesting": ("E011", f"net n:\n    input 8\n    linear {'(' * 9}8{')' * 9}\n"),
    "operators": ("E013", "net n:\n    input 8\n    30 * relu\n"),
    "parameters": ("E014", "net n:\n    input 8\n    linear 8\n"),
    "digits": ("E015", "net n:\n    input 8\n    linear 123456\n"),
}


@pytest.mark.parametrize("field", BOUNDED)
def test_a_bound_has_its_code_and_names_its_flag(field: str) -> None:
    code, text = BOUNDED[field]
    assert resdsl.check(text).ok
    found = resdsl.check(text, Limits()._replace(**{field: 5})).diagnostics
    assert {d.code for d in found} == {code}
    assert all(Limits.flag(field) in d.hint for d in found)


@pytest.mark.parametrize("field", Limits._fields)
@pytest.mark.parametrize("value", [-1, 0, 1, 10**9])
def test_any_bound_is_safe(field: str, value: int) -> None:
    limits = Limits()._replace(**{field: value})
    for text in (EXAMPLES[0], BOUNDED["nesting"][1], BOMBS["digits"][0]):
        answer(text, limits)


def test_beyond_the_stack_is_a_diagnostic_too() -> None:
    text, _ = BOMBS["nested blocks"]
    found = resdsl.check(text, Limits(nesting=10**6)).diagnostics
    assert [d.code for d in found] == ["E011"]
