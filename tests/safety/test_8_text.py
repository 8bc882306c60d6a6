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


@pytest.mark.parametrize(
    ("data", "place"),
    [
        (b"\xff", (1, 1)),
        (b"net n:\n    \xc3\x28", (2, 5)),
        (b"\xef\xbb\xbfnet \x80", (1, 5)),
        (b"# \xc3\xa9\r\n\xe2\x82", (2, 1)),
        (b"\xed\xa0\x80", (1, 1)),
        (b"\xc0\xaf", (1, 1)),
        (b"\xff\xfen\x00e\x00t\x00", (1, 1)),
        ("net n:\n".encode("utf-16-be"), (1, 1)),
        (b"ab\x00c", (1, 3)),
    ],
)
def test_what_is_not_utf_8_is_refused_at_its_place(
    data: bytes, place: tuple[int, int]
) -> None:
    (found,) = resdsl.check(data).data()
    assert found["code"] == "E001"
    assert (found["line"], found["column"]) == place


@pytest.mark.parametrize(
    "sign", "\0\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
)
def test_what_hides_text_is_refused_even_in_comments(sign: str) -> None:
    text = f"{TEXT}    # a{sign}b\n"
    for form in (text, text.encode()):
        (found,) = resdsl.check(form).data()
        assert found["code"] == "E001"
        assert (found["line"], found["column"]) == (4, 8)
        assert sign not in str(resdsl.check(form))


def test_nothing_shown_moves_the_terminal() -> None:
    for sign in "\x1b\x07\x08\x7f\x9b\ud800\x0c\x85\u2028":
        for text in (f"net n:\n    {sign}[31m\n", f'use "{sign}[2J"\n', f"a{sign}b\n"):
            shown = str(resdsl.check(text))
            assert shown.replace("\n", "").isprintable()
