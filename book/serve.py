"""Serve the built book on this computer only."""

import functools
import http.server
import os
from pathlib import Path

HTML = Path(__file__).resolve().parents[1] / "_build" / "html"


def main() -> None:
    """Serve until interrupted."""
    port = int(os.environ.get("PORT", "8000"))
    handler = functools.partial(http.server.SimpleHTTPRequestHandler, directory=str(HTML))
    with http.server.ThreadingHTTPServer(("127.0.0.1", port), handler) as server:
        print(f"The book is at http://localhost:{port}/  (stop with Ctrl+C)", flush=True)
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            print()


if __name__ == "__main__":
    main()
