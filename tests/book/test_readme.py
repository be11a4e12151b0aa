"""The film in the README: light, short and described."""

import re
from pathlib import Path

from PIL import Image

ROOT = Path(__file__).resolve().parents[2]
FILM = ROOT / "book" / "readme.webp"


def test_the_film_is_light_and_described() -> None:
    assert FILM.stat().st_size < 300 * 1024
    shown = re.search(r"!\[(.+?)\]\((.+?)\)", (ROOT / "README.md").read_text(encoding="utf-8"))
    assert shown is not None
    assert ROOT / shown[2] == FILM
    assert len(shown[1]) > 60


def test_the_film_moves_once_and_stops_by_itself() -> None:
    with Image.open(FILM) as film:
        assert film.info["loop"] == 1
        frames = film.n_frames
    # Each frame of the file says how long it stays: three bytes after its place and size.
    chunks = FILM.read_bytes().split(b"ANMF")[1:]
    lengths = [int.from_bytes(chunk[16:19], "little") for chunk in chunks]
    assert len(lengths) == frames
    assert len(lengths) > 10
    assert sum(lengths) < 5000  # what moves longer needs a button to stop it


def test_the_commands_come_first() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    first = re.search(r"```console\n(.*?)```", text, re.DOTALL)
    assert first is not None
    assert first[1] == "$ make book\n$ make test\n"
    assert text.index("```console") < text.index("![") < text.index("\n## ")
