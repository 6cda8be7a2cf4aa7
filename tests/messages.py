"""The English of every message that the toolkit raises or notes, read from its source.

A message is a template in which {} stands for what varies. What an expression can say is read from
literals, conditions, sums, tables, variables and functions that return a text.
"""

import ast
from collections.abc import Iterator
from itertools import product
from pathlib import Path

import toolkit
from toolkit import errors

__all__ = ["templates"]

_ROOT = Path(toolkit.__file__).parent
# The places of the texts among the arguments of what speaks to a user, or hands a text on to it.
_SAYING = dict.fromkeys(
    [*errors.__all__, "TransientError", "note", "step", "in_language"], (0,)
) | {
    "Finding": (0, 2),
    "ParameterError": (1,),
    "UsageError": (0,),
    "fail": (1, 2),
    "look_up": (),
    "report.append": (0,),
    "report_line": (1,),
    "source.error": (1, 2),
}
_KEYWORDS = {"problem", "remedy"}


class _Module:
    """One file: what the expressions in it can say."""

    def __init__(self, path: Path, homes: dict[str, "_Module"]) -> None:
        self.name = path.relative_to(_ROOT).as_posix()
        self.tree = ast.parse(path.read_text(encoding="utf-8"))
        nodes = list(ast.walk(self.tree))
        self.functions = {node.name: node for node in nodes if isinstance(node, ast.FunctionDef)}
        froms = [node for node in nodes if isinstance(node, ast.ImportFrom)]
        self.imports = {alias.name: node.module for node in froms for alias in node.names}
        self.homes = homes

    def said(self) -> Iterator[tuple[ast.expr, ast.AST]]:
        """Each text that is shown to a user, with the function around it."""
        for scope, call in _calls(self.tree, self.tree):
            name = ast.unparse(call.func)
            places = _SAYING.get(name, _SAYING.get(name.rpartition(".")[2]))
            if places is not None:
                for place in places:
                    yield from ((text, scope) for text in call.args[place : place + 1])
                yield from ((w.value, scope) for w in call.keywords if w.arg in _KEYWORDS)

    def read(self, text: ast.expr, scope: ast.AST) -> set[str] | None:  # noqa: C901, PLR0911, PLR0912 (a case for each way to say it)
        """Return all that an expression can say, or None where it can not be told."""
        match text:
            case ast.Constant(value=str(words)):
                return {words}
            case ast.Constant(value=None):
                return {""}
            case ast.JoinedStr(values=parts):
                return self._joined([self.read(part, scope) or {"{}"} for part in parts])
            case ast.FormattedValue(value=value, conversion=-1, format_spec=None):
                return self.read(value, scope)
            case ast.IfExp(body=one, orelse=other):
                return self._any([one, other], scope)
            case ast.BoolOp(op=ast.Or(), values=ways):
                return self._any(ways, scope)
            case ast.BinOp(op=ast.Add(), left=one, right=other):
                sides = [self.read(one, scope), self.read(other, scope)]
                return None if None in sides else self._joined(sides)
            case ast.BinOp(op=ast.Mult(), left=one):
                words = self.read(one, scope)
                return words and words | {""}
            case ast.Subscript(value=ast.Dict(values=ways)):
                return self._any(ways, scope)
            case ast.Subscript(value=ast.Name() as table):
                return self._table(table, scope, [])
            case ast.Call(func=ast.Attribute(attr="get", value=ast.Name() as table), args=args):
                return self._table(table, scope, args[1:])
            case ast.Call(func=ast.Name(id="counted"), args=[_, ast.Constant(value=noun)]):
                return {f"{{}} {noun}", f"{{}} {noun}s"}
            case ast.Call(func=ast.Name(id=name)) if name in self.functions:
                return self.returned(name)
            case ast.Call(func=ast.Name(id=name)) if home := self.homes.get(self.imports.get(name)):
                return home.returned(name)
            case ast.Name(id=name):
                values = _assigned(name, scope) or _assigned(name, self.tree)
                return self._any(values, scope) if values else self._handed_on(scope)
            case ast.Attribute(attr="problem" | "remedy"):
                return set()  # of an error that is read where it is raised
        return None

    def returned(self, name: str) -> set[str] | None:
        """Return what a function of this module can return."""
        function = self.functions[name]
        values = [node.value for node in ast.walk(function) if isinstance(node, ast.Return)]
        return self._any([value for value in values if value], function)

    @staticmethod
    def _handed_on(scope: ast.AST) -> set[str] | None:
        """Nothing, where a text is an argument of what speaks: it is read where it is given."""
        name = getattr(scope, "name", "")
        return set() if {name, f"source.{name}"} & set(_SAYING) else None

    def _any(self, ways: list[ast.expr], scope: ast.AST) -> set[str] | None:
        """What one of some expressions says."""
        told = [self.read(way, scope) for way in ways]
        return None if None in told else set().union(*told)

    def _table(self, name: ast.Name, scope: ast.AST, others: list[ast.expr]) -> set[str] | None:
        """What a table of texts holds."""
        for value in _assigned(name.id, scope) or _assigned(name.id, self.tree):
            if isinstance(value, ast.Dict):
                return self._any([*value.values, *others], scope)
        return None

    @staticmethod
    def _joined(parts: list[set[str]]) -> set[str]:
        return {"".join(choice) for choice in product(*parts)}


def templates(*returning: str) -> tuple[set[str], dict[str, str]]:
    """Return all templates, and each text that can not be read with the place where it is.

    Texts are those that are said, and those that some functions return for others to say.
    """
    homes: dict[str, _Module] = {}
    modules = [_Module(path, homes) for path in sorted(_ROOT.rglob("*.py"))]
    homes |= {"toolkit." + m.name.removesuffix(".py").replace("/", "."): m for m in modules}
    found, unread = set(), {}
    for module in modules:
        for text, scope in module.said():
            told = module.read(text, scope)
            found |= told or set()
            if told is None:
                unread[f"{module.name}: {ast.unparse(text)}"] = f"line {text.lineno}"
    for function in returning:
        home, _, name = function.rpartition(".")
        found |= homes[home].returned(name) or set()
    return found - {"", "{}"}, unread


def _calls(node: ast.AST, scope: ast.AST) -> Iterator[tuple[ast.AST, ast.Call]]:
    """Each call below a node, with the function around it."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Call):
            yield scope, child
        yield from _calls(child, child if isinstance(child, ast.FunctionDef) else scope)


def _assigned(name: str, scope: ast.AST) -> list[ast.expr]:
    """What a variable is assigned in a function, or at the top of a module."""
    found = []
    for node in ast.walk(scope) if isinstance(scope, ast.FunctionDef) else scope.body:
        match node:
            case ast.Assign(targets=[ast.Name(id=target)], value=value) if target == name:
                found.append(value)
            case ast.AnnAssign(target=ast.Name(id=target), value=value) if target == name:
                found.append(value)
            case ast.NamedExpr(target=ast.Name(id=target), value=value) if target == name:
                found.append(value)
    return found
