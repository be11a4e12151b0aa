"""The learner's code, and the variant that it stands for."""

from __future__ import annotations

import re
import zlib

VARIANTS = 24
_CODE = re.compile(r"[a-z0-9][a-z0-9._-]{1,38}[a-z0-9]")  # twin of `learnerCode` in exercise.js


def learner_code(text: str) -> str:
    """Return the code in its one spelling: no outer blanks, lower case.

    Raises
    ------
    ValueError
        If it is not 3 to 40 letters a-z, digits, dots, hyphens or underscores.
    """
    code = text.strip(" \t\r\n\u00a0").lower()
    if not _CODE.fullmatch(code):
        raise ValueError(
            "the learner code must be 3 to 40 letters a-z, digits, dots, hyphens or underscores, "
            f"and begin and end with a letter or digit, got {text!r}"
        )
    return code


def variant_index(code: str, item: str) -> int:
    r"""Return which published variant of an item a learner gets.

    .. math:: i = \mathrm{crc32}(\text{code} \,|\, \text{item}) \bmod 24
    """
    return zlib.crc32(f"{code}|{item}".encode()) % VARIANTS
