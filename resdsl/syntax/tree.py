"""What the parser calls as it reduces: each rule of the grammar becomes a tree node."""

from __future__ import annotations

from typing import Any

from lark import Token

from resdsl.core.source import Source, Span
from resdsl.syntax import ast

Children = list[Any]


class TreeBuilder:
    """Builds the tree of one source; `base` is where the parsed text begins in it."""

    source: Source
    base = 0

    def _span(self, token: Token) -> Span:
        start = self.base + (token.start_pos or 0)
        return Span(self.source, start, self.base + (token.end_pos or 0))

    def _ident(self, token: Token) -> ast.Ident:
        return ast.Ident(str(token), self._span(token))

    def _idents(self, tokens: Children) -> tuple[ast.Ident, ...]:
        return tuple(self._ident(token) for token in tokens)

    # --- declarations ---

    def start(self, c: Children) -> tuple[ast.Declaration, ...]:
        return tuple(child for child in c if not isinstance(child, Token))

    def target(self, c: Children) -> ast.Ident:
        return self._ident(c[0])

    def use(self, c: Children) -> ast.Use:
        return ast.Use(tuple(c[1:]), self._span(c[0]).to(c[-1].span))

    def default(self, c: Children) -> ast.Default:
        _, layer, args = c
        return ast.Default(self._ident(layer), args, self._span(layer))

    def shortcut(self, c: Children) -> ast.Shortcut:
        _, (name, params), label, always, body = c
        return ast.Shortcut(
            name,
            params,
            self._ident(label) if label is not None else None,
            always is not None,
            body,
            name.span,
        )

    def block(self, c: Children) -> ast.Block:
        _, (name, params), numbered, body = c
        return ast.Block(name, params, body, name.span, numbered is not None)

    def net(self, c: Children) -> ast.Net:
        _, (name, params), body = c
        return ast.Net(name, params, body, name.span)

    def alias(self, c: Children) -> ast.Alias:
        return ast.Alias(self._ident(c[1]), c[2], self._span(c[1]))

    def head(self, c: Children) -> tuple[ast.Ident, tuple[ast.Param, ...]]:
        return self._ident(c[0]), c[1] or ()

    def params(self, c: Children) -> tuple[ast.Param, ...]:
        return tuple(child for child in c if child is not None)

    def param(self, c: Children) -> ast.Param:
        return ast.Param(self._ident(c[0]), c[1])

    # --- statements ---

    def block_suite(self, c: Children) -> ast.Suite:
        return tuple(child for child in c if not isinstance(child, Token))

    inline_suite = block_suite

    def input(self, c: Children) -> ast.Input:
        return ast.Input(c[1], self._span(c[0]).to(c[1].span))

    def output(self, c: Children) -> ast.Output:
        return ast.Output(tuple(c[1:]), self._span(c[0]).to(c[-1].span))

    def let(self, c: Children) -> ast.Let:
        keyword, *names, value = c
        del keyword
        return ast.Let(self._idents(names), value, self._span(names[0]))

    def use_shortcut(self, c: Children) -> ast.UseShortcut:
        return ast.UseShortcut(c[2], c[2].span)

    def branch(self, c: Children) -> ast.If:
        keyword, test, body, *rest = c
        *elifs, otherwise = rest
        cases = [(test, body), *elifs]
        if otherwise is not None:
            cases.append((None, otherwise))
        return ast.If(tuple(cases), self._span(keyword).to(test.span))

    def elif_(self, c: Children) -> tuple[ast.Expr, ast.Suite]:
        return c[0], c[1]

    def loop(self, c: Children) -> ast.For:
        keyword, *names, values, body = c
        span = self._span(keyword).to(values.span)
        return ast.For(self._idents(names), values, body, span)

    def body(self, c: Children) -> ast.Body:
        name, args, keyword, guard, *suite = c
        del keyword
        return self._body(name, args, guard, self.block_suite(suite))

    def inline_body(self, c: Children) -> ast.Body:
        name, args, _, guard, chain = c
        return self._body(name, args, guard, (chain,))

    def inline_guarded(self, c: Children) -> ast.Body:
        name, _, guard, chain = c
        return self._body(name, None, guard, (chain,))

    def inline_labelled(self, c: Children) -> ast.Body:
        name, *items = c
        chain = self.chain([i for i in items if isinstance(i, ast.Item)])
        body = self._body(name, None, None, (chain,))
        return body._replace(second=chain.items[0].label)

    def sequence(self, c: Children) -> ast.Body:
        label, word, suite = self._label(c[0]), self._ident(c[1]), c[2]
        arg = ast.Arg(None, ast.Name(word.text, word.span), word.span)
        return ast.Body(label, (arg,), None, suite, label.span)

    def _body(
        self,
        name: Token,
        args: tuple[ast.Arg, ...] | None,
        guard: ast.Expr | None,
        suite: ast.Suite,
    ) -> ast.Body:
        return ast.Body(self._ident(name), args or (), guard, suite, self._span(name))

    def chain(self, c: Children) -> ast.Chain:
        return ast.Chain(tuple(c), c[0].span.to(c[-1].span))

    def plain_item(self, c: Children) -> ast.Item:
        return ast.Item(None, None, c[0], c[0].span)

    def plain_repeat(self, c: Children) -> ast.Item:
        count, _, call = c
        return ast.Item(None, count, call, count.span.to(call.span))

    def item(self, c: Children) -> ast.Item:
        label, call = self._label(c[0]), c[1]
        return ast.Item(label, None, call, label.span.to(call.span))

    def repeat(self, c: Children) -> ast.Item:
        label, count, _, call = c
        ident = self._label(label)
        return ast.Item(ident, count, call, ident.span.to(call.span))

    def numbered_name(self, c: Children) -> ast.Ident:
        stem, *rest = c
        if not rest:
            return ast.Ident(str(stem), self._span(stem))
        *rest, bracket = rest
        joints = ["", *(str(joint)[1:-1] for joint in rest[1::2])]
        counts = tuple(map(ast.Count, joints, rest[::2]))
        span = self._span(stem).to(self._span(bracket))
        return ast.Ident(str(stem)[:-1], span, counts, str(bracket)[1:])

    def numbered_body(self, c: Children) -> ast.Body:
        name, *suite = c
        return ast.Body(name, (), None, self.block_suite(suite), name.span)

    def _label(self, label: Token | ast.Ident) -> ast.Ident:
        return self._ident(label) if isinstance(label, Token) else label

    # --- calls ---

    def call(self, c: Children) -> ast.Call:
        name, args = c
        ident = self._ident(name)
        span = ident.span.to(args[-1].span) if args else ident.span
        return ast.Call(ident, args or (), span)

    def tensor_call(self, c: Children) -> ast.Call:
        return ast.Call(c[0], (), c[0].span)

    def label_call(self, c: Children) -> ast.Call:
        return self.call([c[0], None])

    def applied(self, c: Children) -> ast.Call:
        name, args, bracket = c
        return self.call([name, args])._replace(
            span=self._span(name).to(self._span(bracket))
        )

    def spliced_call(self, c: Children) -> ast.Call:
        call, more = c
        if not more:
            return call
        return ast.Call(call.name, call.args + more, call.span.to(more[-1].span))

    def args(self, c: Children) -> tuple[ast.Arg, ...]:
        return tuple(c)

    def arg(self, c: Children) -> ast.Arg:
        return ast.Arg(None, c[0], c[0].span)

    def keyword(self, c: Children) -> ast.Arg:
        name = self._ident(c[0])
        return ast.Arg(name, c[1], name.span.to(c[1].span))

    def stride(self, c: Children) -> ast.Arg:
        span = self._span(c[0]).to(c[1].span)
        return ast.Arg(ast.Ident("stride", span), c[1], span)

    # --- expressions ---

    def number(self, c: Children) -> ast.Number:
        return ast.Number(str(c[0]), self._span(c[0]))

    def extent_literal(self, c: Children) -> ast.Dims:
        return ast.Dims(str(c[0]), self._span(c[0]))

    def true(self, c: Children) -> ast.Truth:
        return ast.Truth(True, self._span(c[0]))

    def false(self, c: Children) -> ast.Truth:
        return ast.Truth(False, self._span(c[0]))

    def name(self, c: Children) -> ast.Name:
        return ast.Name(str(c[0]), self._span(c[0]))

    def tensor(self, c: Children) -> ast.Name:
        return ast.Name(*c[0])

    def list(self, c: Children) -> ast.Listing:
        items = tuple(child for child in c[1:-1] if child is not None)
        return ast.Listing(items, self._span(c[0]).to(self._span(c[-1])))

    def comprehension(self, c: Children) -> ast.Comprehension:
        opening, item, _, *names, values, closing = c
        span = self._span(opening).to(self._span(closing))
        return ast.Comprehension(item, self._idents(names), values, span)

    def indexed(self, c: Children) -> ast.Index:
        base, index, bracket = c
        if isinstance(base, Token):
            base = self.name([base])
        return ast.Index(base, index, base.span.to(self._span(bracket)))

    def sliced(self, c: Children) -> ast.Slice:
        base, first, end, bracket = c
        if isinstance(base, Token):
            base = self.name([base])
        return ast.Slice(base, first, end, base.span.to(self._span(bracket)))

    def negative(self, c: Children) -> ast.Unary:
        return ast.Unary("-", c[1], self._span(c[0]).to(c[1].span))

    def negation(self, c: Children) -> ast.Unary:
        return ast.Unary("not", c[1], self._span(c[0]).to(c[1].span))

    def _series(self, c: Children) -> ast.Series:
        rest = tuple((str(c[i]), c[i + 1]) for i in range(1, len(c), 2))
        return ast.Series(c[0], rest, c[0].span.to(c[-1].span))

    sum = product = disjunction = conjunction = _series

    def product_count(self, c: Children) -> ast.Series:
        return self._series(c)

    def power(self, c: Children) -> ast.Series:
        return self._series(c)

    def comparison(self, c: Children) -> ast.Compare:
        return ast.Compare(c[0], str(c[1]), c[2], c[0].span.to(c[2].span))

    def conditional(self, c: Children) -> ast.Conditional:
        then, _, test, otherwise = c
        return ast.Conditional(then, test, otherwise, then.span.to(otherwise.span))

    def extent(self, c: Children) -> ast.Extents:
        return ast.Extents(tuple(c), c[0].span.to(c[-1].span))


setattr(TreeBuilder, "elif", TreeBuilder.elif_)
