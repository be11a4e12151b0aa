"""The cohort's model as its rivals take it: equations, reference, and one function per rival.

A day's doses lead to occupancy O, joined by straight lines from day to day. Sensitivity S follows

    dS/dt = (S_inf(e) - S)/tau,    rho(O) e = phi + (1 - phi) (1 + A^2)/(1 + S A^2 e^2),

where somatic serotonin e is settled at every moment. That is an algebraic equation, which SciPy's
integrators have no place for, libRoadRunner refuses and COPASI ignores. The rivals get its solution
instead: with a Hill coefficient of 2, the real root of a cubic. Nothing else that was tried served
them better. Newton's method inside the equations is slower in SciPy, and libRoadRunner, which
writes out each rule wherever it is used, did not get it compiled. The equation differentiated, with
e as the state, is several times slower at the same error: kinks in O become jumps in the slope, and
an error in e stays. A fast equation for e would be stiff and only nearly settled. Occupancies are
handed to all rivals ready made; only this book's time includes them.
"""

import math
from collections.abc import Callable
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from scipy.integrate import solve_ivp
from scipy.linalg import expm
from scipy.optimize import brentq

from mechanisms import dosing, drugs, population
from mechanisms.drugs import constant

DOSE_MG, WEEKS = 50.0, 12
DAYS = 7 * WEEKS
Floats = NDArray[np.float64]
# Occupancy on days 0 to 84, one patient in a row, gives firing at the same times.
Solver = Callable[[Floats], Floats]
Method = Literal["DOP853", "LSODA", "RK45"]

RAPHE = {
    symbol: float(constant(f"raphe.{name}"))
    for symbol, name in {
        "gain": "autoreceptor_gain",
        "hill": "hill",
        "floor": "firing_floor",
        "phi": "firing_independent_release",
        "other": "non_sert_clearance",
        "tau": "desensitisation_time_d",
        "least": "sensitivity_floor",
        "half": "desensitisation_half_excess",
        "n": "desensitisation_hill",
    }.items()
}
if RAPHE["hill"] != 2 or RAPHE["floor"] != 0 or RAPHE["n"] != 4:
    raise ValueError("the rivals' equations are written for powers of 2 and 4 and no floor")
TAU, HALF, LOSS = RAPHE["tau"], RAPHE["half"], 1 - RAPHE["least"]
RESTING = RAPHE["gain"] ** 2
# rho = 1 - O CLEARED; a third of phi and half of the release at full firing, as the cubic has them
CLEARED, THIRD = 1 / (1 + RAPHE["other"]), RAPHE["phi"] / 3
SUPPLY = (RAPHE["phi"] + (1 - RAPHE["phi"]) * (1 + RESTING)) / 2


def reference(people: population.VirtualPatients, patients: int) -> Floats:
    """Return the firing of the first patients at a tolerance of 1e-10.

    Nothing here is shared with the other calculations but the constants and the doses taken: levels
    by a matrix exponential, serotonin by bisection of its equation, sensitivity day by day.
    """
    drug = drugs.get("sertraline")
    typical = 1000 / 24 / float(drug.parameter("level_per_mg_ng_mL"))
    k = math.log(2) / float(drug.parameter("half_life_h"))
    ka = float(dosing.absorption_rate(float(drug.parameter("tmax_h")), k))
    clearance = typical * people.relative_clearance(float(constant("cyp2c19.fm_sertraline")))
    volume = typical / k * people.volume_factor
    persistence = constant("population.missed_dose_persistence").fraction
    doses = DOSE_MG * dosing.doses_missed(people.adherence, DAYS, people.seed + 1, persistence)
    nM = drug.fu.fraction * 1e6 / float(drug.molar_mass)
    kd = float(drugs.affinity("sertraline", "SERT"))
    gain, hill, phi, other = (RAPHE[name] for name in ("gain", "hill", "phi", "other"))

    def firing(e: float, s: float) -> float:
        return float((1 + gain**hill) / (1 + s * (gain * e) ** hill))

    def serotonin(s: float, o: float) -> float:
        rho = (1 - o + other) / (1 + other)
        balance = lambda e: rho * e - phi - (1 - phi) * firing(e, s)  # noqa: E731
        return float(brentq(balance, 1e-3, 1e3, xtol=1e-13, rtol=1e-14))

    found = np.ones((patients, DAYS + 1))
    for i in range(patients):
        out = clearance[i] / volume[i]
        # gut (mg), body (mg) and area under the concentration (mg h/L) over a day
        day = expm(24 * np.array([[-ka, 0, 0], [ka, -out, 0], [0, 1 / volume[i], 0]]))
        amounts, s, before = np.zeros(3), 1.0, 0.0
        for j in range(DAYS):
            amounts = day @ [amounts[0] + doses[i, j], amounts[1], 0]
            free = nM * amounts[2] / 24
            after = free / (free + kd)

            def slope(t: float, state: Floats, o: float = before, rise: float = after - before
                      ) -> list[float]:  # fmt: skip
                e = serotonin(state[0], o + rise * t)
                excess = (max(e - 1, 0) / HALF) ** RAPHE["n"]
                return [(1 - LOSS * excess / (1 + excess) - state[0]) / TAU]

            s = solve_ivp(slope, (0, 1), [s], "DOP853", rtol=1e-10, atol=1e-10).y[0, -1]
            found[i, j + 1] = firing(serotonin(s, after), s)
            before = after
    return found


def change(s: Any, o: Any, maths: Any) -> tuple[Any, Any]:
    """Return dS/dt and firing, of numbers with `math` and of arrays with `numpy`."""
    rho, strength = 1 - o * CLEARED, s * RESTING
    m = THIRD / rho
    p = 1 / strength - 3 * m * m
    q = m * (m * m - 0.5 / strength) + SUPPLY / (rho * strength)
    u = maths.cbrt(q + maths.sqrt(q * q + p * p * p / 27))
    e = m + u - p / (3 * u)
    # No excess is negative while nothing but occupancy acts.
    square = ((e - 1) / HALF) * ((e - 1) / HALF)
    excess = square * square
    return (
        (1 - LOSS * excess / (1 + excess) - s) / TAU,
        (1 + RESTING) / (1 + strength * e * e),
    )


def loop(method: Method, tolerance: float) -> Solver:
    """Integrate patient after patient with SciPy, in plain floats: arrays of one are slower."""

    def run(occupancy: Floats) -> Floats:
        levels = occupancy.tolist()

        def slope(t: float, state: Floats) -> list[float]:
            day = min(int(t), DAYS - 1)
            o = levels[day] + (levels[day + 1] - levels[day]) * (t - day)
            return [change(float(state[0]), o, math)[0]]

        # A step of days would pass over doses unseen. Starting anew at each kink allows for a
        # looser tolerance, but takes longer: RK45 1.4 times, LSODA 1.7 times.
        s = solve_ivp(
            slope, (0, DAYS), [1.0], method, np.arange(DAYS + 1.0),
            rtol=tolerance, atol=tolerance, max_step=1.0,
        ).y[0]  # fmt: skip
        return np.asarray(change(s, occupancy, np)[1])

    return run


def stacked(method: Method, tolerance: float) -> Solver:
    """Integrate all patients as one system with SciPy, restarted at the kinks of each day."""

    def run(occupancy: Floats) -> Floats:
        levels = np.ascontiguousarray(occupancy.T)
        s = np.ones_like(levels)
        for day in range(DAYS):
            before, rise = levels[day], levels[day + 1] - levels[day]
            s[day + 1] = solve_ivp(
                lambda t, s, o=before, rise=rise: change(s, o + rise * t, np)[0],
                (0, 1), s[day], method, rtol=tolerance, atol=tolerance,
            ).y[:, -1]  # fmt: skip
        return np.asarray(change(s, levels, np)[1]).T

    return run


# Antimony, the text form of SBML. One event that sets itself up again is half the work of 84. An
# engine looks beyond the end of a day before it finds the event: occupancy must not leave 0 to 1.
MODEL = """
w := time - day
o := last + (next - last)*(w + 1 - abs(w - 1))/2
rho := 1 - o*cleared
strength := s*resting
m := third/rho
p := 1/strength - 3*m*m
q := m*(m*m - 0.5/strength) + supply/(rho*strength)
u := (q + sqrt(q*q + p*p*p/27))^(1/3)
e := m + u - p/(3*u)
excess := ((e - 1)/half)^4
firing := (1 + resting)/(1 + strength*e*e)
s' = (1 - loss*excess/(1 + excess) - s)/tau
s = 1
"""


def _sbml() -> str:
    import antimony

    def pick(low: int, high: int) -> str:
        """Return the occupancy at the end of the coming day, by halving."""
        if high - low == 1:
            return f"o{low + 1}"
        middle = (low + high) // 2
        return f"piecewise({pick(low, middle)}, time < {middle - 0.5}, {pick(middle, high)})"

    values = {"tau": TAU, "half": HALF, "loss": LOSS, "resting": RESTING,
              "cleared": CLEARED, "third": THIRD, "supply": SUPPLY,
              **dict.fromkeys(["day", "last", "next", *_days()], 0.0)}  # fmt: skip
    event = f"at (time >= day + 1): day = day + 1, last = next, next = {pick(0, DAYS)}"
    lines = [MODEL, event, *(f"{name} = {value!r}" for name, value in values.items())]
    if antimony.loadAntimonyString("\n".join(["model sertraline", *lines, "end"])) < 0:
        raise RuntimeError(antimony.getLastError())
    return str(antimony.getSBMLString("sertraline"))


def _days() -> list[str]:
    return [f"o{day}" for day in range(1, DAYS + 1)]


def roadrunner(tolerance: float) -> Solver:
    from roadrunner import RoadRunner

    engine = RoadRunner(_sbml())
    engine.selections = ["firing"]
    engine.integrator.relative_tolerance = engine.integrator.absolute_tolerance = tolerance
    # Nothing is stiff: Adams' method needs fewer steps than the one it takes if not told otherwise.
    engine.integrator.stiff = False
    names = engine.model.getGlobalParameterIds()
    places = [names.index(name) for name in ["next", *_days()]]

    def run(occupancy: Floats) -> Floats:
        engine.resetAll()
        engine.model.setGlobalParameterValues(places, [occupancy[1], *occupancy[1:]])
        return np.asarray(engine.simulate(0, DAYS, DAYS + 1)).ravel()

    return run


def copasi(tolerance: float) -> Solver:
    """Set up with basico, run on COPASI's own objects: data frames would cost more than solving."""
    import basico
    import COPASI

    data = basico.load_model_from_string(_sbml())
    basico.set_task_settings("Time-Course", {
        "problem": {"StepNumber": DAYS, "Duration": DAYS},
        # Without a limit it steps over the first dose where the day before was without one.
        "method": {"Relative Tolerance": tolerance, "Absolute Tolerance": tolerance,
                   "Max Internal Step Size": 1.0},
    })  # fmt: skip
    model, task = data.getModel(), data.getTask("Time-Course")
    quantities = {q.getObjectName(): q for q in map(model.getModelValue,
                                                    range(model.getNumModelValues()))}  # fmt: skip
    inputs = [quantities[name] for name in ["next", *_days()]]
    changed = COPASI.ObjectStdVector()
    for quantity in inputs:
        changed.append(quantity.getInitialValueReference())

    def run(occupancy: Floats) -> Floats:
        for quantity, value in zip(inputs, [occupancy[1], *occupancy[1:]], strict=True):
            quantity.setInitialValue(float(value))
        model.updateInitialValues(changed)
        task.initializeRaw(COPASI.CCopasiTask.OUTPUT_UI)
        if not task.processRaw(True):
            raise RuntimeError(COPASI.CCopasiMessage.getLastMessage().getText())
        series = task.getTimeSeries()
        titles = [series.getTitle(i) for i in range(series.getNumVariables())]
        column = titles.index("Values[firing]")
        return np.array([series.getData(i, column) for i in range(DAYS + 1)])

    return run
