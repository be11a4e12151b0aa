"""What a wheel says about itself, in the words of Pyodide's lock file."""

import hashlib
import zipfile
from email.parser import HeaderParser
from pathlib import Path
from typing import Any

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

# Where the wheels run; what is needed only elsewhere (pexpect, colorama ...) is no dependency.
BROWSER = {"sys_platform": "emscripten", "platform_system": "Emscripten", "os_name": "posix",
           "python_version": "3.14", "python_full_version": "3.14.0", "platform_machine": "wasm32",
           "implementation_name": "cpython", "platform_python_implementation": "CPython",
           "extra": ""}  # fmt: skip


def sha256(path: Path) -> str:
    """Hash of a file, in hexadecimal digits."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _imports(members: list[str]) -> list[str]:
    tops = {name.split("/")[0].removesuffix(".py") for name in members if name.endswith(".py")}
    return sorted(name for name in tops if name.isidentifier() and not name.startswith("_"))


def entry(wheel: Path) -> tuple[str, dict[str, Any]]:
    """Name of the package and its entry in the lock file."""
    with zipfile.ZipFile(wheel) as archive:
        members = archive.namelist()
        metadata = next(name for name in members if name.endswith(".dist-info/METADATA"))
        header = HeaderParser().parsestr(archive.read(metadata).decode("utf-8"))
    needed = [Requirement(line) for line in header.get_all("Requires-Dist", [])]
    return canonicalize_name(header["Name"]), {
        "name": header["Name"],
        "version": header["Version"],
        "file_name": wheel.name,
        "install_dir": "site",
        "sha256": sha256(wheel),
        "package_type": "package",
        "imports": _imports(members),
        "depends": [
            canonicalize_name(item.name)
            for item in needed
            if item.marker is None or item.marker.evaluate(BROWSER)
        ],
        "unvendored_tests": False,
    }
