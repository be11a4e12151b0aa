"""Result files: what is read, and what is refused and why."""

import json
import time
from importlib.resources import files

import pytest
from jsonschema import Draft202012Validator

from mechanisms.exercises.results import Record, Results, ResultsError, read_results

RECORD = {
    "item": "kidney-loading-dose", "version": 1, "variant": 8, "numbers": {"dose": 5, "who": ["a"]},
    "answers": ["12,5", 3, "A", {"dose": 1.5, "assay": "x", "on": True}],
}  # fmt: skip
FILE = {"format": "retuning-results", "version": 1, "learner": "kiwi-4821", "items": [RECORD]}


def file(**changes):
    return json.dumps({**FILE, **changes}).encode()


def record(**changes):
    kept = {k: v for k, v in {**RECORD, **changes}.items() if v is not None}
    return file(items=[kept])


def test_a_file_is_read_from_bytes_and_from_its_path(tmp_path):
    expected = Results(
        "kiwi-4821",
        (Record("kidney-loading-dose", 1, 8, RECORD["numbers"], tuple(RECORD["answers"])),),
    )
    assert read_results(file()) == expected
    (tmp_path / "r.json").write_bytes(b"\xef\xbb\xbf" + file())
    assert read_results(tmp_path / "r.json") == expected
    assert read_results(str(tmp_path / "r.json")) == expected
    assert read_results(file(items=[])).items == ()


def test_points_in_a_file_are_not_read():
    assert read_results(record(points=99, solved=True)) == read_results(file())


def test_the_published_schema_is_sound_and_agrees():
    text = files("mechanisms.exercises").joinpath("static/result.schema.json").read_text("utf-8")
    schema = json.loads(text)
    Draft202012Validator.check_schema(schema)
    assert Draft202012Validator(schema).is_valid(FILE)
    assert not Draft202012Validator(schema).is_valid({**FILE, "version": 2})


@pytest.mark.parametrize(
    ("raw", "message"),
    [
        (b"", "not JSON"),
        (b"[1, 2", "not JSON"),
        (b"\x00\xff", "not text in UTF-8"),
        (json.dumps(FILE).encode("utf-16"), "not text in UTF-8"),
        (b"null", "not a result file"),
        (b'{"format": "other"}', "not a result file"),
        (file(version=2), "version must be 1, got 2: a newer edition"),
        (file(version="1"), "version"),
        (file(learner="../etc"), "learner"),
        (file(learner="kiwi-4821\n"), "learner"),
        (file(learner="KIWI-4821"), "learner"),
        (file(learner=None), "learner"),
        (file(items={}), "items"),
        (file(more=1), "more"),
        (file(items=[RECORD, RECORD]), "'kidney-loading-dose' is recorded twice"),
        (record(item=None), r"items\[0\].*item"),
        (record(item="__proto__"), r"items\[0\]\.item"),
        (record(version=0), r"items\[0\]\.version"),
        (record(version=True), r"items\[0\]\.version"),
        (record(variant=24), r"items\[0\]\.variant"),
        (record(variant=1.5), r"items\[0\]\.variant"),
        (record(numbers=[]), r"items\[0\]\.numbers"),
        (record(answers=[]), r"items\[0\]\.answers"),
        (record(answers="A"), r"items\[0\]\.answers"),
        (record(answers=["A"] * 101), r"items\[0\]\.answers"),
        (record(answers=[False]), r"items\[0\]\.answers\[0\]"),
        (record(answers=["x" * 20_001]), r"items\[0\]\.answers\[0\]"),
        (record(answers=[{"a": {"b": 1}}]), r"items\[0\]\.answers\[0\]"),
        (record(points=-1), r"items\[0\]\.points"),
        (record(more=1), "more"),
        (file().replace(b"12,5", b"\\ud800").replace(b'"3"', b"NaN"), None),
        (file().replace(b"1.5", b"NaN"), "finite, got NaN"),
        (file().replace(b"1.5", b"-Infinity"), "finite, got -Infinity"),
        (file().replace(b"1.5", b"1e999"), "finite, got 1e999"),
        (file().replace(b"1.5", b"9" * 5000), "finite"),
        (b'{"format": "retuning-results", "format": "x"}', "'format' is named twice"),
        (b"[" * 100_000, "nested"),
        (b'{"a":' * 50_000 + b"1" + b"}" * 50_000, "nested"),
        (record(numbers={"a": [[[[[[1]]]]]]}), "nested more than 8"),
        (b" " * 2_000_001, "at most 2000000 bytes"),
    ],
)
def test_other_files_are_refused_with_the_reason(raw, message):
    if message is None:
        read_results(raw)  # odd but sound
        return
    with pytest.raises(ResultsError, match=message):
        read_results(raw)


def test_a_path_is_not_read_beyond_the_limit(tmp_path):
    (tmp_path / "large").write_bytes(b"x" * 3_000_000)
    with pytest.raises(ResultsError, match="at most"):
        read_results(tmp_path / "large")
    with pytest.raises(OSError, match="nothing"):
        read_results(tmp_path / "nothing")


@pytest.mark.parametrize(
    "raw",
    [
        record(answers=["A"] * 10_000),
        b'{"format":"retuning-results","version":1,"learner":"abc","items":['
        + b",".join([b"[]"] * 600_000) + b"]}",
        b"{" + b",".join(b'"%d":1' % i for i in range(150_000)) + b',"1":1}',
    ],
)  # fmt: skip
def test_a_hostile_file_is_refused_quickly(raw):
    started = time.process_time()
    with pytest.raises(ResultsError):
        read_results(raw)
    assert time.process_time() - started < 5
