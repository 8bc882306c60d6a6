"""Random programs of the language: well-formed, often odd, sometimes wrong.

A program is drawn piece by piece with hypothesis, so that a failing one shrinks.
"""

from __future__ import annotations

from hypothesis import strategies as st

Draw = st.DrawFn

INPUTS = {
    0: ("input 6", "input (2 + 4)"),
    1: ("input 4 x 12", "input 6 x L"),
    2: ("input 4 x 9 x 8", "input 6 x H x W", "input 3 x 8 x W", "input 2 x 10x7"),
    3: ("input 4 x 5 x 6 x 6", "input 2 x D x 6 x H"),
}
SIZES = (
    "2",
    "4",
    "6",
    "a",
    "a * 2",
    "a // 2 + 1",
    "channels",
    "channels * 2",
    "max(a, 2)",
)
ACTS = ("relu", "silu", "gelu", "tanh", "leaky_relu(0.2)", "prelu", "elu", "hardswish")
RULES = ("projection", "zero_pad", "resnet_d", "none", "projection_always", "own")


class Writer:
    """Writes the bodies of one program; `rank` is the input's dimensions."""

    def __init__(self, draw: Draw, rank: int) -> None:
        self.draw = draw
        self.rank = rank
        self.blocks: list[str] = []
        self.labels = 0
        self.tensors: list[str] = []
        self.loops: list[str] = []

    def pick(self, *options: str) -> str:
        return self.draw(st.sampled_from(options))

    def size(self) -> str:
        return self.pick(*SIZES)

    def often(self, text: str) -> str:
        return text if self.draw(st.booleans()) else ""

    def layer(self, rank: int) -> str:
        if rank == 0:
            return self.pick(
                f"linear {self.size()}",
                f"linear {self.size()}, bias=false",
                f"linear channels, weight_init={self.pick('0', 'normal(0.1)')}",
                "bn",
                "layernorm",
                "dropout 0.5",
                "drop_path 0.1",
                f"pad channels + {self.pick('1', '2')}",
                self.either_rank(),
                self.pick(*ACTS),
            )
        kernel = self.pick("1", "3", "2", "x".join("3" * rank), "x".join("131"[:rank]))
        groups = self.often(f", groups={self.pick('channels', '2', '1', 'a // 2')}")
        return self.pick(
            f"conv {kernel}, {self.size()}{self.often(', /2')}{groups}",
            f"conv 3, {self.size()}, padding={self.pick('0', '1', '2')}",
            f"conv 3, channels, dilation=2{self.often(', bias=true')}",
            f"maxpool {self.pick('2', '3, /2', '3, /1', '2, ceil_mode=true')}",
            f"avgpool {self.pick('2', '3, /2, count_padding=false', '')}",
            "bn",
            f"bn momentum=0.2, eps={self.pick('1e-3', '0.001')}",
            "layernorm",
            f"groupnorm {self.pick('1', '2')}",
            "dropout 0.5",
            "drop_path 0.1",
            f"upsample {self.pick('2', '1')}",
            f"pad padding={self.pick('1', '0')}",
            f"pad channels * {self.pick('1', '2')}",
            f"subsample /{self.pick('1', '2')}",
            f"conv 3, {self.size()}, padding=same{self.often(', /2')}",
            f"conv 3, channels, standardize=1e-6{self.often(', gain=1')}",
            f"shuffle {self.pick('2', 'channels')}",
            "pixelunshuffle 2 | pixelshuffle 2" if rank == 2 else "identity",
            self.sequence(),
            self.either_rank(),
            self.pick(*ACTS),
        )

    def either_rank(self) -> str:
        return self.pick(
            f"slice {self.pick('0', '1', 'channels // 2')}{self.often(', channels')}",
            f"softmax{self.often(' 2')}",
            f"times {self.pick('0.1', 'a', '-1')}",
            "gain",
            "identity",
            "gelu approximate=true",
            f"reshape {self.pick('1 x channels', 'channels x 1', 'channels')}",
        )

    def sequence(self) -> str:
        """What turns the order of memory, or needs it to be turned."""
        inner = self.pick(
            "attention 2",
            f"attention {self.pick('1', 'a // 2')}, bias=false",
            "positions",
            "prepend",
            "transpose | linear channels | transpose",
            f"linear {self.size()} | layernorm",
        )
        start = self.pick("tokens", "channels_last", "channels_last | tokens")
        end = self.pick("select 0", "channels_first", "avgpool | flatten", "relu")
        return f"{start} | {inner} | {end}"

    def link(self, rank: int) -> str:
        calls = [self.layer(rank)]
        if self.blocks:
            name = self.pick(*self.blocks)
            calls.append(
                self.pick(
                    f"{name} {self.size()}",
                    f"{name}({self.size()}), /2" if rank else f"{name} 4",
                    f"{name} a={self.size()}, act={self.pick(*ACTS)}",
                    f"{name} {self.size()}, go={self.pick('true', 'false')}",
                )
            )
        call = self.pick(*calls)
        if self.draw(st.integers(0, 5)) == 0:
            count = self.pick("1", "2", "3", "(a // 2)", "len([1, 2])", "depths[0]")
            call = f"{count} * {call}"
        if self.draw(st.integers(0, 7)) == 0:
            name = self.label()
            self.tensors.append(name)
            call = f"{name}: {call}"
        if self.tensors and self.draw(st.integers(0, 7)) == 0:
            call = f"{call} | {self.join()}"
        return call

    def label(self) -> str:
        """A name, a name that counts, a member of a list, or a path."""
        name = self.pick("part", "head_", "a", "conv1", "relu", "y")
        self.labels += 1
        counts = [
            f"{loop}{more}" for loop in self.loops for more in ("", " + 1", " * 2")
        ]
        count = self.pick(*counts or (str(self.labels), "a", "len(depths)"))
        return self.pick(
            name,
            f"{name}{self.labels}",
            f"{name}{self.labels}_{{{count}}}",
            f"{name}{self.labels}.{{{self.pick('0', *self.loops)}}}",
            f"{name}.{self.pick('inner', 'wide', 'conv')}{self.labels}",
            f"parts.{{{count}}}.{name}",
        )

    def join(self) -> str:
        """Earlier tensors by their names, or what only looks like one."""
        odd = self.pick("relu", "nothing", "y{i}", "parts.{0}.y")
        names = [self.pick(*self.tensors * 4, odd)]
        names += [self.pick(*self.tensors)] if self.draw(st.booleans()) else []
        joined = ", ".join(names)
        return self.pick(
            f"add {joined}", f"concat {joined}", f"multiply {joined}", names[0]
        )

    def suite(self, rank: int, depth: int) -> list[str]:
        lines: list[str] = []
        for _ in range(self.draw(st.integers(1, 3))):
            lines += self.statement(rank, depth)
        return lines

    def statement(self, rank: int, depth: int) -> list[str]:
        kinds = (
            *(self.choice, self.loop, self.group, self.let, self.rule, self.default),
            *(self.scale, self.dense, self.branches, self.gated, self.named),
            *(self.residual, self.residual),
        )
        chains = 4
        kind = self.draw(st.integers(0, chains + len(kinds) - 1 if depth else 3))
        if kind >= chains:
            return kinds[kind - chains](rank, depth)
        links = [self.link(rank) for _ in range(self.draw(st.integers(1, 3)))]
        return [" | ".join(links)]

    def choice(self, rank: int, depth: int) -> list[str]:
        return ["if " + self.condition() + ":", *self.indented(rank, depth)]

    def loop(self, rank: int, depth: int) -> list[str]:
        names, values = self.turns()
        self.loops += names
        body = self.indented(rank, depth)
        del self.loops[-len(names) :]
        return [f"for {', '.join(names)} in {values}:", *body]

    def group(self, rank: int, depth: int) -> list[str]:
        self.labels += 1
        opened = self.pick(f"group{self.labels}", self.label(), "group")
        named = self.often(" named") if opened.startswith("group") else ""
        return [f"{opened}{named}:", *self.indented(rank, depth)]

    def let(self, rank: int, _: int) -> list[str]:
        self.labels += 1
        return [f"let v{self.labels} = {self.value()}", f"{self.sized(rank)}"]

    def rule(self, rank: int, depth: int) -> list[str]:
        return [f"use shortcut {self.pick(*RULES)}", *self.statement(rank, depth)]

    def default(self, _: int, __: int) -> list[str]:
        lines = ["default bn eps=1e-3", "default conv bias=true"]
        return lines[: self.labels % 2 + 1]

    def scale(self, rank: int, _: int) -> list[str]:
        return ["scale:", f"    {self.gate(rank)} | sigmoid"]

    def dense(self, rank: int, depth: int) -> list[str]:
        return ["dense:", *self.indented(rank, depth)]

    def branches(self, rank: int, depth: int) -> list[str]:
        lines = [f"branches{self.pick('', ' concat', ' add', ' multiply')}:"]
        for _ in range(self.draw(st.integers(1, 3))):
            lines += self.path(rank, depth)
        if self.draw(st.integers(0, 3)) == 0:
            names, values = self.turns()
            lines.append(f"    for {', '.join(names)} in {values}: {self.link(rank)}")
        return lines

    def path(self, rank: int, depth: int) -> list[str]:
        """One way of a merge: a line, or several under one word."""
        if self.draw(st.booleans()):
            return [f"    {self.link(rank)}"]
        word = self.pick("path", "path", self.label())
        return [f"    {word}:", *(f"    {line}" for line in self.indented(rank, depth))]

    def gated(self, rank: int, depth: int) -> list[str]:
        gate = f"{self.often('T: ')}{self.layer(rank)} | sigmoid"
        return ["gate:", *self.path(rank, depth), f"    {gate}"]

    def named(self, rank: int, depth: int) -> list[str]:
        """A tensor with a name, and a place further down where it is joined."""
        self.labels += 1
        name = self.pick(f"y{self.labels}", f"ys{self.labels}.{{0}}", self.label())
        lines = [f"{name}: {self.layer(rank)}", *self.statement(rank, depth)]
        self.tensors.append(name)
        return [*lines, self.pick(f"add {name}", f"concat {name}", self.join())]

    def residual(self, rank: int, depth: int) -> list[str]:
        rule = self.often(f" shortcut={self.pick(*RULES)}")
        guard = self.often(f" only if {self.pick('same', 'a > 2', 'not same')}")
        return [f"residual{rule}{guard}:", *self.indented(rank, depth)]

    def turns(self) -> tuple[list[str], str]:
        """The names of a loop, and the values that they take."""
        one = (
            "range(2)",
            "[1, 2]",
            "depths",
            "range(a // 4)",
            "[]",
            "[n + 1 for n in depths]",
        )
        two = ("[[1, 2], [2, 4]]", "[[n, n * a] for n in range(2)]", "[depths, [a, 2]]")
        if self.draw(st.booleans()):
            return [self.pick("i", "k")], self.pick(*one)
        return ["i", "k"], self.pick(*two)

    def value(self) -> str:
        return self.pick(
            "a + 2",
            "channels",
            "channels // 2",
            "max(a, 4) * 2 - a",
            "sum([n * a for n in depths])",
            "max(a, sum([a if n > 1 else 2 for n in depths]))",
            "len([p for p, q in [[1, 2], [a, 4]]]) * 2",
            "multiple_of(a * 1.1, 4)",
            "ceil(a * 0.7) + int(sqrt(a))",
        )

    def sized(self, rank: int) -> str:
        name = f"v{self.labels}"
        return f"conv 1, {name}" if rank else f"linear {name}"

    def gate(self, rank: int) -> str:
        return "avgpool | conv 1, channels" if rank else "linear channels"

    def condition(self) -> str:
        return self.pick(
            "a > 2", "rank == 2", "channels % 2 == 0", "not a == 4", "go", "act == relu"
        )

    def indented(self, rank: int, depth: int) -> list[str]:
        return [f"    {line}" for line in self.suite(rank, depth - 1)]

    def body(self, rank: int) -> list[str]:
        return [f"    {line}" for line in self.suite(rank, 2)]


@st.composite
def programs(draw: Draw) -> str:
    """A file with a net called `n`."""
    rank = draw(st.sampled_from((0, 1, 2, 2, 2, 3)))
    writer = Writer(draw, rank)
    parts = [
        "\n".join(
            (
                "shortcut own(extra = 0) as side:",
                "    conv 1, channels, /stride" if rank else "    linear channels",
            )
        )
    ]
    for number in range(draw(st.integers(0, 2))):
        name = f"b{number}"
        head = f"block {name}(a, stride = 1, act = relu, go = true, depths = [2, 1]):"
        use = [f"    {writer.pick('act', 'relu')}"] if draw(st.booleans()) else []
        if rank and draw(st.booleans()):
            use.append("    conv 3, a, /stride")
        parts.append("\n".join((head, *use, *writer.body(rank))))
        writer.blocks.append(name)
    params = "a = 4, act = relu, go = true, depths = [2, 1]"
    tail = draw(st.sampled_from(("", "    avgpool | flatten\n    linear 3\n")))
    writer.tensors.clear()  # a block's are its own
    net = [f"net n({params}):", f"    {writer.pick(*INPUTS[rank])}"]
    if not rank and draw(st.integers(0, 4)) == 0:
        net.append(f"    embedding 10, 4 | {writer.pick('positions', 'flatten')}")
    net += writer.body(rank)
    if writer.tensors and draw(st.integers(0, 4)) == 0:
        last = writer.pick(*writer.tensors)
        net += [f"    out: relu\n    output {last}, out"]
    return "\n\n".join((*parts, "\n".join(net))) + "\n" + (tail if rank else "")
