"""The benchmarks run, at their smallest size."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from checkout import ROOT

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not shutil.which("wrk") and not os.environ.get("CI"), reason="wrk is not installed"),
]


def run(script: str, *arguments: str, folder: Path) -> str:
    return subprocess.run(
        [sys.executable, ROOT / "benchmarks" / script, *arguments],
        check=True,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYPI_BENCH_FOLDER": str(folder)},
    ).stdout


def test_results_of_a_part_are_merged_and_drawn(tmp_path: Path) -> None:
    smallest = (
        "--projects=20",
        "--rounds=1",
        "--seconds=1",
        "--uploads=8",
        "--releases=2",
        "--systems=nginx",
    )
    (tmp_path / "results.json").write_text(
        '{"sqlite-10k":{"small page, HTML":{"ours":{"rate":1,"processor":2}}}}'
    )

    output = run("bench.py", "--part=sqlite-1k", *smallest, folder=tmp_path)

    assert "| uploads, 8 at a time |" in output
    results = msgspec.json.decode((tmp_path / "results.json").read_bytes())
    assert results["sqlite-1k"]["small page, JSON"]["ours"]["rate"] > 0
    assert set(results) == {"sqlite-1k", "sqlite-10k"}
    assert "<svg" in (tmp_path / "sqlite-1k.svg").read_text()


def test_names_of_a_file_fill_a_database(tmp_path: Path) -> None:
    names = tmp_path / "names"
    names.write_text("Flask\nflask\nDjango\nclick\n")

    output = run("filling.py", str(tmp_path / "data"), f"--names={names}", "--projects=3", folder=tmp_path)

    assert output.startswith("3 projects")
