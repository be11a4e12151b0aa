"""Film a figure of the built book for the README: a knob is moved, and the curves follow."""

import io
import sys
from pathlib import Path
from typing import Any

from PIL import Image
from playwright.sync_api import ViewportSize, sync_playwright

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "_build" / "html" / "notebooks" / "principles" / "serotonin.html"
TARGET = ROOT / "book" / "readme.webp"
FIGURE = "serotonin-brake"
KNOB = "tau_days"
# From the default to both ends and back. It plays once, in under five seconds, so that nobody needs
# a button to stop it.
VALUES = [10, 8, 6.5, 5, 4, 3, *range(3, 31, 2), 30, 30, 26, 22, 18, 15, 12, 10, 10]
FRAME_MS = 160
SIZE: ViewportSize = {"width": 1180, "height": 860}


def frames(site_page: Path = PAGE) -> list[Image.Image]:
    """Take one picture of the window for each value of the knob."""
    sys.path.insert(0, str(ROOT / "tests" / "browser"))
    from chromium import FLAGS, executable

    taken = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable(), args=FLAGS)
        page = browser.new_page(viewport=SIZE, color_scheme="light", reduced_motion="reduce")
        page.goto(site_page.as_uri())
        figure = page.locator(f"#fig-{FIGURE}[data-ready]")
        figure.get_by_role("button", name="Skip").click()
        top = figure.evaluate("(node) => node.getBoundingClientRect().top + scrollY")
        page.evaluate("(y) => scrollTo(0, y)", top - 70)
        for value in VALUES:
            figure.evaluate("(node, values) => node.live.set(values)", {KNOB: value})
            page.wait_for_timeout(60)
            taken.append(Image.open(io.BytesIO(page.screenshot())).convert("RGB"))
        browser.close()
    return taken


def main() -> None:
    """Write the film next to the book."""
    first, *rest = frames()
    film: dict[str, Any] = {
        "save_all": True,
        "append_images": rest,
        "duration": FRAME_MS,
        "loop": 1,
    }
    first.save(TARGET, lossless=True, method=6, minimize_size=True, **film)
    print(f"{TARGET.stat().st_size / 1024:.0f} KB: {TARGET}")


if __name__ == "__main__":
    main()
