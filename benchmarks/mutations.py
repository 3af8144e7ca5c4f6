"""One small change at a time to a Python file: what `benchmarks.mutants` tries."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

_SWAPS: dict[type[ast.AST], type[ast.AST]] = {
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
    ast.And: ast.Or,
    ast.Or: ast.And,
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Div,
    ast.Div: ast.Mult,
    ast.FloorDiv: ast.Div,
    ast.Mod: ast.FloorDiv,
    ast.Pow: ast.Mult,
    ast.BitAnd: ast.BitOr,
    ast.BitOr: ast.BitAnd,
    ast.LShift: ast.RShift,
}
_ALREADY = ast.Compare | ast.BoolOp | ast.UnaryOp  # conditions that are changed as expressions
_JUMPS: dict[type[ast.stmt], str] = {ast.Continue: "break", ast.Break: "continue"}


@dataclass(frozen=True)
class Mutant:
    """A file with one change.

    Attributes:
        line: number of the changed line, from 1.
        before, after: the changed expression or statement.
        source: the whole file.
    """

    line: int
    before: str
    after: str
    source: str


def mutants(source: str) -> list[Mutant]:
    """Return every mutant of a file: comparisons, arithmetic, logic, constants, conditions, returns, exceptions, calls.

    Annotations, decorators, imports, docstrings and the words of errors stay as they are.
    """
    data, starts = source.encode(), [0]
    for line in data.splitlines(keepends=True):
        starts.append(starts[-1] + len(line))
    made = []
    for node, after in _changes(ast.parse(source), words=True):
        begin = starts[node.lineno - 1] + node.col_offset
        end = starts[(node.end_lineno or 0) - 1] + (node.end_col_offset or 0)
        changed = data[:begin] + after.encode() + data[end:]
        made.append(Mutant(node.lineno, data[begin:end].decode(), after, changed.decode()))
    return made


def _changes(node: ast.AST, *, words: bool) -> Iterator[tuple[ast.expr | ast.stmt, str]]:
    """Yield (node, the text that replaces it). `words`: whether texts are changed too."""
    match node:
        case ast.If(test=test) | ast.While(test=test) | ast.IfExp(test=test) if not isinstance(test, _ALREADY):
            yield test, f"(not {ast.unparse(test)})"
        case ast.ExceptHandler(type=ast.expr() as caught):
            yield caught, "ZeroDivisionError"
    if isinstance(node, ast.expr):
        yield from ((node, f"({after})") for after in _of_expression(node, words=words))
    elif isinstance(node, ast.stmt):
        yield from ((node, after) for after in _of_statement(node))
    words = words and not isinstance(node, ast.Raise) and not _makes_error(node)
    for child in _mutable(node):
        yield from _changes(child, words=words)


def _mutable(node: ast.AST) -> Iterator[ast.AST]:
    if isinstance(node, ast.Import | ast.ImportFrom | ast.JoinedStr):
        return
    if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__":
        return
    for name, value in ast.iter_fields(node):
        if name in ("annotation", "returns", "decorator_list", "bases"):
            continue
        for child in value if isinstance(value, list) else [value]:
            is_docstring = isinstance(child, ast.Expr) and isinstance(child.value, ast.Constant)
            if isinstance(child, ast.AST) and not is_docstring:
                yield child


def _makes_error(node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and ast.unparse(node.func).endswith("Error")


def _of_expression(node: ast.expr, *, words: bool) -> Iterator[str]:
    match node:
        case ast.Compare(left, [operator], [right]):
            yield ast.unparse(ast.Compare(left, [_swapped(operator)], [right]))
        case ast.Compare(left, operators, rights):
            for place, operator in enumerate(operators):
                changed = [*operators[:place], _swapped(operator), *operators[place + 1 :]]
                yield ast.unparse(ast.Compare(left, changed, rights))
        case ast.BoolOp(operator, values):
            yield ast.unparse(ast.BoolOp(_swapped(operator), values))
        case ast.BinOp(left, operator, right) if type(operator) in _SWAPS:
            yield ast.unparse(ast.BinOp(left, _swapped(operator), right))
        case ast.UnaryOp(ast.Not() | ast.USub() | ast.Invert(), operand):
            yield ast.unparse(operand)
        case ast.Constant(bool() as value):
            yield repr(not value)
        case ast.Constant(int() | float() as value):
            yield repr(value + 1)
        case ast.Constant(str() | bytes() as value) if words:
            yield repr(f"XX{value}" if isinstance(value, str) else b"XX" + value)


def _of_statement(node: ast.stmt) -> Iterator[str]:
    match node:
        case ast.Return(value) if value is not None and ast.unparse(value) != "None":
            yield "return None"
        case ast.Expr(ast.Call()):
            yield "pass"
        case ast.AugAssign(target, operator, value) if type(operator) in _SWAPS:
            yield ast.unparse(ast.AugAssign(target, _swapped(operator), value))
        case ast.Continue() | ast.Break():
            yield _JUMPS[type(node)]
        case ast.Raise(ast.Call()):
            yield "raise RuntimeError"


def _swapped(operator: ast.AST) -> Any:
    return _SWAPS[type(operator)]()
