"""A teacher's private items, one of each kind; given to the commands by --private."""

from mechanisms.exercises import Choice, Code, Misconception, Numeric, Setting, item

SECTION = "applications/pharmacokinetics"


@item("exam-choice", "Which way", page="hands_on/exam", section=SECTION)
def way(draw):
    drug = draw.pick("drug", [f"substance {letter}" for letter in "abcdefghijklmnopqrstuvwxyz"])
    return Choice.of(
        draw,
        prompt=f"Where does {drug} act?",
        key="At the carrier",
        wrong=[("At the vesicle", "Who fills it?"), ("At the nucleus", "Who reads it?")],
        solution="SOLUTION-CHOICE at the carrier",
    )


@item("exam-dose", "A dose", page="hands_on/exam", section=SECTION, points=3)
def dose(draw):
    weight = draw.pick("weight", list(range(41, 140)))
    clearance = draw.pick("clearance", [0.0713, 0.0829, 0.0937, 0.1049])
    key = weight * clearance * 17
    return Numeric(
        prompt="What dose keeps the level at 17 mg/L for one hour? <b>No tags.</b> $x_1$",
        given={"Weight": f"{weight} kg", "Clearance": f"{clearance} L/h per kg"},
        key=key,
        unit="mg",
        misconceptions=(Misconception(clearance * 17, "Per kilogram: whose kilograms?"),),
        solution=f"SOLUTION-DOSE {key:.4f}",
    )


def level(dose_mg, route):
    """Readout of a figure."""
    return {"Level": dose_mg * {"mouth": 0.37, "vein": 1.0}[route]}


@item("exam-setting", "Bring it there", page="hands_on/exam", section=SECTION)
def setting(draw):
    target = draw.pick("target", list(range(50, 150)))
    return Setting(
        prompt=f"Reach a level of {target} within 2 % by mouth.",
        figure="exam-figure",
        model=level,
        goal={"Level": (target * 0.98, target * 1.02), "dose_mg": (target * 2, target * 4)},
        example={"dose_mg": target / 0.37, "route": "mouth"},
        misconceptions=(
            Misconception(
                {"dose_mg": float(target), "route": "mouth"},
                "All of it arrives?",
                where={"dose_mg": (target * 0.9, target * 1.1)},
            ),
        ),
        solution="SOLUTION-SETTING",
    )


STARTER = '''def decay(amount_mg, k_per_h, hours):
    """Return what is left (mg) after each of the hours, a list."""
'''


def reference_answer_of_the_exam(amount_mg, k_per_h, hours):
    return [amount_mg * 2.718281828459045 ** (-k_per_h * t) for t in hours]


def straight(amount_mg, k_per_h, hours):
    return [amount_mg * (1 - k_per_h * t) for t in hours]


@item("exam-decay", "What is left", page="hands_on/exam", section=SECTION, points=4)
def decay(draw):
    amounts = [draw.pick(f"amount {i}", [x / 7 for x in range(300, 900)]) for i in range(3)]
    return Code(
        prompt="Write `decay`.",
        function="decay",
        starter=STARTER,
        reference=reference_answer_of_the_exam,
        cases=tuple((amount, 0.1387, [0.0, 1.5, 7.25]) for amount in amounts),
        misconceptions=(Misconception(straight, "A straight line? Or a share of what is there?"),),
        solution="SOLUTION-DECAY",
    )
