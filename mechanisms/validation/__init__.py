"""Predictions of the models, made without refitting, against published observations.

Data judge here and are not fitted. A missed target stays missed, with its size and, where there is
one, the richer account beside it.
"""

from mechanisms.validation.check import Check
from mechanisms.validation.compendium import checks as compendium_checks
from mechanisms.validation.evidence import checks as evidence_checks
from mechanisms.validation.gaba import checks as gaba_checks
from mechanisms.validation.norepinephrine import checks as norepinephrine_checks
from mechanisms.validation.serotonin import checks as serotonin_checks
from mechanisms.validation.table import Rows, checks, rows

__all__ = [
    "Check",
    "Rows",
    "checks",
    "compendium_checks",
    "evidence_checks",
    "gaba_checks",
    "norepinephrine_checks",
    "rows",
    "serotonin_checks",
]
