"""A changed model puts its new number on the page; an unchanged one costs nothing."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

from fingerprint import digest

ROOT = Path(__file__).resolve().parents[2]
NOTEBOOK = {
    "nbformat": 4,
    "nbformat_minor": 5,
    "metadata": {"kernelspec": {"name": "python3", "display_name": "Python 3"}},
    "cells": [
        {"cell_type": "markdown", "id": "title", "metadata": {}, "source": "# Page"},
        {
            "cell_type": "code",
            "id": "number",
            "metadata": {},
            "outputs": [],
            "execution_count": None,
            "source": (
                "import sys\n"
                "sys.path.insert(0, '.')\n"
                "from mechanisms import model\n"
                "open('runs', 'a').write('x')\n"
                "print('answer', model.answer())"
            ),
        },
    ],
}


def _build(book: Path) -> str:
    settings = {"extensions": "myst_nb,fresh_numbers", "nb_execution_mode": "cache"}
    options = [part for key, value in settings.items() for part in ("-D", f"{key}={value}")]
    command = [sys.executable, "-m", "sphinx", "-q", "-C", *options, ".", "_build/html"]
    environment = {"PYTHONPATH": str(book / "book" / "_ext"), "PATH": "", "HOME": str(book)}
    done = subprocess.run(command, cwd=book, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return (book / "_build" / "html" / "index.html").read_text()


def test_a_changed_model_changes_the_page(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "book" / "_ext", tmp_path / "book" / "_ext")
    (tmp_path / "index.ipynb").write_text(json.dumps(NOTEBOOK))
    (tmp_path / "requirements.lock").write_text("")
    model = tmp_path / "mechanisms" / "model.py"
    model.parent.mkdir()
    model.write_text("def answer():\n    return 41\n")
    assert "answer 41" in _build(tmp_path)
    _build(tmp_path)
    assert (tmp_path / "runs").read_text() == "x"
    model.write_text("def answer():\n    return 42\n")
    assert "answer 42" in _build(tmp_path)
    assert (tmp_path / "runs").read_text() == "xx"


def test_the_fingerprint_sees_contents_and_names(tmp_path: Path) -> None:
    folder = tmp_path / "mechanisms"
    folder.mkdir()
    (folder / "a.csv").write_text("1")
    first = digest(["mechanisms"], tmp_path)
    (folder / "a.csv").write_text("2")
    second = digest(["mechanisms"], tmp_path)
    (folder / "a.csv").rename(folder / "b.csv")
    third = digest(["mechanisms"], tmp_path)
    (folder / "__pycache__").mkdir()
    (folder / "__pycache__" / "b.pyc").write_text("compiled")
    assert len({first, second, third}) == 3
    assert digest(["mechanisms"], tmp_path) == third
