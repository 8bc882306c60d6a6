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
            self.pick(*ACTS),
        )

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
            self.labels += 1
            name = self.pick("part", "head_", "a", "conv1", "relu", "y")
            call = f"{name}{self.often(str(self.labels))}: {call}"
        return call

    def suite(self, rank: int, depth: int) -> list[str]:
        lines: list[str] = []
        for _ in range(self.draw(st.integers(1, 3))):
            lines += self.statement(rank, depth)
        return lines

    def statement(self, rank: int, depth: int) -> list[str]:
        kind = self.draw(st.integers(0, 13 if depth else 3))
        if kind <= 3:
            links = [self.link(rank) for _ in range(self.draw(st.integers(1, 3)))]
            return [" | ".join(links)]
        if kind == 4:
            return ["if " + self.condition() + ":", *self.indented(rank, depth)]
        if kind == 5:
            name = self.pick("i", "k")
            values = self.pick("range(2)", "[1, 2]", "depths", "range(a // 4)", "[]")
            return [f"for {name} in {values}:", *self.indented(rank, depth)]
        if kind == 6:
            self.labels += 1
            return [f"group{self.labels}:", *self.indented(rank, depth)]
        if kind == 7:
            self.labels += 1
            value = self.pick("a + 2", "channels", "channels // 2", "max(a, 4) * 2 - a")
            return [f"let v{self.labels} = {value}", f"{self.sized(rank)}"]
        if kind == 8:
            return [f"use shortcut {self.pick(*RULES)}", *self.statement(rank, depth)]
        if kind == 9:
            return ["default bn eps=1e-3", "default conv bias=true"][
                : self.labels % 2 + 1
            ]
        if kind == 10:
            return ["scale:", f"    {self.gate(rank)} | sigmoid"]
        if kind == 11:
            return ["dense:", *self.indented(rank, depth)]
        rule = self.often(f" shortcut={self.pick(*RULES)}")
        guard = self.often(f" only if {self.pick('same', 'a > 2', 'not same')}")
        return [f"residual{rule}{guard}:", *self.indented(rank, depth)]

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
    net = [f"net n({params}):", f"    {writer.pick(*INPUTS[rank])}", *writer.body(rank)]
    return "\n\n".join((*parts, "\n".join(net))) + "\n" + (tail if rank else "")
