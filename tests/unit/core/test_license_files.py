"""Files that ``License-File`` names must be in the archive (PEP 639)."""

from __future__ import annotations

import io

import pytest

from damage.damaged_tars import with_tar_member
from pypi_contracts.builders import BuiltDistribution, build_sdist, build_wheel
from pypi_core.domain.distributions import inspect_distribution
from pypi_core.domain.rules import PUBLIC
from pypi_core.errors import InvalidMetadata
from pypi_memory.environment import PlainRenderer


def inspect(distribution: BuiltDistribution, content: bytes | None = None) -> tuple[str, ...]:
    stream = io.BytesIO(content or distribution.content)
    return inspect_distribution(distribution.filename, stream, PUBLIC, PlainRenderer().render).warnings


LICENSED = [("License-File", "LICENSES/MIT.txt")]


@pytest.mark.parametrize("build", [build_wheel, build_sdist])
def test_a_license_file_that_is_missing_is_named(build) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(
        InvalidMetadata, match=r"License-File names 'LICENSES/MIT.txt', which the archive lacks"
    ):
        inspect(build(metadata_version="2.4", extra_metadata=LICENSED))


def test_a_license_file_of_an_sdist_lies_below_its_top_level_folder() -> None:
    sdist = build_sdist("sample", "1.0", metadata_version="2.4", extra_metadata=LICENSED)

    inspect(sdist, with_tar_member(sdist.content, "sample-1.0/LICENSES/MIT.txt", b"text"))


def test_a_license_file_of_a_wheel_lies_in_its_dist_info() -> None:
    modules = {"sample-1.0.dist-info/licenses/LICENSES/MIT.txt": "text"}

    inspect(build_wheel("sample", "1.0", metadata_version="2.4", extra_metadata=LICENSED, modules=modules))


def test_before_metadata_2_4_the_field_meant_something_else() -> None:
    (warning,) = inspect(build_wheel(metadata_version="2.1", extra_metadata=LICENSED))

    assert "License-File" in warning


def test_many_missing_license_files_are_not_all_named() -> None:
    many = [("License-File", f"{number}.txt") for number in range(100)]
    with pytest.raises(InvalidMetadata, match=r"and 95 more, which"):
        inspect(build_wheel(metadata_version="2.4", extra_metadata=many))
