"""A minute of attackers beside ordinary readers and uploaders (ten of them: ``benchmarks/malice.py``)."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from running_server import clean_environment

BENCHMARK = Path(__file__).parents[3] / "benchmarks" / "malice.py"


@pytest.mark.slow
def test_ordinary_clients_are_served_while_others_attack(tmp_path: Path) -> None:
    measured = subprocess.run(
        # Other tests run beside this one: how much slower pages become is for the benchmark to say.
        [sys.executable, BENCHMARK, "--seconds", "60", "--alone", "15", "--slower", "100"],
        env=clean_environment(tmp_path), capture_output=True, text=True,
    )  # fmt: skip

    print(measured.stdout)
    assert measured.returncode == 0, f"{measured.stdout}\n{measured.stderr}"
