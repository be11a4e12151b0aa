"""The map of the brakes and accelerators: every box drawn once, linked, apart from the others."""

import re
import subprocess
import sys
from itertools import combinations
from pathlib import Path

import brake_map
import pytest
from bs4 import BeautifulSoup

CHART = brake_map.read(brake_map.SOURCE.read_text(encoding="utf-8"))
SECTIONS = sorted({box.section for box in CHART.boxes.values()})
SYSTEMS = {"serotonin", "norepinephrine", "gaba", "calcium"}


def _build(folder: Path, labels: list[str]) -> tuple[BeautifulSoup, str]:
    """Build a page with the map and one with these labels; return the map page and the warnings."""
    source = folder / "source"
    source.mkdir()
    (source / "index.md").write_text(
        "# Map\n\n```{brake-map}\n```\n\n```{toctree}\nsections\n```\n", encoding="utf-8"
    )
    told = "".join(f"({label})=\n## About {label}\n\nText.\n\n" for label in labels)
    (source / "sections.md").write_text(f"# Sections\n\n{told}", encoding="utf-8")
    (source / "conf.py").write_text(
        f"import sys\nsys.path.insert(0, {str(brake_map.HERE)!r})\n"
        'extensions = ["myst_parser", "brake_map"]\nhtml_theme = "basic"\n',
        encoding="utf-8",
    )
    command = [sys.executable, "-m", "sphinx", "-n", "-q", "-N", "-b", "html"]
    target = folder / "html"
    run = subprocess.run([*command, source, target], capture_output=True, text=True, check=True)
    page = (target / "index.html").read_text(encoding="utf-8")
    return BeautifulSoup(page, "html.parser"), run.stderr


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> BeautifulSoup:
    soup, warnings = _build(tmp_path_factory.mktemp("map"), SECTIONS)
    assert not warnings
    return soup


def test_every_system_and_every_kind_of_box_is_there() -> None:
    assert {box.system for box in CHART.boxes.values()} == SYSTEMS
    assert {box.kind for box in CHART.boxes.values()} == set(brake_map.KINDS)
    assert {kind for _, _, kind in CHART.links} == set(brake_map.LINKS)


def test_boxes_do_not_touch_and_stay_inside() -> None:
    for box in CHART.boxes.values():
        assert box.x - box.width / 2 >= 0, box.key
        assert box.x + box.width / 2 <= brake_map.WIDE, box.key
    for a, b in combinations(CHART.boxes.values(), 2):
        apart = abs(a.x - b.x) > (a.width + b.width) / 2 or abs(a.y - b.y) > brake_map.HEIGHT
        assert apart, (a.key, b.key)


def test_links_run_with_time() -> None:
    for start, end, _ in CHART.links:
        assert CHART.boxes[start].column <= CHART.boxes[end].column, (start, end)


def test_each_box_of_the_drawing_leads_to_its_section(page: BeautifulSoup) -> None:
    drawing = page.select_one("svg.brake-map-drawing")
    assert drawing is not None
    links = drawing.select("a")
    assert len(links) == len(CHART.boxes)
    for link, box in zip(links, CHART.boxes.values(), strict=True):
        assert link["href"] == f"sections.html#{box.section}"
        assert " ".join(link.text.split()) == box.name


def test_the_list_says_the_same_in_words(page: BeautifulSoup) -> None:
    items = page.select(".brake-map-list li.box")
    told = {(item.a.text, str(item.a["href"]).partition("#")[2]) for item in items if item.a}
    assert {(name.replace("’", "'"), section) for name, section in told} == {
        (box.name, box.section) for box in CHART.boxes.values()
    }
    for item in items:
        assert item.text.partition(": ")[2].strip(), item.text


def test_the_drawing_has_a_name_and_a_description(page: BeautifulSoup) -> None:
    drawing = page.select_one("svg.brake-map-drawing")
    assert drawing is not None
    assert drawing["role"] == "group"  # an image would hide its links
    for pointer in ("aria-labelledby", "aria-describedby"):
        target = drawing.find(id=drawing[pointer])
        assert target is not None
        assert target.text.strip()
    assert not drawing.select("[style], script")


def test_identifiers_are_unique(page: BeautifulSoup) -> None:
    names = [tag["id"] for tag in page.find_all(id=True)]
    assert len(names) == len(set(names))


def test_an_unknown_section_is_a_warning_and_no_link(tmp_path: Path) -> None:
    missing, *rest = SECTIONS
    soup, warnings = _build(tmp_path, rest)
    assert re.search(rf"undefined label: '?{re.escape(missing)}", warnings)
    drawn = [str(link["href"]).partition("#")[2] for link in soup.select("svg a")]
    assert set(drawn) == set(rest)


def test_styles_name_every_system_and_shape() -> None:
    style = (brake_map.STATIC / "brake_map.css").read_text(encoding="utf-8")
    for system in SYSTEMS:
        assert f".brake-map .{system} {{ --tone: var(--{system}," in style
    assert "a:focus-visible" in style


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ('lane = "gaba"', 'lane = "dopamine"', "unknown lane 'dopamine'"),
        ('kind = "brake"', 'kind = "pedal"', "unknown kind 'pedal'"),
        ("column = 4", "column = 9", "unknown column 9"),
        ('from = "ssri"', 'from = "maoi"', "unknown box 'maoi'"),
        ('kind = "leads"', 'kind = "hopes"', "unknown kind 'hopes'"),
    ],
)
def test_mistakes_in_the_file_are_named(old: str, new: str, words: str) -> None:
    text = brake_map.SOURCE.read_text(encoding="utf-8")
    with pytest.raises(ValueError, match=words):
        brake_map.read(text.replace(old, new, 1))
