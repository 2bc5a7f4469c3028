"""What the builders build is real: pip installs it, tarfile reads it."""

from __future__ import annotations

import io
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

from pypi_core.testing.builders import (
    BuiltDistribution,
    build_sdist,
    build_wheel,
    truncate,
    with_member,
    without_member,
)


@pytest.mark.parametrize("build", [build_wheel, build_sdist])
def test_pip_installs_it_offline(build: object, tmp_path: Path) -> None:
    distribution: BuiltDistribution = build("Real.Name", "1.0", modules={"real_name.py": "x = 1"})  # type: ignore[operator]
    file = tmp_path / distribution.filename
    file.write_bytes(distribution.content)

    pip_install = [sys.executable, "-m", "pip", "install", "-q", "--no-index", "--no-deps"]
    subprocess.run([*pip_install, "--target", tmp_path / "to", file], check=True)

    assert (tmp_path / "to" / "real_name.py").read_text() == "x = 1"


def test_the_same_arguments_give_the_same_bytes() -> None:
    assert build_wheel(padding=100) == build_wheel(padding=100)
    assert build_sdist(summary="a") == build_sdist(summary="a")
    assert build_wheel(summary="a").content != build_wheel(summary="b").content


def test_an_sdist_has_one_top_folder_and_extracts_safely(tmp_path: Path) -> None:
    sdist = build_sdist("Real.Name", "1.0")

    with tarfile.open(fileobj=io.BytesIO(sdist.content)) as archive:
        archive.extractall(tmp_path, filter="data")

    assert [each.name for each in tmp_path.iterdir()] == ["real_name-1.0"]
    assert (tmp_path / "real_name-1.0" / "PKG-INFO").read_bytes() == sdist.metadata


def test_padding_makes_it_large() -> None:
    assert len(build_wheel(padding=50_000).content) > 50_000


def test_corruptors_change_one_thing() -> None:
    wheel = build_wheel().content

    assert len(truncate(wheel, 10)) == 10
    with zipfile.ZipFile(io.BytesIO(without_member(wheel, "sample.py"))) as archive:
        assert "sample.py" not in archive.namelist()
    with zipfile.ZipFile(io.BytesIO(with_member(wheel, "added.py", b"y"))) as archive:
        assert archive.read("added.py") == b"y"
