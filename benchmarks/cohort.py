"""10,000 patients, 12 weeks of daily sertraline with the autoreceptor's feedback.

This book computes one array; the rivals integrate the same equations (`cohort_model`) patient after
patient, and one all patients at once. The error is the largest miss of firing (baseline 1) on any
day of the same patients, against the reference. Fixed steps have no tolerance, so the rivals are
measured twice: at the loosest tolerance whose error is no larger than this book's, and all at one.
Times are processor times; in each round everybody is measured, so that a slow minute of the machine
hits all alike. Who goes patient by patient gets a fresh batch each round, scaled to the cohort.
"""

import time
from collections.abc import Callable, Iterator
from functools import partial
from itertools import cycle

import numpy as np

from mechanisms import population

from .cohort_model import (
    DOSE_MG,
    WEEKS,
    Floats,
    Solver,
    copasi,
    loop,
    reference,
    roadrunner,
    stacked,
)
from .table import Row

COHORT = 10_000
TOLERANCES = tuple(10 ** (-eighth / 8) for eighth in range(40, 73))  # 1e-5 to 1e-9
COMMON = 1e-6
EQUAL_ERROR = f"Processor time for {COHORT:,} patients, error no larger than this book's"
EQUAL_TOLERANCE = f"Processor time for {COHORT:,} patients, rivals at a tolerance of {COMMON:g}"
BOOK = "this book, one array"
# RK45 is what solve_ivp takes if not told otherwise; LSODA was the fastest of its six methods.
LOOPS: dict[str, Callable[[float], Solver]] = {
    "solve_ivp loop, RK45": lambda tolerance: loop("RK45", tolerance),
    "solve_ivp loop, LSODA": lambda tolerance: loop("LSODA", tolerance),
    "libRoadRunner": roadrunner,
    "COPASI": copasi,
}
STACKED: dict[str, Callable[[float], Solver]] = {
    "solve_ivp, all patients one system, RK45": lambda tolerance: stacked("RK45", tolerance),
    "solve_ivp, all patients one system, DOP853": lambda tolerance: stacked("DOP853", tolerance),
}


def seconds(run: Callable[[], object]) -> float:
    start = time.process_time()
    run()
    return time.process_time() - start


def one_by_one(solver: Solver) -> Solver:
    return lambda occupancy: np.array([solver(course) for course in occupancy])


def ready(make: Callable[[float], Solver], tolerance: float) -> Solver:
    """Set a rival up, once and for all its patients."""
    solver = make(tolerance)
    return one_by_one(solver) if make in LOOPS.values() else solver


def rows(checked: int = 100, batch: int = 25, rounds: int = 11) -> Iterator[Row]:
    """Yield processor times, the error of each in the note."""
    people = population.virtual_patients(COHORT, seed=1)
    exact = reference(people, checked)

    def book() -> population.PopulationCourse:
        return population.ssri_course(people, DOSE_MG, WEEKS)

    course = book()
    occupancy = course.occupancy

    def error(firing: Floats) -> float:
        return float(np.abs(firing[:checked] - exact).max())

    ours = error(course.raphe.firing)
    entries: dict[tuple[str, str], tuple[Solver, str]] = {}
    unable: list[Row] = []
    for name, make in (LOOPS | STACKED).items():
        # A stacked system chooses its steps for all of its patients: it must see them all.
        sample = occupancy[:checked] if name in LOOPS else occupancy
        found: dict[float, tuple[Solver, float]] = {}
        reason = f"no tolerance down to {TOLERANCES[-1]:g} gives so small an error"
        for tolerance in TOLERANCES:
            try:
                solver = ready(make, tolerance)
                found[tolerance] = solver, error(solver(sample))
            except (ArithmeticError, ImportError, RuntimeError, ValueError) as problem:
                # A loose tolerance may step to where the equations have no solution.
                reason = f"{type(problem).__name__}: {problem}"[:150]
                continue
            if found[tolerance][1] <= ours and tolerance <= COMMON:
                break
        enough = next((t for t, (_, miss) in found.items() if miss <= ours), None)
        for measure, chosen in ((EQUAL_ERROR, enough), (EQUAL_TOLERANCE, COMMON)):
            if chosen not in found:
                unable.append(Row("cohort", measure, name, "s", note=reason))
                continue
            solver, miss = found[chosen]
            entries[measure, name] = solver, f"tolerance {chosen:.2g}, error {miss:.1e}"

    times: dict[tuple[str, str], list[float]] = {key: [] for key in entries}
    own: list[float] = []
    starts = cycle(range(0, COHORT, batch))
    for _ in range(rounds):
        own.append(seconds(book))
        patients = occupancy[(first := next(starts)) : first + batch]
        for key, (solver, _) in entries.items():
            share = patients if key[1] in LOOPS else occupancy
            taken = seconds(partial(solver, share))
            times[key].append(taken * COHORT / len(share))
    for measure in (EQUAL_ERROR, EQUAL_TOLERANCE):
        yield Row("cohort", measure, BOOK, "s", own, f"fixed steps, error {ours:.1e}")
        for (of, name), (_, note) in entries.items():
            scaled = f", timed on {batch} patients a round" if name in LOOPS else ""
            if of == measure:
                yield Row("cohort", measure, name, "s", times[of, name], note + scaled)
        yield from (row for row in unable if row.measure == measure)
