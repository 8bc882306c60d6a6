"""Bodies of nets, blocks and merges, statement by statement, with shapes that fit."""

from __future__ import annotations

from drawn_joins import Body, Lines, again, branches, counted, gate, indented, named
from drawn_layers import (
    Fits,
    Layers,
    anything,
    extents,
    same_shape,
    same_sizes,
    small,
    strided,
)
from drawn_scope import Block, Known
from drawn_values import Dice, Speller

import resdsl
from resdsl import manual
from resdsl.core.diagnostic import ResdslError
from resdsl.ops import KINDS
from resdsl.ops.merge import MERGES, MergeRule
from resdsl.values.shape import Shape

_LABELS = ("part", "stem", "fc", "head", "add", "y", "gelu", "shortcut")
_WITH_ONE_BODY = [name for name, rule in MERGES.items() if len(rule.paths) == 1]
_STANDARD_RULES = tuple(e.name for e in manual.standard() if e.what == "shortcut rule")


def _strided_and_changed(x: Shape, y: Shape) -> bool:
    return x != y and strided(x, y)


class Bodies:
    """Draws the bodies of one file. Its compiler tells what it cannot know itself."""

    def __init__(self, dice: Dice, x: Shape) -> None:
        self.dice = dice
        self.layers = Layers(dice)
        self.declarations: Lines = []
        self.opening: Lines = []
        self.blocks: list[Block] = []
        self.rules = list(_STANDARD_RULES)
        self._number = 0
        self._standard(x)
        self._defaults(x)

    # --- what stands before the net ---

    def _standard(self, x: Shape) -> None:
        if not self.dice.once_in(4):
            return
        known = [e for e in manual.standard() if e.what == "block"]
        entry = self.dice.pick(known)
        file = entry.text.partition("`use ")[2].partition("`")[0]
        self.declarations.append(f"use {file}")
        first = entry.usage.split()[1:2]
        given: dict[str, object] = {
            name.rstrip(","): 4 for name in first if "[" not in name
        }
        self.blocks.append(Block(entry.name, given, {}, set()))

    def _defaults(self, x: Shape) -> None:
        """`default` lines, of the file and of the net, of arguments that fit."""
        for target in (self.declarations, self.opening):
            if not self.dice.once_in(6):
                continue
            kind = KINDS[self.dice.pick([k for k in KINDS if KINDS[k].signature])]
            given = self.layers.arguments(kind, x, {}, required=False)
            if given and kind.name not in self.layers.defaults:
                spell = Speller(self.dice, {}, None, x.rank)
                named = [f"{name}={spell(value)}" for name, value in given.items()]
                target.append(f"default {kind.name} {', '.join(named)}")
                self.layers.defaults[kind.name] = given

    def parameters(self, x: Shape) -> Known:
        """Parameters of a block or net."""
        scope = Known()
        for name in self.dice.shuffled("abpqrstu")[: self.dice.up_to(3)]:
            self._parameter(name, scope, x)
        return scope

    def _parameter(self, name: str, scope: Known, x: Shape) -> None:
        value: object
        if name in "ab":
            value = self.dice.pick((4, 8, 2, 3, 6))
        elif name == "p":
            value = self.dice.pick((0.1, 0.5, 1e-3))
        elif name == "q":
            value = self.dice.once_in(2)
        elif name == "r":
            value = [
                self.dice.pick((4, 2, 8, 3)) for _ in range(1 + self.dice.up_to(2))
            ]
        elif name == "s":
            name, value = "stride", self.dice.pick((1, 2))
        elif name == "t":
            layer = self.layers.draw(x, {}, same_shape, value=True)
            name, value = "act", layer and layer.text
        else:
            block = self.dice.pick([*self.blocks, None])
            name, value = "unit", block and block.name
            scope.blocks.update({"unit": block.name} if block else {})
        if value is not None:
            scope.parameters[name] = value
            if isinstance(value, str):
                scope.written[name] = value

    def fresh(self, word: str = "v") -> str:
        self._number += 1
        return f"{word}{self._number}"

    # --- the compiler's word ---

    def shape_after(self, lines: Lines, x: Shape, scope: Known) -> Shape | None:
        """The shape behind `lines`; none where they are refused."""
        sizes = " x ".join(map(str, extents(x)))
        lets = [f"let {name} = {scope.text(name)}" for name in scope.lets]
        order = ["channels_last"] if x.last else []
        body = indented([f"input {sizes}", *self.opening, *lets, *order, *lines])
        text = "\n".join([*self.declarations, f"net n{scope.header()}:", *body, ""])
        try:
            y = resdsl.load(text, net="n").ir.unit.y
        except ResdslError:
            return None
        return y if small(y) else None

    # --- statements ---

    def lines(self, x: Shape, scope: Known, depth: int, fits: Fits, count: int) -> Body:
        """Some statements; each gives what `fits` what stands before them."""
        lines: Lines = []
        begun = x
        kept = dict(scope.lets)
        for _ in range(count):
            made = self._statement(x, begun, scope, depth, fits)
            if made is not None:
                lines += made[0]
                x = made[1]
        if not lines:
            lines = [self._identity(x)]
        if depth < 2:
            scope.lets = kept
        return lines, x

    def _identity(self, x: Shape) -> str:
        fitting = (k for k in KINDS if KINDS[k].activation)
        return next(fitting)

    def _statement(
        self, x: Shape, begun: Shape, scope: Known, depth: int, fits: Fits
    ) -> Body | None:
        def fit(_: Shape, y: Shape) -> bool:
            return fits(begun, y)

        simple = [self._chain, self._chain, self._repeat, self._call]
        nested = [self._merge, self._merge, self._if, self._for, self._group]
        nested += [self._several, self._several]
        whole = [self._let, self._rule_in_force]
        kinds = [*simple, *(nested * (depth > 0)), *(whole * (depth == 2))]
        made = self.dice.pick(kinds)(x, scope, depth, fit)
        return made if made is not None and fit(x, made[1]) else None

    def _layer(self, x: Shape, scope: Known, fits: Fits) -> tuple[str, Shape] | None:
        if "act" in scope.parameters and self.dice.once_in(3):
            y = self.shape_after(["act"], x, scope)
            if y is not None and fits(x, y):
                return "act", y
        made = self.layers.draw(x, scope.names, fits)
        return made and (made.text, made.y)

    def _chain(self, x: Shape, scope: Known, depth: int, fits: Fits) -> Body | None:
        """Layers behind bars, sometimes over several lines, sometimes named."""
        parts: list[str] = []
        for _ in range(1 + self.dice.up_to(2)):
            made = self._layer(x, scope, fits)
            if made is not None:
                text, x = made
                parts.append(self._labelled(text))
        if not parts:
            return None
        if len(parts) > 1 and self.dice.once_in(6):
            return [parts[0], *(f"    | {part}" for part in parts[1:])], x
        return [" | ".join(parts)], x

    def _labelled(self, text: str) -> str:
        if not self.dice.once_in(8):
            return text
        return f"{self.fresh(self.dice.pick(_LABELS))}: {text}"

    def _repeat(self, x: Shape, scope: Known, depth: int, fits: Fits) -> Body | None:
        """Several of a layer or a block, one behind the other."""
        made = self._called(x, scope, depth) or self._layer(x, scope, anything)
        if made is None:
            return None
        spell = Speller(self.dice, scope.names, int(x.channels), x.rank)
        count = spell(self.dice.pick((2, 2, 3, 1)))
        plain = count.isalnum() or (count.endswith("]") and count[0].isalpha())
        line = f"{count if plain else f'({count})'} * {made[0]}"
        y = self.shape_after([line], x, scope)
        return None if y is None else ([self._labelled(line)], y)

    def _call(self, x: Shape, scope: Known, depth: int, fits: Fits) -> Body | None:
        made = self._called(x, scope, depth)
        return made and ([self._labelled(made[0])], made[1])

    def _merge(self, x: Shape, scope: Known, depth: int, fits: Fits) -> Body | None:
        """A merge of any rule, with a body made to fit it."""
        rule = MERGES[self.dice.pick(_WITH_ONE_BODY)]
        inner = strided if rule.bridged else same_sizes
        changed: Lines = []
        y = x
        if rule.bridged and self.dice.once_in(2):
            made = self.layers.draw(x, scope.names, _strided_and_changed)
            changed, y = ([made.text], made.y) if made else (changed, y)
        count = 1 + self.dice.up_to(1)
        lines, y = self.lines(y, scope, depth - 1, inner, count)
        lines = [*changed, *lines]
        pooled = not rule.bridged and x.rank and not y.last
        if pooled and self.dice.once_in(2):
            pools = ["avgpool", "maxpool"]
            lines, y = [*lines, self.dice.pick(pools)], Shape(y.channels, (1,) * x.rank)
        head = rule.name + self._options(rule, scope, x, y)
        made = self._merged(head, lines, x, scope)
        if made is None and int(y.channels) != int(x.channels):
            word = "conv 1," if x.rank and not y.last else "linear"
            back = f"{word} {int(x.channels)}"
            made = self._merged(head, [*lines, back], x, scope)
        return made if made is not None else (lines, y)

    def _several(self, x: Shape, scope: Known, depth: int, fits: Fits) -> Body | None:
        """A merge of several tensors; what it gives may fit only by luck."""
        for _ in range(2):
            made = self.dice.pick([branches, named, gate, counted, again])(
                self, x, scope, depth
            )
            if made is not None and fits(x, made[1]):
                return made
        return None

    def _options(self, rule: MergeRule, scope: Known, x: Shape, y: Shape) -> str:
        text = ""
        if rule.bridged and self.dice.once_in(4 if x == y else 2):
            text += f" shortcut={self._rule(x)}"
        if rule.bridged and self.dice.once_in(5):
            text += f"{',' * bool(text)} drop={self.dice.pick(['0.1', '1 / 4', '0'])}"
        if self.dice.once_in(5):
            spell = Speller(self.dice, scope.names, None, x.rank)
            test = self.dice.pick(["same", "not same", spell.truth(True)])
            text += f" only if {test}"
        return text

    def _merged(self, head: str, lines: Lines, x: Shape, scope: Known) -> Body | None:
        inline = len(lines) == 1 and ":" not in lines[0] and self.dice.once_in(2)
        made = [f"{head}: {lines[0]}"] if inline else [f"{head}:", *indented(lines)]
        y = self.shape_after(made, x, scope)
        return None if y is None else (made, y)

    def _if(self, x: Shape, scope: Known, depth: int, fits: Fits) -> Body | None:
        """A choice of which one part is taken; the others are drawn all the same."""
        spell = Speller(self.dice, scope.names, int(x.channels), x.rank)
        taken, y = self.lines(x, scope, depth - 1, fits, 1)
        parts = [taken]
        others = range(self.dice.up_to(2))
        parts += [self.lines(x, scope, depth - 1, fits, 1)[0] for _ in others]
        at = self.dice.up_to(len(parts) - 1)
        parts[0], parts[at] = parts[at], parts[0]
        made: Lines = []
        last = len(parts) - 1
        for i, lines in enumerate(parts):
            word = "elif" if i else "if"
            head = "else:" if i == last and i else f"{word} {spell.truth(i == at)}:"
            flat = len(lines) == 1 and self.dice.once_in(2)
            flat = flat and ":" not in lines[0]
            made += [f"{head} {lines[0]}"] if flat else [head, *indented(lines)]
        return made, y

    def _for(self, x: Shape, scope: Known, depth: int, fits: Fits) -> Body | None:
        name = self.fresh("i")
        lists = [n for n, value in scope.names.items() if isinstance(value, list)]
        values = self.dice.pick(["range(2)", "[4, 2]", "range(1, 7, 3)", *lists])
        known = scope.names.get(values)
        first = known[0] if isinstance(known, list) else 4 if values[0] == "[" else 1
        inner = Known(
            dict(scope.parameters), scope.written, {**scope.lets, name: first}
        )
        layer = self._layer(x, inner, same_sizes)
        other = self._layer(x, inner, same_sizes)
        if layer is None or other is None:
            return None
        lines = [layer[0]]
        if self.dice.once_in(2):
            lines = [f"if {name} > 1: {other[0]}", f"else: {layer[0]}"]
        made = [f"for {name} in {values}:", *indented(lines)]
        y = self.shape_after(made, x, scope)
        return None if y is None else (made, y)

    def _group(self, x: Shape, scope: Known, depth: int, fits: Fits) -> Body | None:
        """A named run of layers and blocks; a merge cannot stand in it."""
        lines: Lines = []
        y = x
        for _ in range(1 + self.dice.up_to(2)):
            kinds = [self._chain, self._repeat, self._call]
            kinds += [self._group] * (depth > 1)
            made = self.dice.pick(kinds)(y, scope, depth - 1, fits)
            if made is not None and fits(x, made[1]):
                lines += made[0]
                y = made[1]
        name = self.fresh(self.dice.pick(_LABELS))
        made = [f"{name}:", *indented(lines)]
        return (made, y) if self.shape_after(made, x, scope) == y else None

    def _let(self, x: Shape, scope: Known, depth: int, fits: Fits) -> Body | None:
        """A name for a value, and a layer that may use it."""
        name = self.fresh()
        values: list[object] = [6, 2, 4, 3, 0.25, True, False, [2, 4], [3]]
        value = self.dice.pick(values)
        spell = Speller(self.dice, scope.names, int(x.channels), x.rank)
        line = f"let {name} = {spell(value)}"
        scope.lets[name] = value
        made = self._chain(x, scope, depth, fits)
        return ([line], x) if made is None else ([line, *made[0]], made[1])

    def _rule_in_force(
        self, x: Shape, scope: Known, depth: int, fits: Fits
    ) -> Body | None:
        if any("use shortcut" in line for line in self.opening):
            return None
        self.opening.append(f"use shortcut {self._rule(x)}")
        return self._merge(x, scope, depth, fits)

    # --- rules and blocks ---

    def _rule(self, x: Shape) -> str:
        if len(self.rules) < len(_STANDARD_RULES) + 2 and self.dice.once_in(2):
            self.rules.append(self._declared_rule(x))
        rule = self.dice.pick(self.rules)
        if rule.startswith("own") and self.dice.once_in(2):
            return f"{rule}({self.dice.pick(['3', 'k=1'])})"
        return rule

    def _declared_rule(self, x: Shape) -> str:
        """A rule of its own, for sizes rounded up and for vectors."""
        name = self.fresh("own")
        steps = [
            "subsample /stride",
            "maxpool 1, /stride",
            "avgpool stride, ceil_mode=true, count_padding=false",
        ]
        reach = ["conv k, channels", "conv 1, channels, bias=true | bn", "pad channels"]
        label = self.dice.pick(["", " as bridge", " as downsample always", " always"])
        inner = [f"if stride != 1: {self.dice.pick(steps)}", self.dice.pick(reach)]
        if self.dice.once_in(3):
            extra = self.layers.draw(x, {}, same_shape)
            inner += [extra.text] if extra and extra.member else []
        body = ["if rank == 0:", "    linear channels, bias=false", "else:"]
        self.declarations += [
            f"shortcut {name}(k = 1){label}:",
            *indented([*body, *indented(inner)]),
            "",
        ]
        return name

    def _called(self, x: Shape, scope: Known, depth: int) -> tuple[str, Shape] | None:
        """A call of a block: of a new one, or of one with other arguments."""
        if len(self.blocks) < 3 and (not self.blocks or self.dice.once_in(2)):
            if depth == 0:
                return None
            self._declare(x, depth)
        known = {block.name: block for block in self.blocks}
        aliases = {alias: known[name] for alias, name in scope.blocks.items()}
        if not known:
            return None
        callees = {**known, **aliases}
        for _ in range(2):
            name = self.dice.pick([*reversed(callees)])
            text = self._arguments(name, callees[name], x, scope)
            y = self.shape_after([text], x, scope)
            if y is not None:
                return text, y
        return None

    def _declare(self, x: Shape, depth: int) -> None:
        """A block that fits `x`, with its parameters as they are or with defaults."""
        scope = self.parameters(x)
        lines, _ = self.lines(x, scope, min(depth, 1), anything, 1 + self.dice.up_to(1))
        name = self.fresh("b")
        optional = [p for p in scope.parameters if self.dice.once_in(2)]
        required = [p for p in scope.parameters if p not in optional]
        listed = [*required, *(f"{p} = {scope.text(p)}" for p in optional)]
        head = f"block {name}({', '.join(listed)}):" if listed else f"block {name}:"
        self.declarations += [head, *indented(lines), ""]
        values = {p: scope.parameters[p] for p in [*required, *optional]}
        self.blocks.append(Block(name, values, scope.written, set(optional)))

    def _arguments(self, name: str, block: Block, x: Shape, scope: Known) -> str:
        spell = Speller(self.dice, scope.names, int(x.channels), x.rank)
        fresh = Known(dict(block.parameters), dict(block.written))
        other = Known()
        for parameter in block.parameters:
            if self.dice.once_in(2):
                self._parameter(
                    {"act": "t", "stride": "s"}.get(parameter, parameter[0]), other, x
                )
        parts: list[str] = []
        named = False
        for parameter in fresh.parameters:
            if parameter in block.defaults and parameter not in other.parameters:
                named = True
                continue
            named = named or self.dice.once_in(3)
            source = other if parameter in other.parameters else fresh
            value = source.parameters[parameter]
            text = source.written.get(parameter) or spell(value)
            if parameter == "stride" and isinstance(value, int):
                parts.append(f"/{value}" if named else spell(value))
            else:
                parts.append(f"{parameter}={text}" if named else text)
        if parts and self.dice.once_in(6):
            return f"{name}({', '.join(parts)})"
        return f"{name} {', '.join(parts)}".rstrip()
