"""Make one EPUB of the built book, for e-readers.

Each page is taken as for the PDF, and then made into a chapter that needs no scripts, no fonts
and no colours of the site. What packs it is the zip of the standard library.
"""

import re
import sys
import uuid
import zipfile
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from html import escape
from pathlib import Path

import yaml
from pdf import BOOK, EXTRACT, ROOT, SITE, Chapter, Printed, chapters, citation, front, prepare
from playwright.sync_api import Browser, sync_playwright

TARGET = ROOT / "_build" / "epub" / "retuning-the-anxious-brain.epub"
LONG_AGO = (1980, 1, 1, 0, 0, 0)
SHAPE = f"(places) => ({(BOOK / 'epub.js').read_text(encoding='utf-8')})({EXTRACT})(places)"
LANGUAGE = "en-GB"
MEDIUM = (
    "Here each figure stands at its starting values, and exercises are text. "
    "In a browser the knobs move and answers are marked."
)
ACCESS = (
    ("accessMode", "textual"),
    ("accessMode", "visual"),
    ("accessModeSufficient", "textual,visual"),
    ("accessModeSufficient", "textual"),
    ("accessibilityFeature", "alternativeText"),
    ("accessibilityFeature", "MathML"),
    ("accessibilityFeature", "structuralNavigation"),
    ("accessibilityFeature", "tableOfContents"),
    ("accessibilityHazard", "none"),
    (
        "accessibilitySummary",
        "Figures have descriptions, and say the numbers they show. Formulas are MathML. "
        "No person has tried the book with a screen reader.",
    ),
)
CONTAINER = """<?xml version="1.0" encoding="utf-8"?>
<container version="1.0" xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><rootfiles>
<rootfile full-path="EPUB/package.opf" media-type="application/oebps-package+xml"/>
</rootfiles></container>
"""
COVER = """<body style="margin: 0; height: 100vh; display: flex; flex-direction: column;
justify-content: space-between; background: #16243a; color: #fff; font-family: Georgia, serif">
<h1 style="margin: 1em 1em 0; font-size: 76px; line-height: 1.15">{title}</h1>{banner}
<p style="margin: 0 2.2em 1.8em; font-size: 34px; line-height: 1.4">{subtitle}</p></body>"""


def _page(title: str, body: str) -> str:
    return (
        '<?xml version="1.0" encoding="utf-8"?>\n<!DOCTYPE html>\n'
        '<html xmlns="http://www.w3.org/1999/xhtml" xmlns:epub="http://www.idpf.org/2007/ops" '
        f'lang="{LANGUAGE}" xml:lang="{LANGUAGE}"><head><title>{escape(title)}</title>'
        '<link rel="stylesheet" type="text/css" href="epub.css"/></head>'
        f"<body>{body}</body></html>\n"
    )


def _contents(printed: Sequence[Printed]) -> str:
    """Nest the chapters below their parts and each other."""
    text, depth = "", -1
    for n, one in enumerate(printed):
        steps = [(one.chapter.level, f'<a href="p{n}.xhtml">{escape(one.title)}</a>')]
        if one.chapter.part:
            steps.insert(0, (0, f"<span>{escape(one.chapter.part)}</span>"))
        elif depth < 0:
            steps[0] = (0, steps[0][1])  # what stands before the first part
        for level, line in steps:
            text += "</li></ol>" * (depth - level)
            text += "<ol><li>" if level > depth else "</li><li>"
            text, depth = text + line, level
    return f'<nav epub:type="toc"><h1>Contents</h1>{text}{"</li></ol>" * (depth + 1)}</nav>'


def _package(files: Iterable[str], pages: dict[str, str], changed: float) -> str:
    about = citation()
    rights = yaml.safe_load((ROOT / "_config.yml").read_text(encoding="utf-8"))["copyright"]
    kinds = {".css": "text/css", ".png": "image/png", ".svg": "image/svg+xml"}
    marks = {"cover.png": "cover-image", "nav.xhtml": "nav"}
    items = []
    for name in files:
        found = {"svg": "<svg", "mathml": "<math"}
        uses = [use for use, tag in found.items() if tag in pages.get(name, "")]
        uses += [marks[name]] if name in marks else []
        kind = kinds.get(Path(name).suffix, "application/xhtml+xml")
        properties = f' properties="{" ".join(uses)}"' if uses else ""
        items.append(f'<item id="{name}" href="{name}" media-type="{kind}"{properties}/>')
    data = [
        ("dc:title", about["title"]),
        ("dc:language", LANGUAGE),
        *(("dc:creator", author["name"]) for author in about["authors"]),
        *(("dc:subject", word) for word in about["keywords"]),
        ("dc:rights", f"© {rights}. Text and figures: CC BY 4.0. Code: BSD 3-Clause."),
    ]
    moment = datetime.fromtimestamp(changed, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    known = [("dcterms:modified", moment)]
    known += [(f"schema:{key}", value) for key, value in ACCESS]
    own = uuid.uuid5(uuid.NAMESPACE_URL, about["title"])
    return (
        '<?xml version="1.0" encoding="utf-8"?>\n<package version="3.0" unique-identifier="own" '
        f'xmlns="http://www.idpf.org/2007/opf" xml:lang="{LANGUAGE}">'
        '<metadata xmlns:dc="http://purl.org/dc/elements/1.1/">'
        f'<dc:identifier id="own">urn:uuid:{own}</dc:identifier>'
        + "".join(f"<{key}>{escape(value)}</{key}>" for key, value in data)
        + "".join(f'<meta property="{key}">{escape(value)}</meta>' for key, value in known)
        + f"</metadata><manifest>{''.join(items)}</manifest><spine>"
        + "".join(f'<itemref idref="{name}"/>' for name in pages)
        + "</spine></package>\n"
    )


def _cover(browser: Browser) -> bytes:
    title, _, subtitle = citation()["title"].partition(": ")
    banner = (BOOK / "cover.svg").read_text(encoding="utf-8")
    page = browser.new_page(viewport={"width": 800, "height": 1200}, device_scale_factor=2)
    page.set_content(COVER.format(title=title, banner=banner, subtitle=subtitle))
    picture: bytes = page.screenshot()
    page.close()
    return picture


def make(browser: Browser, site: Path, wanted: Sequence[Chapter], target: Path) -> None:
    """Pack the wanted chapters of a built site into one file."""
    names = [chapter.name for chapter in wanted]
    context = browser.new_context(color_scheme="light", viewport={"width": 1280, "height": 900})
    page = context.new_page()
    # As on paper: exercises as they stand in the page, with the first numbers.
    page.route("**/exercise.js*", lambda route: route.abort())
    printed = [prepare(page, site, chapter, names, SHAPE) for chapter in wanted]
    context.close()
    pages = {
        "front.xhtml": _page("Title page", front("", MEDIUM)),
        "nav.xhtml": _page("Contents", _contents(printed)),
    }
    for n, one in enumerate(printed):
        text = re.sub(r'src="file:[^"]*/', 'src="', one.html)
        if unpacked := set(re.findall(r'src="([^":]+)"', text)) - {"cover.svg"}:
            raise ValueError(
                f"the EPUB packs no pictures yet, got {sorted(unpacked)} in {one.title}"
            )
        pages[f"p{n}.xhtml"] = _page(one.title, text)
    others: dict[str, bytes] = {
        "cover.png": _cover(browser),
        "cover.svg": (BOOK / "cover.svg").read_bytes(),
        "epub.css": (BOOK / "epub.css").read_bytes(),
    }
    changed = max((site / f"{name}.html").stat().st_mtime for name in names)
    files: dict[str, str | bytes] = {
        "mimetype": "application/epub+zip",
        "META-INF/container.xml": CONTAINER,
        "EPUB/package.opf": _package([*others, *pages], pages, changed),
        **{f"EPUB/{name}": content for name, content in others.items()},
        **{f"EPUB/{name}": content for name, content in pages.items()},
    }
    target.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(target, "w") as archive:
        for name, content in files.items():
            entry = zipfile.ZipInfo(name, LONG_AGO)
            entry.external_attr = 0o644 << 16
            how = zipfile.ZIP_STORED if name == "mimetype" else zipfile.ZIP_DEFLATED
            archive.writestr(entry, content, how)


def main() -> None:
    """Pack the book."""
    sys.path.insert(0, str(ROOT / "tests" / "browser"))
    from chromium import FLAGS, executable

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable(), args=FLAGS)
        make(browser, SITE, chapters(), TARGET)
        browser.close()
    print(f"The book for e-readers: {TARGET}")


if __name__ == "__main__":
    main()
