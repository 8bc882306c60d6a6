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


# ResNet-50 and its relatives, for sweeps.
FAMILY = """\
block bottleneck(width, stride = 1):
    residual:
        conv 1x1, width          | bn | relu
        conv 3x3, width, /stride | bn | relu
        conv 1x1, width * 4      | bn
    relu

net family(depths = [3, 4, 6, 3], width = 64, classes = 1000):
    input 3 x 224 x 224
    conv 7x7, width, /2 | bn | relu
    maxpool 3x3, /2
    layer1: depths[0] * bottleneck width
    layer2: depths[1] * bottleneck width * 2, /2
    layer3: depths[2] * bottleneck width * 4, /2
    layer4: depths[3] * bottleneck width * 8, /2
    avgpool | flatten
    fc: linear classes
"""
