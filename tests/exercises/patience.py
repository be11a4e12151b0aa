"""Wait for what happens in other processes."""

import time
from collections.abc import Callable


def soon(true: Callable[[], object], seconds: float) -> bool:
    """Whether something becomes true within so many seconds."""
    deadline = time.monotonic() + seconds
    while not true():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True
