"""Let Lighthouse judge five pages of the built book, as `make lighthouse` does; needs Node.js.

npx fetches Lighthouse at the version below. The pages come from a server on this machine that does
what a plain static host does: HTTP/1.1 with connections kept, gzip, ten minutes in the cache.
"""

import functools
import gzip
import http.server
import json
import os
import shlex
import statistics
import subprocess
import sys
import threading
from collections.abc import Iterator
from http import HTTPStatus
from pathlib import Path
from typing import Any

from chromium import FLAGS, executable

LIGHTHOUSE = "lighthouse@12.8.2"
HTML = Path(__file__).resolve().parents[2] / "_build" / "html"
PAGES = (
    "book/index.html",
    "notebooks/principles/serotonin.html",
    "notebooks/applications/evidence.html",
    "notebooks/hands_on/kidney.html",
    "book/parameters.html",
)
ROUNDS = 3
FORMS = {"mobile": [], "desktop": ["--preset=desktop"]}
CATEGORIES = ("performance", "accessibility", "best-practices", "seo")
# The first category is measured, the others are counted and have to be full.
FAST_ENOUGH = {"mobile": 65, "desktop": 90}
# Lighthouse pretends a telephone by a fixed factor; a busy or slow computer makes it a slower one.
FAIR_SPEED = 1000
Report = dict[str, Any]


class _StaticHost(http.server.SimpleHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def log_message(self, format: str, *args: object) -> None:
        pass

    def do_GET(self) -> None:
        path = Path(self.translate_path(self.path))
        found = path.is_file()
        body = _packed(path) if found else b""
        self.send_response(HTTPStatus.OK if found else HTTPStatus.NOT_FOUND)
        if found:
            self.send_header("Content-Type", self.guess_type(path))
            self.send_header("Content-Encoding", "gzip")
            self.send_header("Cache-Control", "max-age=600")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


@functools.cache
def _packed(path: Path) -> bytes:
    return gzip.compress(path.read_bytes(), 6)


def measure(address: str, form: str) -> Report:
    """Run Lighthouse once, in a browser of its own with an empty cache."""
    command = ["npx", "--yes", "--prefer-offline", LIGHTHOUSE, address, *FORMS[form], "--quiet"]
    command += ["--output=json", "--no-enable-error-reporting"]
    command += [f"--chrome-flags={shlex.join(['--headless=new', *FLAGS])}"]
    environment = {**os.environ, "CHROME_PATH": executable() or ""}
    ran = subprocess.run(command, env=environment, stdout=subprocess.PIPE, check=True)
    report: Report = json.loads(ran.stdout)
    return report


def points(report: Report, category: str) -> float:
    """Points of a category, out of 100."""
    return 100 * float(report["categories"][category]["score"] or 0)


def losses(report: Report) -> Iterator[str]:
    """Name each audit that costs a tenth of a point or more, and what it found."""
    for category in CATEGORIES:
        parts = report["categories"][category]["auditRefs"]
        whole = sum(part["weight"] for part in parts)
        for part in parts:
            audit = report["audits"][part["id"]]
            lost = 100 * part["weight"] / whole * (1 - (audit["score"] or 0))
            if audit["score"] is not None and lost >= 0.1:
                items = audit.get("details", {}).get("items", [])
                nodes = [item["node"]["snippet"] for item in items if "node" in item]
                said = "; ".join([audit["title"], audit.get("displayValue", ""), *nodes[:3]])
                yield f"{category} -{lost:.1f}: {said}"


def main() -> int:
    """Print the table and the reasons; fail where less is reached than is accepted."""
    reasons, below = [], 0
    print(*(f"{title:>14}" for title in ("", *CATEGORIES, "machine")), "  page", flush=True)
    handler = functools.partial(_StaticHost, directory=str(HTML))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        for page, form in ((page, form) for page in PAGES for form in FORMS):
            address = f"http://localhost:{server.server_port}/{page}"
            runs = [measure(address, form) for _ in range(ROUNDS)]
            runs.sort(key=lambda run: points(run, "performance"))
            found = [points(runs[ROUNDS // 2], category) for category in CATEGORIES]
            speed = statistics.median(run["environment"]["benchmarkIndex"] for run in runs)
            print(f"{form:>14}", *(f"{n:14.0f}" for n in (*found, speed)), "  " + page, flush=True)
            below += min(found[1:]) < 100
            below += speed >= FAIR_SPEED and found[0] < FAST_ENOUGH[form]
            reasons += [f"{page}, {form}: {reason}" for reason in losses(runs[ROUNDS // 2])]
        server.shutdown()
    print(*reasons or ["No audit costs a point."], sep="\n")
    return 1 if below else 0


if __name__ == "__main__":
    sys.exit(main())
