"""What a notebook and each of its live figures depend on, found by reading the code.

Nothing is run here. A module depends on all that it imports, at any depth, and on the data files
in the folders of those modules. A figure depends on its cell, on the statements before it that
bind the names it uses, and on the modules that these name. Where the code cannot be followed
(imports by computed names, several figures of one name) everything counts.
"""

import ast
import dis
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from types import CodeType
from typing import Any

# Served to the browser as they are; no output of a notebook contains them.
_SERVED = {".js", ".css"}
_IMPORTERS = {"import_module", "__import__"}


@dataclass(frozen=True)
class Package:
    """A package on disk, module by module."""

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
    def imports(self) -> dict[str, set[str]]:
        """Modules of the package that each module imports itself, its parents among them."""
        return {
            name: self._named(ast.parse(path.read_text(encoding="utf-8")), name) | _parents(name)
            for name, path in self.modules.items()
        }

    def _named(self, tree: ast.AST, module: str) -> set[str]:
        """Modules that a piece of code imports or mentions as text."""
        found: set[str] = set()
        for node in ast.walk(tree):
            if isinstance(node, ast.Import):
                found |= {alias.name for alias in node.names}
            elif isinstance(node, ast.ImportFrom):
                base = self._base(node, module)
                found |= {base, *(f"{base}.{alias.name}" for alias in node.names)}
            elif isinstance(node, ast.Constant) and isinstance(node.value, str):
                found.add(node.value)
            elif isinstance(node, (ast.Name, ast.Attribute)):
                called = node.id if isinstance(node, ast.Name) else node.attr
                if called in _IMPORTERS:
                    return set(self.modules)
        return {name for name in found if name in self.modules}

    def _base(self, node: ast.ImportFrom, module: str) -> str:
        if not node.level:
            return node.module or ""
        is_package = module in self.modules and self.modules[module].name == "__init__.py"
        parts = module.split(".")
        parts = parts[: len(parts) - node.level + is_package]
        return ".".join([*parts, *([node.module] if node.module else [])])

    def files(self, modules: Iterable[str]) -> list[Path]:
        """Source and data files that `modules` depend on, themselves included."""
        reached: set[str] = set()
        waiting = [name for module in modules for name in (module, *_parents(module))]
        while waiting:
            module = waiting.pop()
            if module in self.modules and module not in reached:
                reached.add(module)
                waiting.extend(self.imports[module])
        found = {self.modules[module] for module in reached}
        for path in [p for p in found if p.name == "__init__.py"]:
            found |= {file for file in _data(path.parent) if file.suffix not in _SERVED}
        return sorted(found)

    def used_by(self, source: str) -> set[str]:
        """Modules that a piece of code imports."""
        return self._named(ast.parse(source), "")


def _parents(module: str) -> set[str]:
    parts = module.split(".")
    return {".".join(parts[:i]) for i in range(1, len(parts))}


def _data(folder: Path) -> Iterator[Path]:
    """Files of a package folder that are not modules, in subfolders that are not packages too."""
    for path in folder.iterdir():
        if path.is_dir() and path.name != "__pycache__" and not (path / "__init__.py").exists():
            yield from _data(path)
        elif path.is_file() and path.suffix not in (".py", ".pyc"):
            yield path


def plain(source: str) -> str:
    """Code of a cell without the magics, which are no Python."""
    return re.sub(r"^\s*[%!].*$", "", source, flags=re.MULTILINE)


@dataclass(frozen=True)
class Statement:
    """A statement on the top level of a notebook: its text, the names it uses and binds."""

    source: str
    uses: frozenset[str]
    binds: frozenset[str]


def _statements(source: str) -> list[Statement]:
    found = []
    for node in _one_name_each(ast.parse(source).body):
        code = compile(ast.Module([node], []), "<cell>", "exec")
        uses, binds = _globals(code)
        found.append(Statement(ast.unparse(node), uses, binds))
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

    A cell that makes a figure is taken not to change what other cells use, unless they use a name
    that it binds. A bare statement outside such cells (``style.use()``) counts for every figure
    that follows, except in cells that only show something.
    """
    earlier: list[list[Statement]] = []
    found: dict[str, str] = {}
    for cell in map(plain, cells):
        own = _statements(cell)
        names = _figures(cell)
        for name in names:
            found[name] = "\n".join(s.source for s in [*_needed(own, earlier), *own])
        if any(statement.binds for statement in own):
            bare = [s for s in own if s.binds or not names]
            earlier.append(bare)
    return found


def _needed(own: list[Statement], earlier: list[list[Statement]]) -> list[Statement]:
    """Statements of earlier cells that bind what the cell uses, directly or through others."""
    wanted: set[str] = set()
    bound: set[str] = set()
    for statement in own:
        wanted |= statement.uses - bound
        bound |= statement.binds
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
