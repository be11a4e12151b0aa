"""The reference of the package, from its docstrings.

A page asks for its room with a line such as ``{{ api: systems }}``; the modules of a room are found
by walking the package, so a new module appears by itself.
"""

import hashlib
import importlib
import inspect
import pkgutil
import re
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

import fresh_numbers
from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.environment import BuildEnvironment
from sphinx.transforms import SphinxTransform

import mechanisms

STATIC = Path(__file__).parent / "api_reference_static"
FOLDER = "book/api/"
REQUEST = re.compile(r"^\{\{ api: (\w+) \}\}$", re.MULTILINE)

# The models of a system are what no other page claims: there a new model appears.
SYSTEMS = "systems"
ROOMS = {
    "gaba": ("gaba",),
    "kinetics": (
        "pharmacokinetics",
        "dosing",
        "clearance",
        "metabolites",
        "nonlinear",
        "tapering",
        "population",
    ),
    "evidence": ("evidence", "decisions"),
    "numbers": ("data", "drugs", "validation"),
    "live": ("live", "style"),
    "exercises": ("exercises",),
}


@dataclass(frozen=True)
class Section:
    """A module and what it offers, under the names by which a reader imports them."""

    module: str
    members: tuple[str, ...]


def _modules(package: ModuleType) -> list[ModuleType]:
    """Return the public modules below a package, packages before their parts."""
    found = []
    for info in pkgutil.iter_modules(package.__path__, f"{package.__name__}."):
        if info.name.rsplit(".", 1)[-1].startswith("_"):
            continue
        module = importlib.import_module(info.name)
        found.append(module)
        if info.ispkg:
            found += _modules(module)
    return found


def _is_documented(thing: object) -> bool:
    return inspect.isfunction(thing) or inspect.isclass(thing)


def _own(module: ModuleType) -> list[str]:
    """Public functions and classes that a module defines, in the order of its text."""
    return [
        name
        for name, thing in vars(module).items()
        if not name.startswith("_")
        and _is_documented(thing)
        and thing.__module__ == module.__name__
    ]


@cache
def sections() -> tuple[Section, ...]:
    """Return all that the package offers.

    What a package lists in ``__all__`` is offered by the package, under the heading of the module
    that defines it; its other parts are its own affair.
    """
    found: list[Section] = []
    closed: dict[str, ModuleType] = {}  # packages that say themselves what they offer
    for module in _modules(mechanisms):
        name = module.__name__
        package = next((p for p in closed if name.startswith(f"{p}.")), None)
        if package is not None:
            exported = closed[package]
            members = [
                f"{package}.{item}"
                for item in exported.__all__
                if _is_documented(thing := getattr(exported, item)) and thing.__module__ == name
            ]
        else:
            members = [f"{name}.{item}" for item in _own(module)]
            if hasattr(module, "__path__") and hasattr(module, "__all__"):
                closed[name] = module
                members = [m for m in members if m.rsplit(".", 1)[-1] in module.__all__]
        if members or name in closed:
            found.append(Section(name, tuple(members)))
    return tuple(found)


def room(name: str) -> list[Section]:
    """Return the sections of one page."""
    claimed = {module for modules in ROOMS.values() for module in modules}

    def top(section: Section) -> str:
        return section.module.split(".")[1]

    if name == SYSTEMS:
        return [section for section in sections() if top(section) not in claimed]
    order = ROOMS[name]
    return sorted((s for s in sections() if top(s) in order), key=lambda s: order.index(top(s)))


def _text(section: Section) -> str:
    """Write a section: heading, what the module says of itself, its functions and classes."""
    heading = f"``{section.module}``"
    lines = [heading, "-" * len(heading), "", f".. automodule:: {section.module}"]
    # Only for its words: a package may offer a function under the name of a module.
    lines += ["   :no-index:", ""]
    for name in section.members:
        module, _, member = name.rpartition(".")
        is_class = inspect.isclass(getattr(importlib.import_module(module), member))
        lines += [f".. {'autoclass' if is_class else 'autofunction'}:: {name}"]
        lines += ["   :members:", ""] if is_class else [""]
    return "\n".join([*lines, ""])


def _write(app: Sphinx, docname: str, source: list[str]) -> None:
    if docname.startswith(FOLDER):
        source[0] = REQUEST.sub(
            lambda match: "\n".join(_text(section) for section in room(match[1])), source[0]
        )


@cache
def _places() -> dict[str, str]:
    """Where each thing is documented, by its public name and by the name where it is defined."""
    found = {}
    for section in sections():
        for name in section.members:
            package, _, member = name.rpartition(".")
            thing = getattr(importlib.import_module(package), member)
            found[name] = found[f"{thing.__module__}.{thing.__name__}"] = name
    return found


ADDRESS = re.compile(r" at 0x[0-9a-f]+")


def _key(text: str) -> str:
    """Tell what a page is made of: its modules, signatures as they come out, all names."""
    parts = [repr(sorted(_places().items()))]
    for section in (s for match in REQUEST.finditer(text) for s in room(match[1])):
        parts.append(inspect.getsource(importlib.import_module(section.module)))
        for name in section.members:
            module, _, member = name.rpartition(".")
            thing = getattr(importlib.import_module(module), member)
            parts.append(name)
            with suppress(ValueError):  # an exception has no signature of its own
                # A class shows defaults as they come out, wherever they come from.
                parts.append(ADDRESS.sub("", str(inspect.signature(thing))))
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


def _gone(app: Sphinx, env: BuildEnvironment, *_: set[str]) -> list[str]:
    """Read every page again when a name is no longer there: any of them may refer to it."""
    before: set[str] = getattr(env, "documented", set())
    env.documented = set(_places())  # type: ignore[attr-defined]
    return list(env.found_docs) if before - env.documented else []  # type: ignore[attr-defined]


# Literals and roles stay as they are; what is left in single backticks is a name.
MARKED = re.compile(
    r"``.+?``|:\w+(?::\w+)?:`[^`]*`|(?<![`\\])`(?P<name>[^`<>]+)`(?![`_])", re.DOTALL
)
KEYS = re.compile(r"^References\n-+\n(?P<keys>[\w\s,]+?)\s*(?=\n\n|\Z)", re.MULTILINE)


def _link(module: str, marked: re.Match[str]) -> str:
    """Link a name in single backticks to its place, or set it as code."""
    name = marked["name"]
    if name is None:
        return marked[0]
    package = module.rpartition(".")[0]
    for candidate in (f"{module}.{name}", f"{package}.{name}", f"mechanisms.{name}"):
        if candidate in _places():
            return f":py:obj:`{name} <{_places()[candidate]}>`"
    return f"``{name}``"


def _cite(section: re.Match[str]) -> str:
    keys = ",".join(key.strip() for key in section["keys"].split(","))
    return f"References\n----------\n:cite:p:`{keys}`"


def _prepare(
    app: Sphinx, what: str, name: str, thing: object, options: Any, lines: list[str]
) -> None:
    """Turn the citation keys of *References* into citations, and names into links."""
    module = name if what == "module" else getattr(thing, "__module__", None) or ""
    text = MARKED.sub(lambda marked: _link(module, marked), "\n".join(lines))
    lines[:] = KEYS.sub(_cite, text).split("\n")


def _sign(
    app: Sphinx,
    what: str,
    name: str,
    thing: object,
    options: Any,
    signature: str | None,
    returns: str | None,
) -> tuple[str, None] | None:
    """Show what a caller may pass: traitlets hide it behind ``*args``, dataclasses show it all."""
    if what != "class" or signature is None:
        return None
    if signature == "(*args, **kwargs)" and "__init__" in vars(thing):
        parameters = inspect.signature(thing.__init__).parameters.values()  # type: ignore[misc]
        bare = [one.replace(annotation=inspect.Parameter.empty) for one in parameters]
        return str(inspect.Signature(bare[1:])), None
    return re.sub(r", _\w+=[^,()]*", "", signature), None


def _skip(
    app: Sphinx, what: str, name: str, thing: object, skip: bool, options: Any
) -> bool | None:
    # The fields of a named tuple stand in its signature; Python's notes on them say nothing.
    return True if type(thing).__name__ == "_tuplegetter" else None


def _leave_as_words(
    app: Sphinx, env: BuildEnvironment, node: addnodes.pending_xref, words: nodes.Element
) -> nodes.Element | None:
    """Take a type such as "mapping of str to float" for what it is: words, not a broken link."""
    is_type = node.get("refdomain") == "py" and node.get("reftype") in ("class", "exc")
    return words if is_type and node["refdoc"].startswith(FOLDER) else None


class KeepIndexForWords(SphinxTransform):
    """Keep the names of functions out of the index of the book."""

    default_priority = 840  # before Sphinx collects the entries

    def apply(self, **options: Any) -> None:
        """Drop the entries of this page."""
        if self.env.docname.startswith(FOLDER):
            for entry in list(self.document.findall(addnodes.index)):
                entry.parent.remove(entry)


def _name_rubrics(app: Sphinx, domain: str, kind: str, content: nodes.Element) -> None:
    """Mark the small headings of a docstring, so that the style sheet finds them."""
    for rubric in content.findall(nodes.rubric):
        rubric["classes"].append("docstring")


def _add_style(
    app: Sphinx, pagename: str, template: str, context: dict[str, Any], doctree: nodes.document
) -> None:
    if pagename.startswith(FOLDER):
        app.add_css_file("api_reference.css")


def _add_static(app: Sphinx, config: Config) -> None:
    config.html_static_path.append(str(STATIC))


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the extension and what it builds on."""
    app.setup_extension("sphinx.ext.autodoc")
    app.setup_extension("sphinx.ext.napoleon")
    # The docstrings give shape and unit, which a type cannot.
    app.config.autodoc_typehints = "none"
    app.config.autodoc_preserve_defaults = True
    app.config.autodoc_member_order = "bysource"
    app.config.add_module_names = False
    app.config.napoleon_google_docstring = False
    app.config.napoleon_custom_sections = [("Attributes", "params_style")]
    app.config.napoleon_use_param = False
    app.config.napoleon_use_rtype = False
    app.connect("source-read", _write)
    app.connect("env-get-outdated", _gone)
    fresh_numbers.watch(app, REQUEST.pattern.replace("^", "(?m:^)").replace("$", "(?m:$)"), _key)
    # Before napoleon, which turns sections into reStructuredText.
    app.connect("autodoc-process-docstring", _prepare, priority=400)
    app.connect("autodoc-process-signature", _sign)
    app.connect("autodoc-skip-member", _skip)
    app.connect("missing-reference", _leave_as_words)
    app.connect("object-description-transform", _name_rubrics)
    app.connect("config-inited", _add_static)
    # Before the theme makes its list of style sheets.
    app.connect("html-page-context", _add_style, priority=50)
    app.add_transform(KeepIndexForWords)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
