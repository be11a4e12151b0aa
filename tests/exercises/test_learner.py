"""Learner codes and the variants they stand for."""

import pytest

from mechanisms.exercises.learner import VARIANTS, learner_code, variant_index


def crc32(data: bytes) -> int:
    """The checksum bit by bit, as its polynomial defines it."""
    rest = 0xFFFFFFFF
    for byte in data:
        rest ^= byte
        for _ in range(8):
            rest = rest >> 1 ^ (0xEDB88320 if rest & 1 else 0)
    return rest ^ 0xFFFFFFFF


def test_the_checksum_is_the_common_one():
    assert crc32(b"123456789") == 0xCBF43926
    # `printf 'kiwi-4821|kidney-loading-dose' | gzip | tail -c8` gives 3296614232
    assert variant_index("kiwi-4821", "kidney-loading-dose") == 3296614232 % 24 == 8


@pytest.mark.parametrize("code", ["abc", "a.b_c-9", "0" * 40, "ß日本\U0001f95d", ""])
def test_variants_follow_the_checksum(code):
    assert variant_index(code, "an-item") == crc32(f"{code}|an-item".encode()) % 24


def test_every_variant_is_given_out():
    seen = {variant_index(f"maple-{n}", "an-item") for n in range(1000, 1500)}
    assert seen == set(range(VARIANTS))


@pytest.mark.parametrize(
    ("text", "code"),
    [("Kiwi-4821", "kiwi-4821"), ("  a.b_c-9\u00a0\n", "a.b_c-9"), ("007", "007")],
)
def test_a_code_has_one_spelling(text, code):
    assert learner_code(text) == code


@pytest.mark.parametrize(
    "text",
    [
        "",
        "ab",
        "a" * 41,
        "-kiwi",
        "kiwi-",
        "ki wi",
        "kiwi\x1c",
        "a/../b",
        "kïwi",
        "=1+1",
        "<b>x</b>",
    ],
)
def test_other_texts_are_no_code(text):
    with pytest.raises(ValueError, match="learner code must be 3 to 40"):
        learner_code(text)
