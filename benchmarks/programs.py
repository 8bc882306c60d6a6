"""Programs of a wanted size, for questions about growth. All are valid `.res` files."""

UNIT = """\
block unit{number}(width, stride = 1):
    residual:
        conv 3x3, width, /stride | bn | relu
        conv 3x3, width | bn
    relu

"""

HEAD = """\
net {name}(classes = 10):
    input 3 x 32 x 32
    conv 3x3, 64 | bn | relu
"""

TAIL = """\
    avgpool | flatten
    fc: linear classes
"""


def many_blocks(lines: int) -> str:
    """Many declarations, and a net that uses each once: what a library looks like."""
    head = HEAD.format(name="many_blocks")
    fixed = (head + TAIL).count("\n")
    count = (lines - fixed) // (UNIT.count("\n") + 1)
    blocks = "".join(UNIT.format(number=number) for number in range(count))
    uses = "".join(f"    unit{number} 64\n" for number in range(count))
    return blocks + head + uses + TAIL


def long_net(lines: int) -> str:
    """One net, a layer a line: what another program would write."""
    head = HEAD.format(name="long_net")
    fixed = (head + TAIL).count("\n")
    layers = ("    conv 3x3, 64\n", "    bn\n", "    relu\n")
    body = "".join(layers[index % 3] for index in range(lines - fixed))
    return head + body + TAIL


def repeated(count: int) -> str:
    """The same few lines, whatever the count."""
    body = f"    body: {count} * unit 64\n"
    return UNIT.format(number="") + HEAD.format(name="repeated") + body + TAIL
