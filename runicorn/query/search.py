"""The search language of the run table: text to a tree. Source: docs/sql.md, section "Search".

status = finished and config.lr < 1e-3 and (tags has baseline or metrics.acc.max > 0.9) and name ~ "res.*"

expression  ::= conjunction { OR conjunction }
conjunction ::= term { [AND] term }
term        ::= NOT term | "(" expression ")" | field operator value | field [NOT] IN values | word
values      ::= "(" value { "," value } ")" | value ".." value
operator    ::= "=" | "==" | "!=" | "<" | "<=" | ">" | ">=" | "~" | "!~" | HAS
field       ::= part { "." part }, a part in quotes may hold anything
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from runicorn.errors import QueryError

MAX_CHARACTERS = 4000
MAX_DEPTH = 50

Scalar = str | float | int | bool | None


@dataclass(frozen=True, slots=True)
class Field:
    """A field by its parts, `("config", "lr")` for instance; `position` is where it stands in the text."""

    parts: tuple[str, ...]
    position: int


@dataclass(frozen=True, slots=True)
class Comparison:
    """`operator` is one of = != < <= > >= ~ !~ has."""

    field: Field
    operator: str
    value: Scalar
    position: int


@dataclass(frozen=True, slots=True)
class OneOf:
    field: Field
    values: tuple[Scalar, ...]


@dataclass(frozen=True, slots=True)
class Between:
    """Both ends are included."""

    field: Field
    low: Scalar
    high: Scalar
    position: int


@dataclass(frozen=True, slots=True)
class Word:
    """A text to be found in id, project, name, notes or tags, in upper or lower case."""

    text: str


@dataclass(frozen=True, slots=True)
class Not:
    term: Node


@dataclass(frozen=True, slots=True)
class All:
    terms: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class AnyOf:
    terms: tuple[Node, ...]


Node = Comparison | OneOf | Between | Word | Not | All | AnyOf


@dataclass(frozen=True, slots=True)
class _Token:
    """`kind` is word, text (it was in quotes), sign or end; `value` is without the quotes."""

    kind: str
    value: str
    position: int
    glued: bool = False
    """Whether it follows the token before without a space."""


_TOKEN = re.compile(
    r"""(?P<space>\s+)
      | (?P<text>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')
      | (?P<sign>==|!=|<=|>=|!~|\.\.|[=<>~(),.])
      | (?P<word>[^\s"'=<>~(),.!]+(?:\.(?!\.)[^\s"'=<>~(),.!]+)*)""",
    re.VERBOSE,
)
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")
_OPERATORS = {"=", "==", "!=", "<", "<=", ">", ">=", "~", "!~"}
_CONSTANTS: dict[str, Scalar] = {"true": True, "false": False, "null": None}
_KEYWORDS = frozenset({"and", "or", "not", "in", "has"})


def parse(text: str) -> Node:
    """Return the tree of a search; an empty text finds everything. Raises QueryError with the position."""
    if len(text) > MAX_CHARACTERS:
        raise QueryError(f"A search has at most {MAX_CHARACTERS} characters.", MAX_CHARACTERS)
    return _Parser(list(_tokens(text))).parse()


def parse_field(text: str) -> Field:
    """Return the field that `text` names, for sorting. Raises QueryError."""
    parser = _Parser(list(_tokens(text)))
    return parser.parse_field()


def _tokens(text: str) -> Iterator[_Token]:
    position, glued = 0, False
    while position < len(text):
        found = _TOKEN.match(text, position)
        if found is None:
            what = "This text has no closing quote" if text[position] in "\"'" else f"Unexpected {text[position]!r}"
            raise QueryError(f"{what} at position {position + 1}.", position)
        if found.lastgroup != "space":
            value = found.group()
            if found.lastgroup == "text":
                value = re.sub(r"\\(.)", r"\1", value[1:-1], flags=re.DOTALL)
            yield _Token(str(found.lastgroup), value, position, glued)
        glued = found.lastgroup != "space"
        position = found.end()
    yield _Token("end", "", len(text))


class _Parser:
    def __init__(self, tokens: list[_Token]) -> None:
        self._tokens = tokens
        self._place = 0
        self._depth = 0

    def parse(self) -> Node:
        if self._next.kind == "end":
            return All(())
        node = self._expression()
        self._expect_end()
        return node

    def parse_field(self) -> Field:
        field = self._field(self._take())
        self._expect_end()
        return field

    @property
    def _next(self) -> _Token:
        return self._tokens[self._place]

    def _take(self) -> _Token:
        token = self._tokens[self._place]
        self._place += token.kind != "end"
        return token

    def _fail(self, expected: str, token: _Token) -> QueryError:
        found = "the end" if token.kind == "end" else repr(token.value)
        return QueryError(f"Expected {expected} at position {token.position + 1}, found {found}.", token.position)

    def _expect_end(self) -> None:
        if self._next.kind != "end":
            raise self._fail("AND, OR or the end", self._next)

    def _is_keyword(self, token: _Token, *words: str) -> bool:
        return token.kind == "word" and token.value.lower() in words

    def _is_sign(self, token: _Token, *signs: str) -> bool:
        return token.kind == "sign" and token.value in signs

    def _expression(self) -> Node:
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise QueryError(f"More than {MAX_DEPTH} levels of brackets or NOT.", self._next.position)
        terms = [self._conjunction()]
        while self._is_keyword(self._next, "or"):
            self._take()
            terms.append(self._conjunction())
        self._depth -= 1
        return terms[0] if len(terms) == 1 else AnyOf(tuple(terms))

    def _conjunction(self) -> Node:
        terms = [self._term()]
        while (
            self._next.kind != "end" and not self._is_keyword(self._next, "or") and not self._is_sign(self._next, ")")
        ):
            if self._is_keyword(self._next, "and"):
                self._take()
            terms.append(self._term())
        return terms[0] if len(terms) == 1 else All(tuple(terms))

    def _term(self) -> Node:
        token = self._take()
        if self._is_keyword(token, "not"):
            self._depth += 1
            if self._depth > MAX_DEPTH:
                raise QueryError(f"More than {MAX_DEPTH} levels of brackets or NOT.", token.position)
            term = self._term()
            self._depth -= 1
            return Not(term)
        if self._is_sign(token, "("):
            node = self._expression()
            if not self._is_sign(self._next, ")"):
                raise self._fail("a closing bracket", self._next)
            self._take()
            return node
        if token.kind not in ("word", "text") or (token.kind == "word" and token.value.lower() in _KEYWORDS):
            raise self._fail("a field or a word", token)
        return self._comparison(token)

    def _comparison(self, token: _Token) -> Node:
        start = self._place
        field = self._field(token)
        operator = self._next
        if self._is_sign(operator, *_OPERATORS) or self._is_keyword(operator, "has"):
            self._take()
            name = {"==": "="}.get(operator.value, operator.value.lower())
            value = self._take()
            return Comparison(field, name, self._value(value), value.position)
        negated = self._is_keyword(operator, "not") and self._is_keyword(self._tokens[self._place + 1], "in")
        if negated:
            self._take()
        if self._is_keyword(self._next, "in"):
            self._take()
            node = self._values(field)
            return Not(node) if negated else node
        if self._place != start:
            raise self._fail("an operator", operator)
        return Word(token.value)

    def _field(self, token: _Token) -> Field:
        if token.kind not in ("word", "text"):
            raise self._fail("a field", token)
        parts = [token.value] if token.kind == "text" else token.value.split(".")
        while self._is_sign(self._next, ".") and self._next.glued:
            self._take()
            part = self._take()
            if part.kind not in ("word", "text") or not part.glued:
                raise self._fail("the rest of the field", part)
            parts.extend([part.value] if part.kind == "text" else part.value.split("."))
        return Field(tuple(parts), token.position)

    def _values(self, field: Field) -> Node:
        token = self._take()
        if not self._is_sign(token, "("):
            low = self._value(token)
            if not self._is_sign(self._next, ".."):
                raise self._fail("'..' or a list in brackets", self._next)
            self._take()
            return Between(field, low, self._value(self._take()), token.position)
        values = [self._value(self._take())]
        while self._is_sign(self._next, ","):
            self._take()
            values.append(self._value(self._take()))
        if not self._is_sign(self._next, ")"):
            raise self._fail("a comma or a closing bracket", self._next)
        self._take()
        return OneOf(field, tuple(values))

    def _value(self, token: _Token) -> Scalar:
        if token.kind == "text":
            return token.value
        if token.kind != "word" or token.value.lower() in _KEYWORDS:
            raise self._fail("a value", token)
        if token.value.lower() in _CONSTANTS:
            return _CONSTANTS[token.value.lower()]
        if _NUMBER.fullmatch(token.value):
            return float(token.value) if re.search(r"[.eE]", token.value) else int(token.value)
        return token.value
