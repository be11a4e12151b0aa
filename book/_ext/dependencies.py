"""What a notebook and each of its live figures depend on, found by reading the code.

Nothing is run here. The package is taken apart into the statements at the top level of its modules:
each function, class or constant is a piece. A piece depends on the pieces whose names it mentions,
and on the data files whose names it writes out, or only on the rows that it looks up by a name that
it writes out. A figure depends on its cell, on the statements before it that bind the names it
uses, and on the pieces that these mention. Comments and docstrings do not count. Where the code
cannot be followed (a module used as a value, imports by computed names, several figures of one
name) everything that could be meant counts.

One registry is known: exercises are found by their id, so that a page depends on those it shows.
"""

import ast
import csv
import dis
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatch, fnmatchcase
from functools import cache, cached_property
from glob import escape
from pathlib import Path
from types import CodeType
from typing import Any

# Served to the browser as they are; no output of a notebook contains them.
_SERVED = {".js", ".css"}
# With these a piece can reach what it does not name.
_IMPORTERS = {"import_module", "__import__", "iter_modules", "walk_packages"}
_OPEN = {"globals", "eval", "exec"}
_ITEMS = ".exercises.items."
# How an exercise finds its item among all of them.
_EXERCISE = ("exercises.widget", "Exercise")
_SEARCH = (("exercises.item", "get"), ("exercises.item", "catalogue"))
# Functions that find rows of tables, and the columns in which they seek what they are given.
# That `observations` refuses names that are no drugs does not count: it changes no number.
LOOK_UPS: dict[tuple[str, str], dict[str, dict[str, str]]] = {
    ("drugs", "constant"): {"constants.csv": {"0": "constant"}},
    ("drugs", "observation"): {"observations.csv": {"0": "id"}},
    ("drugs", "observations"): {
        "observations.csv": {"0": "drug", "target": "target", "measure": "measure"}
    },
    ("drugs", "get"): {"drugs.csv": {"0": "drug"}, "parameters.csv": {"0": "drug"}},
}
_BLOCKS = (ast.For, ast.While, ast.With, ast.If, ast.Try)
Call = dict[str, str]
"""What is known of the arguments of a call, as patterns; nothing if it is no call."""
ANY: Call = {}
Sought = tuple[tuple[str, str], ...]
"""Columns of a table, each with the pattern that a row has there."""


@dataclass(frozen=True, eq=False)
class Piece:
    """A statement at the top level of a module, and what it mentions."""

    module: str
    node: ast.stmt

    @property
    def lines(self) -> range:
        """Where it stands, decorators included."""
        decorators = getattr(self.node, "decorator_list", [])
        first = min([self.node.lineno, *(d.lineno for d in decorators)])
        return range(first, (self.node.end_lineno or first) + 1)

    @cached_property
    def text(self) -> str:
        """Its code without comments and docstrings."""
        return ast.unparse(self.node)

    @cached_property
    def mentions(self) -> "Mentions":
        """What it mentions."""
        return Mentions.of(self.node)

    @cached_property
    def binds(self) -> dict[str, list[ast.stmt]]:
        """Names it gives to its module; for an import with the statement that says whence."""
        if isinstance(self.node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            return {self.node.name: []}
        found: dict[str, list[ast.stmt]] = {}
        for node in ast.walk(self.node):
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
                found.setdefault(node.id, [])
            elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
                found.setdefault(node.name, [])
            elif isinstance(node, (ast.Import, ast.ImportFrom)):
                for alias in node.names:
                    name = alias.asname or alias.name.partition(".")[0]
                    found.setdefault(name, []).append(node)
        return found

    @property
    def top_imports(self) -> list[ast.stmt]:
        """Imports that happen with the import of its module."""
        if isinstance(self.node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            return []
        return [n for n in ast.walk(self.node) if isinstance(n, (ast.Import, ast.ImportFrom))]

    @property
    def acts(self) -> bool:
        """Say whether it may change what others bind: it binds nothing itself, or is a block."""
        return not self.binds or isinstance(self.node, _BLOCKS)

    @property
    def is_main(self) -> bool:
        """Say whether it runs only in a program of its own."""
        return isinstance(self.node, ast.If) and ast.unparse(self.node.test) == (
            "__name__ == '__main__'"
        )

    @property
    def item(self) -> str | None:
        """Id of the exercise that it registers: what the first decorator with a text is given."""
        if _ITEMS in self.module:
            for call in getattr(self.node, "decorator_list", []):
                first = call.args[0] if isinstance(call, ast.Call) and call.args else None
                if isinstance(first, ast.Constant) and isinstance(first.value, str):
                    return first.value
        return None


def _bare(tree: ast.Module) -> ast.Module:
    """Take the docstrings out."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Module):
            node.body = [one for one in node.body if not _is_text(one)]
        elif isinstance(node, (ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)):
            node.body = [one for one in node.body if not _is_text(one)] or [ast.Pass()]
    return tree


def _is_text(node: ast.AST) -> bool:
    return (
        isinstance(node, ast.Expr)
        and isinstance(node.value, ast.Constant)
        and isinstance(node.value.value, str)
    )


def _dotted(node: ast.expr) -> tuple[str, ...]:
    """Parts of a dotted name; nothing if it is not one."""
    parts: list[str] = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    return (node.id, *reversed(parts)) if isinstance(node, ast.Name) else ()


def _pattern(node: ast.expr) -> str:
    """Return a text as it stands, one with gaps as a pattern."""
    parts = node.values if isinstance(node, ast.JoinedStr) else [node]
    return "".join(
        escape(p.value) if isinstance(p, ast.Constant) and isinstance(p.value, str) else "*"
        for p in parts
    )


def _known(call: ast.Call) -> Call:
    """Return the texts among the arguments of a call: the first one, and those with a name."""
    given = dict(zip("0", call.args, strict=False))
    given |= {keyword.arg: keyword.value for keyword in call.keywords if keyword.arg}
    return {name: text for name, node in given.items() if (text := _pattern(node)) != "*"}


@dataclass
class Mentions(ast.NodeVisitor):
    """Dotted names, texts and imports in a piece of code, at any depth."""

    names: dict[tuple[str, ...], list[Call]] = field(default_factory=dict)
    """With its calls."""
    texts: set[str] = field(default_factory=set)
    imports: list[ast.stmt] = field(default_factory=list)

    @classmethod
    def of(cls, tree: ast.AST) -> "Mentions":
        """Collect them."""
        found = cls()
        found.visit(tree)
        return found

    def visit_Call(self, node: ast.Call) -> None:
        """Take what is called and its first argument."""
        name = _dotted(node.func)
        if name:
            self.names.setdefault(name, []).append(_known(node))
        else:
            self.visit(node.func)
        for argument in [*node.args, *node.keywords]:
            self.visit(argument)

    def visit_Attribute(self, node: ast.Attribute) -> None:
        """Take ``a.b.c`` as one name."""
        name = _dotted(node)
        if name:
            self.names.setdefault(name, []).append(ANY)
        else:
            self.visit(node.value)

    def visit_Name(self, node: ast.Name) -> None:
        """Take a name by itself."""
        self.names.setdefault((node.id,), []).append(ANY)

    def visit_Constant(self, node: ast.Constant) -> None:
        """Take a text."""
        if isinstance(node.value, str):
            self.texts.add(node.value)

    def visit_JoinedStr(self, node: ast.JoinedStr) -> None:
        """Take a text with gaps as a pattern."""
        self.texts.add(_pattern(node))
        self.generic_visit(node)

    def visit_Import(self, node: ast.Import) -> None:
        """Take an import."""
        self.imports.append(node)

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        """Take an import."""
        self.imports.append(node)

    def calls(self, names: set[str]) -> bool:
        """Say whether one of these names is mentioned, alone or at the end of a dotted name."""
        return any(name[-1] in names for name in self.names)


@dataclass(frozen=True)
class Reach:
    """All that a piece of code depends on in the package."""

    pieces: frozenset[Piece]
    files: frozenset[Path]
    rows: frozenset[tuple[Path, Sought]] = frozenset()
    """Of other files, the rows in which each of these columns fits a pattern."""

    def parts(self) -> Iterator[str]:
        """All of it as text, in an order of its own."""
        yield from sorted(f"{piece.module}: {piece.text}" for piece in self.pieces)
        for file in sorted(self.files):
            yield f"{file.name}: {file.read_bytes().hex()}"
        for file, sought in sorted(self.rows):
            with file.open(newline="", encoding="utf-8") as lines:
                found = [row for row in csv.DictReader(lines) if _fits(row, sought)]
            # Where none is, others may count: a look-up that forgives, or tries another name.
            yield f"{file.name}: {found or file.read_bytes().hex()}"


def _fits(row: Mapping[str, str], sought: Iterable[tuple[str, str]]) -> bool:
    return all(fnmatchcase(row[column], pattern) for column, pattern in sought)


@dataclass(frozen=True)
class Package:
    """A package on disk, piece by piece."""

    folder: Path

    @property
    def name(self) -> str:
        """Its name in an import."""
        return self.folder.name

    @cached_property
    def modules(self) -> dict[str, Path]:
        """Source file of each module, by dotted name."""
        found = {}
        for path in sorted(self.folder.rglob("*.py")):
            parts = path.relative_to(self.folder.parent).with_suffix("").parts
            found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
        return found

    @cached_property
    def pieces(self) -> dict[str, list[Piece]]:
        """Pieces of each module."""
        return {
            name: [
                Piece(name, node)
                for node in _bare(ast.parse(path.read_text(encoding="utf-8"))).body
            ]
            for name, path in self.modules.items()
        }

    @cached_property
    def data(self) -> frozenset[Path]:
        """Files of the package that code can read."""
        packages = [path.parent for path in self.modules.values() if path.name == "__init__.py"]
        found = (file for folder in packages for file in _data(folder))
        return frozenset(file for file in found if file.suffix not in _SERVED)

    @cached_property
    def _by_name(self) -> dict[str, dict[str, list[Piece]]]:
        found: dict[str, dict[str, list[Piece]]] = {name: {} for name in self.modules}
        for module, pieces in self.pieces.items():
            for piece in pieces:
                for name in piece.binds:
                    found[module].setdefault(name, []).append(piece)
        return found

    @cached_property
    def _items(self) -> dict[str, Piece]:
        return {p.item: p for pieces in self.pieces.values() for p in pieces if p.item}

    @cached_property
    def _imports(self) -> dict[str, set[str]]:
        """Modules that are imported with each module, at any depth, itself and its parents too."""
        found: dict[str, set[str]] = {}
        for module in self.modules:
            waiting, found[module] = [module], set()
            while waiting:
                one = waiting.pop()
                if one in self.modules and one not in found[module]:
                    found[module].add(one)
                    waiting += [one.rpartition(".")[0], *self._direct_imports[one]]
        return found

    @cached_property
    def _direct_imports(self) -> dict[str, set[str]]:
        found: dict[str, set[str]] = {name: set() for name in self.modules}
        for module, pieces in self.pieces.items():
            for piece in pieces:
                found[module] |= self._imported_by(piece.top_imports, module)
        return found

    def _imported_by(self, imports: Iterable[ast.stmt], module: str) -> set[str]:
        """Names that can be modules among those that these statements import."""
        found: set[str] = set()
        for node in imports:
            if isinstance(node, ast.Import):
                found |= {alias.name for alias in node.names}
            elif isinstance(node, ast.ImportFrom):
                base = self._base(node, module)
                found |= {base, *(f"{base}.{alias.name}" for alias in node.names)}
        return found

    def _with(self, module: str) -> Iterator[Piece]:
        """Pieces that do something when a module is imported: all but definitions."""
        for name in self._imports.get(module, ()):
            yield from (p for p in self.pieces[name] if p.acts and not p.is_main)

    @cached_property
    def _unnamed(self) -> frozenset[Path]:
        """Files that no piece names."""
        texts = {t for pieces in self.pieces.values() for p in pieces for t in p.mentions.texts}
        return self.data - self._files(texts)

    def _files(self, texts: Iterable[str]) -> frozenset[Path]:
        """Files that are named, or fit a pattern such as ``*.csv`` or an ending (``.csv``)."""
        ends = tuple({file.suffix for file in self.data})
        named = [text.rpartition("/")[2] for text in texts if text.endswith(ends)]
        patterns = ["*" + name if name in ends else name for name in named]
        return frozenset(f for f in self.data if any(fnmatch(f.name, p) for p in patterns))

    @cached_property
    def whole(self) -> Reach:
        """Return everything."""
        return Reach(frozenset(p for pieces in self.pieces.values() for p in pieces), self.data)

    def _base(self, node: ast.ImportFrom, module: str) -> str:
        if not node.level:
            return node.module or ""
        is_package = module in self.modules and self.modules[module].name == "__init__.py"
        parts = module.split(".")
        parts = parts[: len(parts) - node.level + is_package]
        return ".".join([*parts, *([node.module] if node.module else [])])

    def _at(self, dotted: str, rest: tuple[str, ...]) -> Iterator[Piece]:
        """Pieces that a dotted name in the package means; all of a module if it is meant itself."""
        if dotted not in self.modules:
            return
        inner = f"{dotted}.{rest[0]}" if rest else ""
        bound = self._by_name[dotted].get(rest[0], []) if rest else []
        if inner in self.modules:
            yield from self._at(inner, rest[1:])
        elif not bound:  # with what it imports: a name may come from there
            for module in self._imports[dotted]:
                yield from self.pieces[module]
        for piece in bound:
            yield piece
            yield from self._imported(piece.binds[rest[0]], dotted, rest)

    def _imported(
        self, imports: Iterable[ast.stmt], module: str, name: tuple[str, ...]
    ) -> Iterator[Piece]:
        """Pieces that a name means which these statements import into a module."""
        for node in imports:
            if isinstance(node, ast.Import):
                for alias in node.names:
                    if alias.asname == name[0]:
                        yield from self._at(alias.name, name[1:])
                    elif alias.asname is None and alias.name.partition(".")[0] == name[0]:
                        yield from self._at(name[0], name[1:])
            elif isinstance(node, ast.ImportFrom):
                base = self._base(node, module)
                for alias in node.names:
                    if alias.name == "*":
                        yield from self._at(base, ())
                    elif (alias.asname or alias.name) == name[0]:
                        yield from self._at(base, (alias.name, *name[1:]))

    def _meant(self, name: tuple[str, ...], mentions: Mentions, module: str) -> Iterator[Piece]:
        """Pieces that a name means in a piece of this module."""
        known = self._by_name.get(module, {})
        for piece in (*known.get(name[0], ()), *known.get("*", ())):
            yield piece
            imports = piece.binds.get(name[0], piece.binds.get("*", []))
            yield from self._imported(imports, module, name)
        yield from self._imported(mentions.imports, module, name)

    def _direct(self, mentions: Mentions, module: str) -> dict[Piece, list[Call]]:
        """Pieces that a piece of this module depends on directly, each with its calls."""
        found: dict[Piece, list[Call]] = {}
        for name, calls in mentions.names.items():
            for piece in self._meant(name, mentions, module):
                found.setdefault(piece, []).extend(calls)
        for text in mentions.texts & self.modules.keys():
            found |= {piece: [ANY] for piece in self.pieces[text]}
        if mentions.calls(_OPEN):
            found |= {piece: [ANY] for piece in self.pieces.get(module, [])}
        return found

    @cached_property
    def _next(self) -> Callable[[Piece], dict[Piece, list[Call]]]:
        """What a piece depends on directly, found once for each."""

        def found(piece: Piece) -> dict[Piece, list[Call]]:
            inside = self._imported_by(piece.mentions.imports, piece.module)
            return {
                **{other: [ANY] for name in {piece.module, *inside} for other in self._with(name)},
                **self._direct(piece.mentions, piece.module),
            }

        return cache(found)

    def _is(self, piece: Piece, place: tuple[str, str]) -> bool:
        return piece.module == f"{self.name}.{place[0]}" and place[1] in piece.binds

    @cached_property
    def _search(self) -> frozenset[Piece]:
        pieces = (piece for pieces in self.pieces.values() for piece in pieces)
        return frozenset(p for p in pieces if any(self._is(p, place) for place in _SEARCH))

    def _sought(self, piece: Piece, calls: Iterable[Call]) -> set[tuple[str, Sought]]:
        """Rows that a function is called for; none if it is no such function or may seek any."""
        tables = next((t for place, t in LOOK_UPS.items() if self._is(piece, place)), {})
        found = {
            (name, tuple((column, call[key]) for key, column in columns.items() if key in call))
            for name, columns in tables.items()
            for call in calls
        }
        return found if all(sought for _, sought in found) else set()

    def reach(self, source: str) -> Reach:
        """Everything that a piece of code outside the package depends on."""
        tree = ast.parse(source)
        start = Mentions.of(tree)
        if start.calls(_IMPORTERS | _OPEN):
            return self.whole
        first = self._direct(start, "")
        for module in self._imported_by(start.imports, ""):
            first |= {piece: [ANY] for piece in self._with(module)}
        shown = _exercises(tree)
        by_id = bool(shown) and shown <= self._items.keys()
        if by_id:
            first |= {self._items[name]: [ANY] for name in shown}
        texts = set(start.texts)
        rows: set[tuple[str, Sought]] = set()
        # What is reached only by looking up a named row reads no other row: below a look-up
        # the code counts, and the files that it names do not.
        reached: set[Piece] = set()
        reading: set[Piece] = set()
        waiting = [(first, True)]
        while waiting:
            found, reads = waiting.pop()
            for piece, calls in found.items():
                sought = self._sought(piece, calls)
                rows |= sought
                here = reads and not sought
                if piece in (reading if here else reached):
                    continue
                if piece.mentions.calls(_IMPORTERS):
                    return self.whole
                reached.add(piece)
                if here:
                    reading.add(piece)
                    texts |= piece.mentions.texts
                beyond = self._next(piece)
                if by_id and self._is(piece, _EXERCISE):
                    beyond = {p: c for p, c in beyond.items() if p not in self._search}
                waiting.append((beyond, here))
        files = self._files(texts) | self._unnamed
        named = {(file, sought) for name, sought in rows for file in self._files([name])}
        return Reach(
            frozenset(reached) | self._search,
            files,
            frozenset(row for row in named if row[0] not in files),
        )


def _exercises(tree: ast.AST) -> set[str]:
    """Ids of the exercises that a notebook shows; none if it may find them in another way."""
    plainly = [
        node.args[0].value
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id == "Exercise"
        and node.args
        and isinstance(node.args[0], ast.Constant)
    ]
    named = sum(
        (isinstance(node, ast.Name) and node.id == "Exercise")
        or (isinstance(node, ast.Attribute) and node.attr == "Exercise")
        or (isinstance(node, ast.alias) and node.name == "Exercise" and bool(node.asname))
        for node in ast.walk(tree)
    )
    return set(map(str, plainly)) if named == len(plainly) else set()


def _data(folder: Path) -> Iterator[Path]:
    """Files of a package folder that are not modules, in subfolders that are not packages too."""
    for path in folder.iterdir():
        if path.is_dir() and path.name != "__pycache__" and not (path / "__init__.py").exists():
            yield from _data(path)
        elif path.is_file() and path.suffix not in (".py", ".pyc"):
            yield path


def plain(source: str) -> str:
    """Code of a cell without the magics, which are no Python; ``% 24`` is an operator."""
    return re.sub(r"^[ \t]*(?:%%?[A-Za-z]|!).*$", "", source, flags=re.MULTILINE)


@dataclass(frozen=True)
class Statement:
    """A statement on the top level of a notebook: its text, the names it uses and binds."""

    source: str
    uses: frozenset[str]
    binds: frozenset[str]
    shows: bool
    """Whether it is an expression, as at the end of a cell."""
    block: bool
    """Whether it may not run, so that what it binds may keep an earlier value."""


def _statements(source: str) -> list[Statement]:
    found = []
    for node in _one_name_each(ast.parse(source).body):
        code = compile(ast.Module([node], []), "<cell>", "exec")
        uses, binds = _globals(code)
        shows, block = isinstance(node, ast.Expr), isinstance(node, _BLOCKS)
        found.append(Statement(ast.unparse(node), uses, binds, shows, block))
    return found


def _one_name_each(body: list[ast.stmt]) -> Iterator[ast.stmt]:
    """Split each import into one statement a name; a figure seldom uses all that a page imports."""
    for node in body:
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            for alias in node.names:
                yield ast.copy_location(
                    ast.Import([alias])
                    if isinstance(node, ast.Import)
                    else ast.ImportFrom(node.module, [alias], node.level),
                    node,
                )
        else:
            yield node


def _globals(code: CodeType) -> tuple[frozenset[str], frozenset[str]]:
    """Global names that code loads and binds, in the functions inside it too."""
    uses, binds = set(), set()
    for step in dis.get_instructions(code):
        if step.opname in ("LOAD_NAME", "LOAD_GLOBAL"):
            uses.add(step.argval)
        elif step.opname in ("STORE_NAME", "STORE_GLOBAL"):
            binds.add(step.argval)
    for inner in code.co_consts:
        if isinstance(inner, CodeType):
            more_uses, more_binds = _globals(inner)
            uses |= more_uses
            binds |= more_binds
    return frozenset(uses), frozenset(binds)


def _figures(source: str) -> list[str]:
    """Names of the live figures that a cell makes."""
    names = []
    for node in ast.walk(ast.parse(source)):
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Name)
            and node.func.id == "LiveFigure"
            and node.args
            and isinstance(node.args[0], ast.Constant)
        ):
            names.append(str(node.args[0].value))
    return names


def figure_sources(cells: Iterable[str]) -> Mapping[str, str]:
    """Code that each live figure of a notebook depends on: its own cell and what that needs.

    What binds no name but changes something (``doses["a"] = 1``) counts for every figure that
    follows. So does a bare expression (``style.use()``), except in cells that make a figure or
    only show something. What is not seen: a cell that changes an object by a method in passing,
    such as one that draws from a random generator of an earlier cell.
    """
    earlier: list[list[Statement]] = []
    found: dict[str, str] = {}
    for cell in map(plain, cells):
        own = _statements(cell)
        names = _figures(cell)
        for name in names:
            found[name] = "\n".join(s.source for s in [*_needed(own, earlier), *own])
        if any(s.binds or not s.shows for s in own):
            earlier.append([s for s in own if s.binds or not (s.shows and names)])
    return found


def _needed(own: list[Statement], earlier: list[list[Statement]]) -> list[Statement]:
    """Statements of earlier cells that bind what the cell uses, directly or through others."""
    wanted: set[str] = set()
    bound: set[str] = set()
    for statement in own:
        wanted |= statement.uses - bound
        bound |= frozenset() if statement.block else statement.binds
    before = [statement for cell in earlier for statement in cell]
    chosen: set[int] = set()
    while True:
        new = {
            i
            for i, statement in enumerate(before)
            if i not in chosen and (statement.binds & wanted or not statement.binds)
        }
        if not new:
            return [before[i] for i in sorted(chosen)]
        chosen |= new
        wanted |= {name for i in new for name in before[i].uses}


def code_cells(notebook: Mapping[str, Any]) -> list[str]:
    """Return the sources of the code cells of a notebook."""
    return ["".join(cell["source"]) for cell in notebook["cells"] if cell["cell_type"] == "code"]
