"""Hostile code runs only where the grader locks it in."""

import sys

import pytest

from mechanisms.exercises.grading import sandbox


def why_not() -> str:
    """Say why the grader cannot isolate here; an empty text where it can."""
    found = sandbox.isolation()
    return "" if found else "; ".join(f"{how}: {why}" for how, why in found.why_not.items())


def need_isolation() -> None:
    """Skip, visibly, where nothing isolates; on Linux that is a fault of the machine, so fail.

    Otherwise a Linux that lost its namespaces would stay green with the attacks untried.
    """
    if reason := why_not():
        (pytest.fail if sys.platform == "linux" else pytest.skip)(f"no isolation: {reason}")
