"""Draws are the same everywhere and for ever."""

import pytest

from mechanisms.exercises.draw import Draw


# first 8 bytes of `printf 'SEED|NAME' | sha256sum`, modulo 7
@pytest.mark.parametrize(
    ("seed", "name", "place"),
    [
        ("kidney|1|0|0", "dose", 0),
        ("kidney|1|23|2", "dose", 0),
        ("kidney|1|0|0", "clearance", 6),
        ("kidney|1|23|2", "clearance", 3),
    ],
)
def test_a_pick_is_the_hash_of_seed_and_name(seed, name, place):
    assert Draw(seed).pick(name, range(7)) == place


def test_an_order_is_that_of_the_hashes():
    # `printf 'seed|options|I' | sha256sum` begins 8d, 25, f5, af, 74
    assert Draw("seed").order("options", "abcde") == ["b", "e", "a", "d", "c"]


def test_picks_are_recorded_as_a_file_gives_them_back():
    draw = Draw("s")
    assert draw.pick("pair", [(1, "a")]) == (1, "a")
    draw.order("options", [1, 2])
    assert draw.numbers == {"pair": [1, "a"]}


@pytest.mark.parametrize("options", [[], [object()], [float("nan")]])
def test_what_cannot_be_recorded_is_refused(options):
    with pytest.raises(ValueError, match="'dose'"):
        Draw("s").pick("dose", options)


def test_a_name_is_picked_once():
    draw = Draw("s")
    draw.pick("dose", [1])
    with pytest.raises(ValueError, match="'dose' was picked before"):
        draw.pick("dose", [1])
