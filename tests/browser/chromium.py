"""Find a Chromium for the tests, or install one."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
APPLICATION = "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"
FLAGS = [
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
if hasattr(os, "geteuid") and os.geteuid() == 0:
    FLAGS.append("--no-sandbox")  # Chromium refuses its sandbox to root


def executable() -> str | None:
    """Path of an installed browser: $CHROMIUM, the system's, or Playwright's."""
    candidates = [os.environ.get("CHROMIUM"), *map(shutil.which, NAMES), APPLICATION]
    for candidate in candidates:
        if candidate and Path(candidate).exists():
            return candidate
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        own = playwright.chromium.executable_path
    return own if Path(own).exists() else None


def _install() -> None:
    debian = Path("/etc/os-release")
    is_debian = debian.exists() and "\nID=debian" in "\n" + debian.read_text()
    if is_debian and os.geteuid() == 0:
        subprocess.run(["apt-get", "update", "-qq"], check=False)
        subprocess.run(["apt-get", "install", "-y", "-qq", "chromium"], check=False)
    else:
        subprocess.run([sys.executable, "-m", "playwright", "install", "chromium"], check=False)


def main() -> int:
    """Make sure that there is a browser."""
    if executable() is None:
        print("No Chromium found; installing one for the tests.", flush=True)
        _install()
    if executable() is None:
        print(
            "The tests need Chromium or Chrome. Install one, or set CHROMIUM to its path.",
            file=sys.stderr,
        )
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
