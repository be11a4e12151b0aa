"""Run the comparisons, all or those named, and write the table."""

import importlib
import sys
import traceback

from .table import COMPARISONS, MARKDOWN, Row, write


def main(names: list[str]) -> None:
    """Measure; a rival that cannot run here says why in its row."""
    unknown = [name for name in names if name not in COMPARISONS]
    if unknown:
        sys.exit(f"ONLY must be among {', '.join(COMPARISONS)}, got {' '.join(unknown)!r}")
    failed = [name for name in names or COMPARISONS if not measured(name)]
    print(f"Wrote {MARKDOWN}")
    if failed:
        sys.exit(f"Not measured: {', '.join(failed)}")


def measured(name: str) -> bool:
    """Run a comparison and write its rows, or show what went wrong and keep the earlier ones."""
    rows: list[Row] = []
    try:
        for row in importlib.import_module(f"benchmarks.{name}").rows():
            rows.append(row)
            values = ", ".join(f"{value:.4g}" for value in sorted(row.values))
            print(f"{row.measure} | {row.what} | {row.unit} | {values} | {row.note}", flush=True)
    except Exception:
        traceback.print_exc()
        return False
    write(rows)
    return True


if __name__ == "__main__":
    main(sys.argv[1:])
