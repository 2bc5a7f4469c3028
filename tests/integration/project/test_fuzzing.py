"""That fuzzing finds what costs too much, and nothing else; on targets with faults planted in them."""

from __future__ import annotations

import os
import random
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from tests.fuzz.fuzzing import LONGEST_INPUT, repeated
from tests.fuzz.measuring import MOST_MEMORY, MOST_SECONDS, Measurement, measure
from tests.fuzz.planted_faults import FATAL, FOREVER

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform != "linux", reason="memory is measured by what Linux tells"),
]

PLANTED = "tests.fuzz.planted"
ROOT = Path(__file__).parents[3]


def measured(folder: Path, data: bytes) -> Measurement:
    file = folder / "input"
    file.write_bytes(data)
    return measure(PLANTED, file)


def test_a_slow_target_is_over_the_limit(tmp_path: Path) -> None:
    found = measured(tmp_path, b"s" + FATAL)

    assert found.is_over
    assert found.seconds > MOST_SECONDS
    assert "over the limit" in found.sentence


def test_a_greedy_target_is_over_the_limit_although_it_gives_the_memory_back(tmp_path: Path) -> None:
    found = measured(tmp_path, b"g" + FATAL)

    assert found.is_over
    assert found.memory > MOST_MEMORY


def test_a_target_that_does_not_end_is_ended_and_over_the_limit(tmp_path: Path) -> None:
    assert measured(tmp_path, b"e" + FOREVER).is_over


def test_an_exception_of_a_target_is_reported_with_its_traceback(tmp_path: Path) -> None:
    found = measured(tmp_path, b"w" + FATAL)

    assert not found.is_over
    assert "KeyError: 'planted'" in found.error


@pytest.mark.parametrize("target", [b"s", b"g", b"e", b"w", b"o"])
def test_a_harmless_input_is_within_the_limit(target: bytes, tmp_path: Path) -> None:
    found = measured(tmp_path, target + b"nothing")

    assert not found.is_over
    assert not found.error


def test_memory_of_before_the_input_does_not_count(tmp_path: Path) -> None:
    found = measured(tmp_path, b"o" + b"x" * LONGEST_INPUT)

    assert found.memory < MOST_MEMORY // 10


def test_a_file_given_as_argument_is_measured_again(tmp_path: Path) -> None:
    bad, good = tmp_path / "bad", tmp_path / "good"
    bad.write_bytes(b"w" + FATAL)
    good.write_bytes(b"w")

    refused = subprocess.run([sys.executable, "-m", PLANTED, bad], cwd=ROOT, capture_output=True, text=True)
    accepted = subprocess.run([sys.executable, "-m", PLANTED, good], cwd=ROOT, capture_output=True, text=True)

    assert (refused.returncode, accepted.returncode) == (1, 0)
    assert "KeyError: 'planted'" in refused.stdout


@pytest.mark.skipif(
    not find_spec("atheris") and not os.environ.get("CI"), reason="atheris has no wheel for this platform"
)
def test_fuzzing_finds_an_input_that_costs_too_much(tmp_path: Path) -> None:
    # One byte out of 256 is fatal to each of the three targets: far fewer inputs find one.
    fuzzed = subprocess.run(
        [sys.executable, "-m", PLANTED, "-runs=100000", "-seed=1"],
        cwd=ROOT,
        env={**os.environ, "TMPDIR": str(tmp_path)},
        capture_output=True,
        text=True,
    )

    assert fuzzed.returncode == 1, fuzzed.stderr[-3000:]
    [kept] = tmp_path.glob("fuzzing-findings-*/crash-*")
    assert FATAL in kept.read_bytes()
    assert "Found something" in fuzzed.stdout


def test_repeating_a_piece_stays_within_the_longest_input() -> None:
    inputs = [repeated(b"abc" * 50, 4000, random.Random(seed)) for seed in range(200)]

    assert max(map(len, inputs)) == 4000
    assert len({*inputs}) > 100
