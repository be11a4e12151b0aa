"""Reading the tables without the code that the book reads them with."""

import csv
from functools import cache
from pathlib import Path

DATA = Path(__file__).resolve().parents[2] / "mechanisms" / "data"
NUMBER_COLUMNS = {"value", "unit", "grade"}

Row = dict[str, str]


@cache
def rows(name: str) -> list[Row]:
    with (DATA / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def all_tables() -> list[str]:
    return sorted(path.name for path in DATA.glob("*.csv"))


def tables_of_numbers() -> list[str]:
    return [name for name in all_tables() if set(rows(name)[0]) >= NUMBER_COLUMNS]


def sources(row: Row) -> list[str]:
    return [key.strip() for key in row["source"].split(";") if key.strip()]
