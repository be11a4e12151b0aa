"""``python -m mechanisms`` is the command ``mechanisms``."""

import sys

from mechanisms.exercises.grading.cli import main

if __name__ == "__main__":
    sys.exit(main())
