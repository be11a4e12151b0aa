"""Pack the built book into one archive that opens from disk, without a server."""

import sys
import tomllib
import zipfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent / "_ext"))

from fingerprint import ROOT

BUILD = ROOT / "_build"
HTML = BUILD / "html"
NAME = "retuning-the-anxious-brain"
# Only other tools of the build read these.
LEFT_OUT = {".buildinfo", "objects.inv", "reports"}
LONG_AGO = (1980, 1, 1, 0, 0, 0)


def archive_name() -> str:
    """Name the archive after the book and the version of its package."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return f"{NAME}-{project['version']}-offline.zip"


def pack(site: Path, folder: Path) -> Path:
    """Write the archive into `folder`; the same book gives the same bytes."""
    target = folder / archive_name()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(site.rglob("*")):
            inside = path.relative_to(site)
            if path.is_dir() or inside.parts[0] in LEFT_OUT:
                continue
            entry = zipfile.ZipInfo(f"{NAME}/{inside.as_posix()}", LONG_AGO)
            entry.external_attr = 0o644 << 16
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, path.read_bytes())
    return target


if __name__ == "__main__":
    print(f"The book for reading without a connection: {pack(HTML, BUILD)}")
