"""Make one PDF of the built book, printed by Chromium.

Each page is opened as a reader would, made ready for paper by its own scripts, and put into one
document; so links between pages work, each font is there once, and the structure that a screen
reader needs is kept. Page numbers are known after printing: the contents are filled in then.
"""

import argparse
import io
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any

import yaml
from playwright.sync_api import Browser, Page, sync_playwright
from pypdf import PdfReader, PdfWriter
from pypdf.generic import Fit, IndirectObject, NameObject

BOOK = Path(__file__).resolve().parent
ROOT = BOOK.parent
SITE = ROOT / "_build" / "html"
TARGET = ROOT / "_build" / "pdf" / "retuning-the-anxious-brain.pdf"
TURNS = 4  # numbers of other lengths could move lines; two turns have always been enough

# Runs in each page. Ids get the number of their page, and links go to those ids.
EXTRACT = (BOOK / "pdf.js").read_text(encoding="utf-8")


@dataclass(frozen=True)
class Chapter:
    """A page of the book and its place in the table of contents."""

    name: str
    level: int
    part: str = ""  # the caption, at the first page of a part


@dataclass(frozen=True)
class Printed:
    """A chapter made ready for paper."""

    chapter: Chapter
    title: str
    sections: list[tuple[str, str]]  # id and text
    html: str
    sheets: list[str]


def chapters(toc: Path = ROOT / "_toc.yml") -> list[Chapter]:
    """Return the pages in the order of the table of contents."""
    table = yaml.safe_load(toc.read_text(encoding="utf-8"))

    def below(entries: Sequence[Mapping[str, Any]], level: int) -> Iterator[Chapter]:
        for entry in entries:
            yield Chapter(entry["file"], level)
            yield from below(entry.get("sections", []), level + 1)

    found = [Chapter(table["root"], 1)]
    for part in table["parts"]:
        first, *rest = below(part["chapters"], 1)
        found += [Chapter(first.name, first.level, part["caption"]), *rest]
    return found


def _settled(page: Page) -> None:
    page.wait_for_load_state("load")
    page.evaluate("() => document.fonts.ready")
    page.wait_for_function(
        "() => [...document.querySelectorAll('figure.live-figure')]"
        ".every((figure) => 'ready' in figure.dataset)"
    )


def prepare(
    page: Page, site: Path, chapter: Chapter, names: Sequence[str], extract: str = EXTRACT
) -> Printed:
    """Open a page of the site and take its text."""
    page.goto((site / f"{chapter.name}.html").as_uri())
    _settled(page)
    addresses = {(site / f"{name}.html").as_uri(): n for n, name in enumerate(names)}
    taken = page.evaluate(extract, {"own": names.index(chapter.name), "pages": addresses})
    return Printed(
        chapter,
        taken["title"],
        [(section["id"], section["text"]) for section in taken["sections"]],
        taken["html"],
        taken["sheets"],
    )


def _contents(printed: Sequence[Printed]) -> str:
    def line(target: str, text: str) -> str:
        return (
            f'<a href="#{target}"><span>{escape(text)}</span><span class="leader"></span>'
            f'<span class="number" data-number-of="{target}"></span></a>'
        )

    text, depth = [], 0
    for n, one in enumerate(printed):
        if one.chapter.part:
            text.append("</li></ul>" * depth + f"<h2>{escape(one.chapter.part)}</h2>")
            depth = 0
        while depth > one.chapter.level:
            text.append("</li></ul>")
            depth -= 1
        text.append("</li>" if depth == one.chapter.level else "<ul>")
        depth = one.chapter.level
        sections = "".join(f"<li>{line(*section)}</li>" for section in one.sections)
        text.append(f'<li class="page">{line(f"p{n}", one.title)}')
        if sections:
            text.append(f'<ul class="sections">{sections}</ul>')
    text.append("</li></ul>" * depth)
    return f'<nav class="book-contents"><h1>Contents</h1>{"".join(text)}</nav>'


def citation() -> dict[str, Any]:
    """Return what the book says about itself."""
    loaded: dict[str, Any] = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    return loaded


ON_PAPER = "On paper each figure stands at its starting values. In a browser its knobs move."


def front(cover: str, medium: str = ON_PAPER) -> str:
    """Return the title page."""
    about = citation()
    title, _, subtitle = about["title"].partition(": ")
    authors = ", ".join(author["name"] for author in about["authors"])
    settings = yaml.safe_load((ROOT / "_config.yml").read_text(encoding="utf-8"))
    image = f'<img src="{escape(cover)}" alt="">' if cover else ""
    lines = (
        f"{authors}. Version {about['version']}.",
        medium,
        "This book teaches. It is not medical advice, and no clinician has reviewed it.",
        f"© {settings['copyright']}. Text and figures: CC BY 4.0. Code: BSD 3-Clause.",
    )
    below = "".join(f'<p class="small">{escape(line)}</p>' for line in lines)
    return f"""<section class="front">{image}
<h1 class="book-title">{escape(title)}</h1>
<p class="subtitle">{escape(subtitle[:1].upper() + subtitle[1:])}</p>
{below}</section>"""


def _running_head(n: int, title: str) -> str:
    """Name the chapter above each of its pages."""
    quoted = title.replace("\\", "\\\\").replace('"', '\\"')
    return f'#p{n} {{ page: p{n}; }} @page p{n} {{ @top-left {{ content: "{quoted}"; }} }}\n'


def _document(printed: Sequence[Printed]) -> str:
    """Put the title page and the contents before the chapters."""
    sheets = list(dict.fromkeys(sheet for one in printed for sheet in one.sheets))
    links = "".join(f'<link rel="stylesheet" href="{escape(sheet)}">' for sheet in sheets)
    own = (BOOK / "pdf.css").read_text(encoding="utf-8")
    own += "".join(_running_head(n, one.title) for n, one in enumerate(printed))
    cover = (BOOK / "cover.svg").as_uri()
    return (
        f'<!DOCTYPE html><html lang="en"><head><meta charset="utf-8">'
        f"<title>{escape(citation()['title'])}</title>{links}"
        f"<style>{own}</style></head><body>"
        f"{front(cover)}{_contents(printed)}{''.join(one.html for one in printed)}</body></html>"
    )


def _places(pdf: bytes) -> dict[str, tuple[int, float]]:
    """Return page number and height of each place that something links to."""
    reader = PdfReader(io.BytesIO(pdf))
    numbers = {page.indirect_reference.idnum: n for n, page in enumerate(reader.pages, 1)}  # type: ignore[union-attr]
    found = {}
    for name, place in reader.named_destinations.items():
        page = place.page
        if isinstance(page, IndirectObject) and page.idnum in numbers:
            found[name.removeprefix("/")] = (numbers[page.idnum], float(place.top or 0))
    return found


FILL = """(numbers) => {
    for (const node of document.querySelectorAll("[data-number-of]"))
        node.textContent = numbers[node.dataset.numberOf] ?? "";
    for (const node of document.querySelectorAll("[data-page-of]"))
        node.textContent = ` (p. ${numbers[node.dataset.pageOf] ?? ""})`;
}"""

# What no chapter of this selection holds cannot be linked to.
UNLINK = """() => {
    for (const link of document.querySelectorAll("a[href^='#']")) {
        if (document.getElementById(link.getAttribute("href").slice(1))) continue;
        link.nextElementSibling?.matches(".page-of") && link.nextElementSibling.remove();
        link.replaceWith(...link.childNodes);
    }
}"""

WIDE = """() => {
    const faults = [];
    const room = document.body.getBoundingClientRect().right + 1;
    for (const node of document.querySelectorAll(".chapter *")) {
        if (node.closest(".lf-sr, mjx-assistive-mml, .visually-hidden")) continue;
        if (node.ownerSVGElement) continue;
        const right = (one) => one.getBoundingClientRect().right;
        if (right(node) > room && right(node.parentNode) <= room)
            faults.push(`${node.closest(".chapter").id} ${node.tagName}.${node.className}: ` +
                `${Math.round(right(node) - room)} px: ${node.textContent.slice(0, 60)}`);
    }
    return faults;
}"""


def _print(page: Page) -> tuple[bytes, dict[str, tuple[int, float]]]:
    """Print, fill in the page numbers, and print until they stand still."""
    known: dict[str, int] = {}
    for _ in range(TURNS):
        pdf = page.pdf(prefer_css_page_size=True, print_background=True, tagged=True)
        places = _places(pdf)
        numbers = {name: number for name, (number, _) in places.items()}
        if numbers == known:
            return pdf, places
        known = numbers
        page.evaluate(FILL, numbers)
    raise RuntimeError(f"the page numbers did not settle in {TURNS} turns")


def _finish(
    pdf: bytes, printed: Sequence[Printed], places: Mapping[str, tuple[int, float]]
) -> PdfWriter:
    """Add the outline and what a library catalogue wants to know."""
    writer = PdfWriter(clone_from=io.BytesIO(pdf))
    parents: dict[int, IndirectObject | None] = {0: None}
    for n, one in enumerate(printed):
        if one.chapter.part:
            number, top = places[f"p{n}"]
            parents = {
                0: writer.add_outline_item(
                    title=one.chapter.part, page_number=number - 1, bold=True
                )
            }
        level = one.chapter.level
        above = parents.get(level - 1)
        number, top = places[f"p{n}"]
        own = writer.add_outline_item(
            title=one.title, page_number=number - 1, parent=above, fit=Fit.xyz(top=top)
        )
        parents[level] = own
        for target, text in one.sections:
            number, top = places[target]
            writer.add_outline_item(
                title=text, page_number=number - 1, parent=own, fit=Fit.xyz(top=top), is_open=False
            )
    about = citation()
    writer.add_metadata(
        {
            "/Title": about["title"],
            "/Author": ", ".join(author["name"] for author in about["authors"]),
            "/Subject": "Pharmacotherapy of anxiety disorders",
            "/Keywords": ", ".join(about["keywords"]),
        }
    )
    writer.page_mode = "/UseOutlines"
    preferences = writer.create_viewer_preferences()
    preferences.display_doctitle = True  # type: ignore[assignment]
    writer.root_object[NameObject("/ViewerPreferences")] = preferences
    return writer


@dataclass(frozen=True)
class Result:
    """What was printed, for the caller to check."""

    printed: list[Printed]
    places: dict[str, tuple[int, float]]
    too_wide: list[str]
    pages: int


def make(browser: Browser, site: Path, wanted: Sequence[Chapter], target: Path) -> Result:
    """Print the wanted chapters of a built site into one file."""
    names = [chapter.name for chapter in wanted]
    target.parent.mkdir(parents=True, exist_ok=True)
    context = browser.new_context(color_scheme="light", viewport={"width": 1280, "height": 900})
    try:
        page = context.new_page()
        # Each reader gets numbers of their own; on paper every copy has the first ones.
        page.route("**/exercise.js*", lambda route: route.abort())
        printed = [prepare(page, site, chapter, names) for chapter in wanted]
        whole = target.with_suffix(".html")
        whole.write_text(_document(printed), encoding="utf-8")
        page.emulate_media(media="print")
        page.set_viewport_size({"width": 643, "height": 900})  # between the margins of A4
        page.goto(whole.as_uri())
        page.evaluate(UNLINK)
        too_wide: list[str] = page.evaluate(WIDE)
        pdf, places = _print(page)
    finally:
        context.close()
    whole.unlink()
    writer = _finish(pdf, printed, places)
    writer.write(target)
    return Result(printed, places, too_wide, len(writer.pages))


def main() -> int:
    """Print the book, or the pages that are named."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("pages", nargs="*", help="pages to print, as in _toc.yml; all if none")
    names = parser.parse_args().pages
    known = [chapter.name for chapter in chapters()]
    if unknown := [name for name in names if name not in known]:
        parser.error(f"pages must be among those of _toc.yml, got {', '.join(unknown)}")
    sys.path.insert(0, str(ROOT / "tests" / "browser"))
    from chromium import FLAGS, executable

    wanted = [chapter for chapter in chapters() if not names or chapter.name in names]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable(), args=FLAGS)
        result = make(browser, SITE, wanted, TARGET)
        browser.close()
    for fault in result.too_wide:
        print(f"too wide: {fault}", file=sys.stderr)
    print(f"{result.pages} pages: {TARGET}")
    return 1 if result.too_wide else 0


if __name__ == "__main__":
    sys.exit(main())
