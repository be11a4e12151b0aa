"""Exercises on weak kidneys: filtration, half-life, accumulation, dose, and missed doses."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mechanisms import clearance, drugs, pharmacokinetics
from mechanisms.dosing import absorption_rate

from ..draw import Draw
from ..item import item
from ..questions import Choice, Code, Misconception, Numeric, Setting

PAGE = "hands_on/kidney"
KIDNEY = "applications/pharmacokinetics#kidneys-and-pregabalin"
COURSE = "applications/pharmacokinetics#building-up-half-life-steady-state-accumulation"
MISSED = "applications/pharmacokinetics#missed-doses-and-stopping"

USUAL_MG = 300.0
DAYS = 7


def _pregabalin(name: str) -> float:
    return float(drugs.get("pregabalin").parameter(name))


def _reference() -> float:
    return float(drugs.constant("reference.creatinine_clearance_mL_min"))


def levels(
    t_h: ArrayLike, clcr_mL_min: float, dose_mg: float, interval_h: float
) -> NDArray[np.float64]:
    """Pregabalin in plasma (mg/L) from the first dose on."""
    oral = clearance.renal_clearance(clcr_mL_min)
    volume = _pregabalin("oral_volume_L")
    ka = absorption_rate(_pregabalin("tmax_h"), oral / volume)
    course = pharmacokinetics.repeated_doses(t_h, dose_mg, interval_h, np.inf, ka, oral, volume)
    return np.asarray(course.ng_per_mL / 1000)


def course(clcr_mL_min: float, dose_mg: float, interval_h: float) -> Mapping[str, float]:
    """Readouts of the figure `ex-kidney-course`."""
    oral = clearance.renal_clearance(clcr_mL_min)
    half_life = float(pharmacokinetics.half_life(oral, _pregabalin("oral_volume_L")))
    settled = pharmacokinetics.average_concentration(dose_mg, interval_h, oral)
    return {
        "Half-life": half_life,
        "90 % of the way after": half_life * float(np.log2(10)) / 24,
        "Settled average": float(settled) / 1000,
        "A day": dose_mg * 24 / interval_h,
    }


def _who(draw: Draw) -> tuple[int, int, float, bool]:
    """Age, weight, creatinine and sex of an older patient."""
    return (
        draw.pick("age (years)", [66, 69, 72, 75, 78, 81]),
        draw.pick("weight (kg)", [48, 52, 56, 60, 64, 70]),
        draw.pick("creatinine (mg/dL)", [1.3, 1.4, 1.5, 1.6, 1.8, 2.0]),
        draw.pick("woman", [True, True, False]),
    )


def _known(age: int, weight: int, creatinine: float, woman: bool) -> dict[str, str]:
    return {
        "Age and sex": f"{age} years, {'woman' if woman else 'man'}",
        "Weight": f"{weight} kg",
        "Creatinine": f"{creatinine:g} mg/dL",
    }


_GAULT = "Cockcroft and Gault: (140 − age) × weight / (72 × creatinine), for women times 0.85."


@item("kidney-cockcroft", "A creatinine that is “slightly raised”", page=PAGE, section=KIDNEY)
def cockcroft(draw: Draw) -> Numeric:
    """Creatinine clearance by Cockcroft and Gault."""
    age, weight, creatinine, woman = _who(draw)
    key = float(clearance.creatinine_clearance(age, weight, creatinine, woman))
    other_sex = float(clearance.creatinine_clearance(age, weight, creatinine, not woman))
    return Numeric(
        prompt="The laboratory marks the creatinine of this patient as slightly raised. What is "
        "the creatinine clearance?",
        given=_known(age, weight, creatinine, woman),
        key=key,
        unit="mL/min",
        misconceptions=(
            Misconception(
                other_sex,
                "That is right for the other sex. Who carries less muscle, and so makes less "
                "creatinine, at the same weight?",
            ),
            Misconception(
                100 / creatinine,
                "You divided 100 by the creatinine, as if it told the whole story. What do age and "
                "weight say about how much creatinine is made?",
            ),
            Misconception(
                key * creatinine,
                "That number would not change with creatinine at all. Where does it stand in the "
                "formula?",
            ),
        ),
        solution=f"{_GAULT}\n"
        f"(140 − {age}) × {weight} = {(140 - age) * weight}.\n"
        f"72 × {creatinine:g} = {72 * creatinine:.1f}; the quotient is "
        f"{(140 - age) * weight / (72 * creatinine):.1f}.\n"
        + (f"Times 0.85: {key:.0f} mL/min.\n" if woman else f"So {key:.0f} mL/min.\n")
        + f"A young adult has about {_reference():.0f}: this is no slight matter.",
    )


@item("kidney-half-life", "How long does it stay?", page=PAGE, section=KIDNEY)
def stay(draw: Draw) -> Numeric:
    """Half-life of pregabalin from creatinine clearance."""
    clcr = draw.pick("creatinine clearance (mL/min)", [16, 18, 20, 22, 25, 28, 32, 36, 40, 45, 50])
    volume = draw.pick("volume (L)", [30, 32, 34, 37, 40, 42, 44])
    ratio = _pregabalin("oral_clearance_per_clcr")
    oral = float(clearance.renal_clearance(clcr))
    key = float(pharmacokinetics.half_life(oral, volume))
    return Numeric(
        prompt="Pregabalin leaves by the kidneys alone; its clearance is a fixed part of the "
        "creatinine clearance. What is its half-life in this patient?",
        given={
            "Creatinine clearance": f"{clcr} mL/min",
            "Clearance of pregabalin": f"{ratio:g} times creatinine clearance",
            "Volume of distribution": f"{volume} L",
            "Units": "1 mL/min is 0.06 L/h",
        },
        key=key,
        unit="h",
        misconceptions=(
            Misconception(
                float(volume / oral),
                "That is the mean time a molecule stays, volume over clearance. Which factor turns "
                "it into the time to halve?",
            ),
            Misconception(
                float(pharmacokinetics.half_life(oral / ratio, volume)),
                "You let pregabalin leave as fast as creatinine. What part of the filtered drug "
                "comes back?",
            ),
            Misconception(
                _pregabalin("half_life_h"),
                "That is the label's half-life for healthy kidneys. What happens to it when the "
                "clearance falls and the volume stays?",
            ),
        ),
        solution=f"Clearance: {ratio:g} × {clcr} = {ratio * clcr:.1f} mL/min, times 0.06 makes "
        f"{oral:.2f} L/h.\n"
        f"Half-life: ln 2 × volume / clearance = 0.693 × {volume} / {oral:.2f} = {key:.1f} h.\n"
        f"With healthy kidneys it is about {_pregabalin('half_life_h'):g} h.\n"
        "A longer half-life means a later steady state as well as a higher one.",
    )


@item("kidney-accumulation", "Piling up", page=PAGE, section=COURSE)
def accumulation(draw: Draw) -> Numeric:
    """Settled level over the level of the first interval."""
    half_life = draw.pick(
        "half-life (h)",
        [13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 25, 26, 27, 28, 30, 32, 33, 35, 36, 40],
    )
    interval = draw.pick("interval (h)", [8, 12, 24])
    key = float(pharmacokinetics.accumulation_ratio(half_life, interval))
    share = 2 ** (-interval / half_life)
    return Numeric(
        prompt=f"In this patient pregabalin has a half-life of {half_life} h. It is taken every "
        f"{interval} h, always the same dose. How many times the average of the first interval is "
        "the average once the level has settled?",
        given={"Half-life": f"{half_life} h", "Interval": f"{interval} h"},
        key=key,
        unit="",
        misconceptions=(
            Misconception(
                half_life / interval,
                "You let the drug leave in a straight line. Is the same amount lost in each hour, "
                "or the same share?",
            ),
            Misconception(
                1 + share,
                "You added what is left of the last dose and stopped. What is left of the ones "
                "before it?",
            ),
            Misconception(
                1 - share,
                "That is the part that leaves in one interval. How does it relate to what has to "
                "be there so that a whole dose leaves?",
            ),
        ),
        solution=f"After one interval 2^(−{interval}/{half_life}) = {share:.3f} of the drug is "
        "left.\n"
        f"At steady state each interval loses exactly one dose, so 1 − {share:.3f} = "
        f"{1 - share:.3f} of what is there equals one dose.\n"
        f"What is there is 1 / {1 - share:.3f} = {key:.2f} doses.\n"
        "The size of the dose does not enter: double it and both levels double.",
    )


@item("kidney-dose", "A dose for these kidneys", page=PAGE, section=KIDNEY, points=3)
def dose(draw: Draw) -> Setting:
    """Find the kidney and the dose that gives the usual average level."""
    age, weight, creatinine, woman = _who(draw)
    interval = draw.pick("interval (h)", [12, 24])
    clcr = float(clearance.creatinine_clearance(age, weight, creatinine, woman))
    other_sex = float(clearance.creatinine_clearance(age, weight, creatinine, not woman))
    daily = float(clearance.renal_dose(USUAL_MG, clcr))
    usual = course(_reference(), USUAL_MG, 24.0)["Settled average"]
    right = round(daily * interval / 24)
    like = {"clcr_mL_min": float(round(clcr, 1)), "interval_h": interval}

    def average(clcr: float, daily_mg: float) -> tuple[float, float]:
        level = course(clcr, daily_mg, 24.0)["Settled average"]
        return 0.96 * level, 1.04 * level

    def each(daily_mg: float) -> float:
        return float(round(daily_mg * interval / 24))

    here = (0.96 * clcr, 1.04 * clcr)
    wrong_daily = float(clearance.renal_dose(USUAL_MG, other_sex))
    return Setting(
        prompt="Work out this patient's creatinine clearance and set the figure to it. Then find "
        f"the dose every {interval} hours that settles at the usual average level: the {usual:.2f} "
        f"mg/L that {USUAL_MG:g} mg a day give at {_reference():g} mL/min, within 5 %. This is "
        "arithmetic on one formula, not the label's dose table.",
        given={
            **_known(age, weight, creatinine, woman),
            "Interval": f"{interval} h",
        },
        figure="ex-kidney-course",
        model=course,
        goal={
            "clcr_mL_min": here,
            "Settled average": (0.95 * usual, 1.05 * usual),
            "interval_h": (interval, interval),
        },
        example={**like, "dose_mg": float(right)},
        misconceptions=(
            Misconception(
                {**like, "clcr_mL_min": float(round(other_sex, 1)), "dose_mg": each(wrong_daily)},
                "That kidney belongs to somebody of the other sex. What is the factor 0.85 for?",
                where={"clcr_mL_min": (0.96 * other_sex, 1.04 * other_sex)},
            ),
            Misconception(
                {**like, "dose_mg": each(USUAL_MG)},
                "The kidney is right, the dose is the usual one. Where does the level settle when "
                "less leaves each hour?",
                where={"clcr_mL_min": here, "Settled average": average(clcr, USUAL_MG)},
            ),
            Misconception(
                {**like, "dose_mg": each(USUAL_MG / creatinine)},
                "You divided the dose by the creatinine. Age and weight have lowered the clearance "
                "as well. By how much has the clearance fallen in all?",
                where={
                    "clcr_mL_min": here,
                    "Settled average": average(clcr, USUAL_MG / creatinine),
                },
            ),
            Misconception(
                {**like, "dose_mg": each(daily), "interval_h": 36 - interval},
                "Look at the interval. Which one does the task give?",
                where={"interval_h": (36 - interval, 36 - interval)},
            ),
        ),
        solution=f"{_GAULT}\n"
        f"(140 − {age}) × {weight} / (72 × {creatinine:g})"
        + (" × 0.85" if woman else "")
        + f" = {clcr:.0f} mL/min.\n"
        f"Clearance is {clcr / _reference():.2f} of that at {_reference():g} mL/min, so the dose "
        f"is {clcr / _reference():.2f} × {USUAL_MG:g} = {daily:.0f} mg a day.\n"
        f"Every {interval} h: {daily * interval / 24:.0f} mg.\n"
        f"The half-life is {course(clcr, daily, 24)['Half-life']:.0f} h, so the new dose shows its "
        f"level only after about {course(clcr, daily, 24)['90 % of the way after']:.1f} days.",
    )


_SMALL = [
    "81 years, 47 kg, a woman, creatinine 1.1 mg/dL",
    "79 years, 50 kg, a woman, creatinine 1.2 mg/dL",
    "84 years, 52 kg, a woman, creatinine 1.2 mg/dL",
]
_STRONG = [
    "31 years, 96 kg, a man, creatinine 1.5 mg/dL",
    "28 years, 88 kg, a man, creatinine 1.4 mg/dL",
    "35 years, 101 kg, a man, creatinine 1.6 mg/dL",
]
_MIDDLE = [
    "52 years, 70 kg, a woman, creatinine 0.8 mg/dL",
    "47 years, 64 kg, a woman, creatinine 0.7 mg/dL",
    "56 years, 78 kg, a man, creatinine 0.9 mg/dL",
]


def _parts(text: str) -> tuple[float, float, float, bool]:
    """Age, weight, creatinine and sex in a description."""
    age, weight, sex, creatinine = text.split(", ")
    number = [float(part.split()[i]) for part, i in ((age, 0), (weight, 0), (creatinine, 1))]
    return number[0], number[1], number[2], sex == "a woman"


@item("kidney-which", "Three patients, one drug", page=PAGE, section=KIDNEY)
def which(draw: Draw) -> Choice:
    """Find the patient with the highest level."""
    people = {
        draw.pick("first", _SMALL): draw.pick("first dose (mg)", [75, 75, 225, 300]),
        draw.pick("second", _STRONG): draw.pick("second dose (mg)", [300, 600]),
        draw.pick("third", _MIDDLE): draw.pick("third dose (mg)", [150, 450]),
    }
    clcr = {who: float(clearance.creatinine_clearance(*_parts(who))) for who in people}
    level = {who: course(clcr[who], people[who], 24.0)["Settled average"] for who in people}
    text = {who: f"{who}: {people[who]} mg a day" for who in people}
    top = max(level, key=lambda who: level[who])
    creatinine = max(people, key=lambda who: _parts(who)[2])

    def ask(who: str) -> str:
        if who == creatinine:
            return (
                "The creatinine is the highest of the three. But how much creatinine does a body "
                "of that age and weight make?"
            )
        if people[who] == max(people.values()):
            return (
                "Nobody takes more. But what does this body remove in an hour? Divide the dose by "
                "the clearance."
            )
        return (
            "Work out the creatinine clearance of all three and divide each dose by it. Where does "
            "the quotient come out highest?"
        )

    return Choice.of(
        draw,
        prompt="Three invented patients take pregabalin. In whom does the average level settle "
        "highest?",
        key=text[top],
        wrong=[(text[who], ask(who)) for who in people if who != top],
        solution="The settled average is the daily dose over the clearance, and the clearance goes "
        "with creatinine clearance.\n"
        + "\n".join(
            f"{who.split(',')[0]}: {clcr[who]:.0f} mL/min, so {people[who]} mg a day settle at "
            f"{level[who]:.1f} mg/L."
            for who in people
        )
        + "\nNeither the creatinine nor the dose alone tells the order.",
    )


_STARTER = '''\
def troughs(doses_mg, half_life_h, interval_h, volume_L):
    """Level (mg/L) at the end of each interval, just before the next dose.

    doses_mg: list of the doses at the start of each interval; 0 where one was missed
    half_life_h, interval_h: half-life and interval in hours
    volume_L: volume of distribution; each dose is absorbed at once and completely
    """
    ...
    return levels
'''


def _troughs(
    doses_mg: Sequence[float], half_life_h: float, interval_h: float, volume_L: float
) -> list[float]:
    """Level at the end of each interval when absorption takes no time."""
    ends = interval_h * np.arange(1, len(doses_mg) + 1)
    at_once = 1e5 / interval_h
    found = pharmacokinetics.dose_history(
        ends,
        ends - interval_h,
        np.asarray(doses_mg, dtype=np.float64),
        at_once,
        np.log(2) * volume_L / half_life_h,
        volume_L,
    )
    return [float(level) / 1000 for level in found.ng_per_mL]


def _alone(doses: Sequence[float], half: float, interval: float, volume: float) -> list[float]:
    return [dose / volume * 2 ** (-interval / half) for dose in doses]


def _peaks(doses: Sequence[float], half: float, interval: float, volume: float) -> list[float]:
    keep = 2 ** (interval / half)
    return [level * keep for level in _troughs(doses, half, interval, volume)]


def _frozen(doses: Sequence[float], half: float, interval: float, volume: float) -> list[float]:
    levels, now = [], 0.0
    for dose in doses:
        now = (now + dose / volume) * 2 ** (-interval / half) if dose else now
        levels.append(now)
    return levels


@item("kidney-missed", "A forgotten capsule", page=PAGE, section=MISSED, points=3)
def missed(draw: Draw) -> Code:
    """Write the level from dose to dose, with gaps."""
    half = draw.pick("half-life (h)", [18, 22, 25, 30])
    dose_mg = draw.pick("dose (mg)", [50, 75, 100, 150])
    gap = draw.pick("missed", [2, 3, 4])
    doses = [float(dose_mg)] * 6
    doses[gap] = 0.0
    shown = _troughs(doses[:2], half, 12, 37)
    return Code(
        prompt="With weak kidneys a forgotten capsule costs less than one would think. Write "
        "troughs(doses_mg, half_life_h, interval_h, volume_L): the level just before each next "
        "dose, for any list of doses, with 0 for a missed one. Absorption is taken as immediate "
        f"and complete. For two doses of {dose_mg} mg, a half-life of {half} h, an interval of 12 "
        f"h and 37 L it returns {shown[0]:.3f} and {shown[1]:.3f}.",
        function="troughs",
        starter=_STARTER,
        reference=_troughs,
        cases=(
            (doses[:2], half, 12, 37),
            (doses, half, 12, 37),
            ([300.0, 0.0, 0.0], 6.3, 24, 37),
            ([100.0, 50.0, 0.0, 150.0], draw.pick("second half-life (h)", [8, 12, 40]), 8, 30),
        ),
        misconceptions=(
            Misconception(
                _alone,
                "Each dose stands alone in your list. What is still there from the doses before?",
            ),
            Misconception(
                _peaks,
                "These are the levels right after a dose. How long is it until the next one?",
            ),
            Misconception(
                _frozen,
                "Where a dose is missed your level stays as it was. Do the kidneys pause as well?",
            ),
        ),
        solution="Start with level = 0 and an empty list.\n"
        "For each dose: level = (level + dose / volume_L) * 2 ** (-interval_h / half_life_h), then "
        "append it.\n"
        "A missed dose adds nothing, and the decay goes on.\n"
        f"With a half-life of {half} h one interval of 12 h keeps {2 ** (-12 / half):.0%}; with "
        f"healthy kidneys (6.3 h) it keeps {2 ** (-12 / 6.3):.0%}.",
    )
