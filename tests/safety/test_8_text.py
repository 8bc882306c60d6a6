"""Promise 8: UTF-8 with or without BOM, any line ends; hidden meaning is refused."""

import pytest

import resdsl

TEXT = "net n:\n    input 3  # résumé\n    linear 2\n"


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("bom", [b"", b"\xef\xbb\xbf"])
def test_any_line_end_and_a_mark_mean_the_same(end: str, bom: bytes) -> None:
    data = bom + TEXT.replace("\n", end).encode()
    report = resdsl.check(data)
    assert report.ok, str(report)
    (net,) = report.nets
    plain = resdsl.load(TEXT)
    assert net.source("torch") == plain.source("torch")


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_places_are_right_for_any_line_end(end: str) -> None:
    data = TEXT.replace("linear", "lineer").replace("\n", end).encode()
    (finding,) = resdsl.check(data).diagnostics
    assert finding.span.source.position(finding.span.start) == (3, 5)
    assert finding.span.text == "lineer"


def test_the_last_line_needs_no_end() -> None:
    assert resdsl.check(TEXT.rstrip("\n")).ok


@pytest.mark.parametrize(
    ("bad", "says"),
    [
        (b"\xff", "0xFF"),
        (b"\xc3(", "0xC3"),
        (b"\x00", "NUL"),
        ("\u202e".encode(), "U+202E"),
        ("\u2066".encode(), "U+2066"),
        ("\u200f".encode(), "U+200F"),
    ],
)
def test_what_cannot_be_shown_safely_is_refused_where_it_stands(
    bad: bytes, says: str
) -> None:
    data = TEXT.encode().replace(b"# ", b"# " + bad)
    (finding,) = resdsl.check(data).diagnostics
    assert finding.code == "E001"
    assert says in finding.message
    assert finding.span.source.position(finding.span.start) == (2, 16)


def test_a_cut_character_at_the_end_is_refused() -> None:
    (finding,) = resdsl.check(TEXT.encode() + b"\xc3").diagnostics
    assert finding.code == "E001"
