"""Texts that would take forever, or too much of the stack, if nothing were bounded.

Each has the codes that its findings must have; none means that it is clean.
"""

NET = "net n:\n    input 8\n"
FREE = "net n(w = 8):\n    input 8\n"
IMAGE = "net n:\n    input 3 x 8 x 8\n"
MANY = 20_000


def lets(step: str, times: int, first: str) -> str:
    """A chain of names, each made of the one before, `{}`."""
    names = "".join(
        f"    let a{n + 1} = {step.format(f'a{n}')}\n" for n in range(times)
    )
    return f"    let a0 = {first}\n{names}"


def nested_blocks(depth: int, residuals: int = 0) -> str:
    parts: list[str] = []
    for number in range(depth):
        inside = [" " * (n + 1) + "residual:\n" for n in range(residuals)]
        use = f"b{number - 1}" if number else "relu"
        body = "".join(inside) + " " * (residuals + 1) + use
        parts.append(f"block b{number}:\n{body}\n\n")
    return "".join(parts) + NET + f"    b{depth - 1}\n"


BOMBS: dict[str, tuple[str, set[str]]] = {
    "repeat": (NET + "    10**9 * relu\n", {"E013"}),
    "repeats": (
        f"block a:\n    1000 * relu\n\nblock b:\n    1000 * a\n\n{NET}    1000 * b\n",
        {"E013"},
    ),
    "growing repeat": (
        f"block g:\n    linear channels + 1\n\n{NET}    {MANY} * g\n",
        {"E014"},
    ),
    "range": (NET + "    for i in range(10**9):\n        relu\n", {"E013"}),
    "range back": (
        NET + "    for i in range(10**17, -10**17, -1):\n        relu\n",
        {"E013"},
    ),
    "loops": (
        NET
        + "    for i in range(9999):\n        for j in range(9999):\n"
        + "            relu\n",
        {"E013"},
    ),
    "loops without layers": (
        NET
        + "    for i in range(9999):\n        for j in range(9999):\n"
        + "            let a = i\n    relu\n",
        {"E013"},
    ),
    "loops in different blocks": (
        "block b(w):\n    for j in range(9999):\n        let q = j + w\n    relu\n\n"
        + NET
        + "    for i in range(9999):\n        b i\n",
        {"E013"},
    ),
    "lists that double": (
        NET + lets("{0} + {0}", 60, "range(9)") + "    relu\n",
        {"E013"},
    ),
    "lists in lists": (NET + lets("[{0}, {0}]", 60, "[1]") + "    relu\n", {"E013"}),
    "list in a list": (NET + lets("[{0}]", 99, "[1]") + "    relu\n", {"E011"}),
    "blocks in blocks": (
        "block t(f, g = 1):\n    f\n\nblock r:\n    relu\n\n"
        + NET
        + lets("t(f={0}, g=[{0}, {0}])", 60, "r")
        + "    a60\n",
        {"E013"},
    ),
    "formulas that double": (
        FREE + lets("{0} - {0} + 1", 90, "w") + "    linear a90\n",
        set(),
    ),
    "formulas with min": (
        FREE + lets("min({0}, {0})", 90, "w") + "    linear a90\n",
        set(),
    ),
    "formulas with minus": (FREE + lets("-{0} - {0}", 50, "w") + "    relu\n", set()),
    "long formula": (FREE + "    linear " + " + ".join(["w"] * MANY) + "\n", set()),
    "long chain of formulas": (
        FREE + lets("{0} + 1", 2000, "w") + "    linear a2000\n",
        set(),
    ),
    "channels that double": (
        "block d:\n    dense:\n        relu\n\n" + IMAGE + "    9999 * d\n",
        {"E015"},
    ),
    "sizes that double": (IMAGE + "    9999 * upsample 1000000\n", {"E015"}),
    "many strides": ("net n:\n    input 3 x H x W\n    500 * conv 3x3, 8, /3\n", set()),
    "symbolic sizes": (
        "net n:\n    input 3 x H x W\n" + "    conv 2x2, 8, /3\n" * 300,
        set(),
    ),
    "long sum": (NET + "    linear " + " + ".join(["1"] * MANY) + "\n", set()),
    "long concatenation": (
        NET + "    let a = " + " + ".join(["[1]"] * MANY) + "\n    relu\n",
        {"E013"},
    ),
    "long condition": (
        NET + "    if " + " and ".join(["true"] * MANY) + ":\n        relu\n",
        set(),
    ),
    "long extent": (IMAGE + "    conv " + " x ".join(["1"] * MANY) + ", 3\n", {"E202"}),
    "long extent literal": (
        IMAGE + "    conv " + "x".join(["1"] * MANY) + ", 3\n",
        {"E202"},
    ),
    "long list": (
        NET + "    let a = [" + "1, " * (MANY + 1) + "1]\n    relu\n",
        {"E013"},
    ),
    "long chain": (NET + "    " + " | ".join(["relu"] * (MANY + 1)) + "\n", {"E013"}),
    "long body": (NET + "    relu\n" * (MANY + 1), {"E013"}),
    "long choice": (
        NET
        + "    if false:\n        relu\n"
        + "    elif false:\n        relu\n" * 5000
        + "    else:\n        relu\n",
        set(),
    ),
    "long parameters": (
        "net n("
        + ", ".join(f"p{n} = 1" for n in range(9999))
        + "):\n    input 8\n    relu\n",
        set(),
    ),
    "long arguments": (
        "block b:\n    relu\n\n"
        + NET
        + "    b "
        + ", ".join(f"p{n}=1" for n in range(9999))
        + "\n",
        {"E103"},
    ),
    "long name": (NET + "    " + "a" * 1_000_000 + " 3\n", {"E102"}),
    "long label": (NET + "    " + "a" * 100_000 + ": relu\n", {"E107"}),
    "long line of blanks": (NET + "    linear" + " " * 1_000_000 + "8,\n", {"E002"}),
    "long comment": ("#" + "x" * 1_000_000 + "\n" + NET + "    relu\n", set()),
    "long comment above": ("# c\n" * 50_000 + NET + "    relu\n", set()),
    "blank lines": ("\n" * 500_000 + NET + "    relu\n", set()),
    "lines that go on": (NET + "    relu\n" + "    | relu\n" * 5000, set()),
    "brackets": (NET + "    linear " + "(" * MANY + "8" + ")" * MANY + "\n", {"E011"}),
    "brackets left open": (NET + "    linear " + "(" * MANY + "\n", {"E011"}),
    "lists": (NET + "    linear " + "[" * MANY + "8" + "]" * MANY + "\n", {"E011"}),
    "not": (NET + "    if " + "not " * MANY + "true:\n        relu\n", {"E011"}),
    "minus": (NET + "    linear " + "- " * MANY + "8\n", {"E011"}),
    "powers": (NET + "    linear " + "1 ** " * MANY + "8\n", {"E011"}),
    "conditions": (NET + "    linear " + "8 if false else " * MANY + "8\n", {"E011"}),
    "counts": (NET + "    " + "1 * " * MANY + "relu\n", {"E011"}),
    "indices": (NET + "    let a = [1]\n    linear a" + "[0]" * MANY + "\n", {"E011"}),
    "calls": (NET + "    linear " + "max(" * 70 + "8" + ")" * 70 + "\n", {"E011"}),
    "indentation": (
        "net n:\n    input 8\n"
        + "".join(" " * (n + 4) + "residual:\n" for n in range(2000)),
        {"E011"},
    ),
    "nested blocks": (nested_blocks(3000), {"E011"}),
    "nested blocks and bodies": (nested_blocks(30, residuals=30), {"E011"}),
    "nested as deep as may be": (nested_blocks(60), set()),
    "aliases": (
        NET
        + "    relu\n"
        + "".join(
            f"net n{n} = n{n - 1}\n" if n else "net n0 = n\n" for n in range(100)
        ),
        {"E011"},
    ),
    "aliases in a ring": (
        "".join(f"net n{n} = n{(n + 1) % 60}\n" for n in range(60)),
        {"E111"},
    ),
    "more shares than memory holds": (
        "net n:\n    input 900000000\n    branches split=900000000: relu\n",
        {"E013"},
    ),
    "many shares": (
        (
            "net n:\n    input 6000\n    branches split=3000:\n"
            "        for i in range(3000): relu\n"
        ),
        set(),
    ),
    "an index of many digits": (
        "net n(w = [4]):\n    input 3\n    linear w[" + "9" * 5000 + "]\n",
        {"E015"},
    ),
    "a member of many digits": (NET + "    c." + "9" * 5000 + ": relu\n", {"E202"}),
    "defaults": ("default bn eps=1e-3\n" * 5000 + NET + "    bn\n", set()),
    "defaults in a body": (
        NET + "    default bn eps=1e-3\n" * 5000 + "    bn\n",
        set(),
    ),
    "many nets": (
        "".join(f"net n{n}:\n    input 8\n    relu\n" for n in range(2000)),
        set(),
    ),
    "wrong lines": (NET + "".join(f"    cnov{n} 3\n" for n in range(5000)), {"E102"}),
    "wrong lines of text": (NET + "    conv ,,\n" * 5000, {"E002"}),
    "wrong declarations": ("net n:\n    conv ,,\n" * 2000, {"E002"}),
    "wrong declarations unused": (
        "".join(f"block b{n}:\n    cnov{n} 3\n" for n in range(5000)),
        {"E102"},
    ),
    "wrong files": ("".join(f"use s{n}\n" for n in range(2000)), {"E109"}),
    "digits": (NET + "    linear " + "9" * 1_000_000 + "\n", {"E015"}),
    "exponent": (NET + "    linear 10 ** 10 ** 10\n", {"E015"}),
    "fraction": (NET + "    dropout 1e" + "9" * 100_000 + "\n", {"E015"}),
    "power of a fraction": (NET + "    dropout 0.5 ** (10 ** 17)\n", set()),
    "input": ("net n:\n    input 3 x 99999999999x99999999999\n    flatten\n", {"E015"}),
    "kernel": (IMAGE + "    conv 99999999x99999999, 8\n", {"E014"}),
    "groups": (
        NET.replace("8", "999999999989 x 1") + "    conv 1, 4, groups=999999999988\n",
        {"E302"},
    ),
    "quotes": ('"' * 100_000, {"E002"}),
}
