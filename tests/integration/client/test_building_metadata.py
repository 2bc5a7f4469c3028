"""Asking the real back end of an sdist what it depends on."""

from __future__ import annotations

import io
import tarfile
from pathlib import Path

import pytest

from pypi_resolution.building import MetadataBuilder
from pypi_resolution.errors import BuildFailed

NOWHERE = "http://127.0.0.1:9/simple/"
"""No index: what asks for nothing to be built needs none."""

PYPROJECT = '[build-system]\nrequires = []\nbuild-backend = "backend"\nbackend-path = ["."]\n'
COMPUTING = """
import os, pathlib
def prepare_metadata_for_build_wheel(folder, config_settings=None):
    info = pathlib.Path(folder, "computed-1.0.dist-info")
    info.mkdir()
    seen = "".join(f"X-Seen: {name}={value}\\n" for name, value in sorted(os.environ.items()))
    needs = "".join(f"Requires-Dist: part-{number}\\n" for number in range(2))
    needs += f"Requires-Dist: {'long' * 50}\\n"
    head = "Metadata-Version: 2.1\\nName: computed\\nVersion: 1.0\\n"
    info.joinpath("METADATA").write_text(f"{head}{needs}{seen}")
    return info.name
def build_wheel(folder, config_settings=None, metadata_directory=None):
    raise AssertionError("nothing has to be built")
"""


def sdist(folder: Path, **members: str) -> Path:
    """Write an sdist with these members in its one folder."""
    path = folder / "computed-1.0.tar.gz"
    with tarfile.open(path, "w:gz") as archive:
        for name, text in members.items():
            content = text.encode()
            member = tarfile.TarInfo(f"computed-1.0/{name.replace('__', '.')}")
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return path


def test_the_back_end_says_what_it_computed(tmp_path: Path) -> None:
    path = sdist(tmp_path, pyproject__toml=PYPROJECT, backend__py=COMPUTING)

    metadata = MetadataBuilder(index_url=NOWHERE)(path).decode()

    assert f"\nRequires-Dist: part-0\nRequires-Dist: part-1\nRequires-Dist: {'long' * 50}\n" in metadata


def test_the_back_end_sees_no_secret_of_the_person_who_runs_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("PYPI_TOKEN", "TWINE_PASSWORD", "UV_PUBLISH_TOKEN", "PIP_EXTRA_INDEX_URL", "HTTPS_PROXY"):
        monkeypatch.setenv(name, "https://ada:secret@index.example/")
    path = sdist(tmp_path, pyproject__toml=PYPROJECT, backend__py=COMPUTING)

    metadata = MetadataBuilder(index_url="https://ada:secret@index.example/simple/")(path).decode()

    assert "X-Seen: PATH=" in metadata
    assert "secret" not in metadata


def test_a_failing_back_end_is_reported_with_its_last_line(tmp_path: Path) -> None:
    failing = "def build_wheel(*arguments):\n    raise RuntimeError('there is no compiler')\n"
    path = sdist(tmp_path, pyproject__toml=PYPROJECT, backend__py=failing)

    with pytest.raises(BuildFailed, match="could not be asked") as failed:
        MetadataBuilder(index_url=NOWHERE)(path)

    assert "--no-deps" in str(failed.value)
    assert "\n" not in str(failed.value)


def test_an_sdist_that_leads_out_of_its_folder_is_not_unpacked(tmp_path: Path) -> None:
    path = tmp_path / "computed-1.0.tar.gz"
    with tarfile.open(path, "w:gz") as archive:
        archive.addfile(tarfile.TarInfo("../../outside"), io.BytesIO())

    with pytest.raises(BuildFailed, match="cannot be unpacked"):
        MetadataBuilder(index_url=NOWHERE)(path)


def test_a_damaged_archive_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "computed-1.0.zip"
    path.write_bytes(b"PK\x03\x04 not a zip")

    with pytest.raises(BuildFailed, match="cannot be unpacked"):
        MetadataBuilder(index_url=NOWHERE)(path)
