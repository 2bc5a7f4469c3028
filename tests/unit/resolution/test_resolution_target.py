"""For which Python and platform distributions are chosen."""

from __future__ import annotations

import sys
from typing import Any, cast

import pytest
from packaging.markers import Marker, default_environment
from packaging.tags import Tag, sys_tags

from pypi_resolution import Target, parse_target
from pypi_resolution.errors import BadTarget


def test_the_target_is_the_running_python_by_default() -> None:
    target = parse_target()

    assert list(target.ranks) == list(dict.fromkeys(sys_tags()))
    assert target.environment == default_environment()
    assert target.version.release == sys.version_info[:3]


@pytest.mark.parametrize(
    ("text", "numbers", "full"),
    [
        ("3", (3,), "3.0.0"),
        ("3.12", (3, 12), "3.12.0"),
        ("3.12.4", (3, 12, 4), "3.12.4"),
        ("312", (3, 12), "3.12.0"),
        ("3.9", (3, 9), "3.9.0"),
    ],
)
def test_a_python_version_is_written_as_for_pip(text: str, numbers: tuple[int, ...], full: str) -> None:
    target = parse_target(text)

    assert target.python == numbers
    assert str(target.version) == full


@pytest.mark.parametrize("text", ["", "three", "3.x", "3.12.4.5", ">=3.12", "3.12rc1", "9" * 30, "\u0663.12"])
def test_an_invalid_python_version_is_reported(text: str) -> None:
    with pytest.raises(BadTarget, match="is not a version of Python: write 3"):
        parse_target(text)


@pytest.mark.parametrize(
    "options", [{"platforms": ["linux-x86_64"]}, {"abis": [""]}, {"implementation": "c p"}]
)
def test_an_invalid_tag_is_reported(options: dict[str, list[str]]) -> None:
    with pytest.raises(BadTarget, match="is not a tag"):
        parse_target(**options)  # type: ignore[arg-type]


def test_tags_are_those_of_the_target_the_best_first() -> None:
    target = parse_target("3.12", ["manylinux2014_x86_64"], ["cp312"], "cp")

    ranks = target.ranks

    assert ranks[Tag("cp312", "cp312", "manylinux2014_x86_64")] == 0
    assert Tag("cp312", "cp312", "manylinux1_x86_64") in ranks
    assert Tag("cp311", "cp311", "manylinux2014_x86_64") not in ranks
    assert ranks[Tag("cp38", "abi3", "manylinux2014_x86_64")] < ranks[Tag("py3", "none", "any")]


@pytest.mark.parametrize(
    ("platform", "older", "not_older"),
    [
        ("manylinux2014_aarch64", "manylinux2014_aarch64", "manylinux2010_aarch64"),
        ("manylinux2010_i686", "manylinux1_i686", "manylinux2014_i686"),
        ("manylinux_2_28_x86_64", "manylinux_2_28_x86_64", "manylinux_2_17_x86_64"),
        ("macosx_14_0_arm64", "macosx_11_0_universal2", "macosx_15_0_arm64"),
        ("ios_15_4_arm64_iphoneos", "ios_13_0_arm64_iphoneos", "ios_16_0_arm64_iphoneos"),
        ("android_24_x86_64", "android_21_x86_64", "android_25_x86_64"),
        ("win_amd64", "win_amd64", "win32"),
    ],
)
def test_a_platform_means_what_it_means_to_pip(platform: str, older: str, not_older: str) -> None:
    tags = {each.platform for each in parse_target("3.12", [platform]).ranks}

    assert {platform, older, "any"} <= tags
    assert not_older not in tags


@pytest.mark.parametrize(
    ("options", "marker"),
    [
        ({"python": "3.13.2"}, "python_version == '3.13' and python_full_version == '3.13.2'"),
        ({"platforms": ["win_amd64"]}, "sys_platform == 'win32' and os_name == 'nt'"),
        ({"platforms": ["win_arm64"]}, "platform_system == 'Windows' and platform_machine == 'ARM64'"),
        (
            {"platforms": ["musllinux_1_2_aarch64"]},
            "sys_platform == 'linux' and platform_machine == 'aarch64'",
        ),
        (
            {"platforms": ["manylinux2014_x86_64", "win32"]},
            "platform_machine == 'x86_64' and os_name == 'posix'",
        ),
        (
            {"platforms": ["macosx_14_0_universal2"]},
            "sys_platform == 'darwin' and platform_machine == 'arm64'",
        ),
        (
            {"platforms": ["macosx_10_9_x86_64"]},
            "platform_system == 'Darwin' and platform_machine == 'x86_64'",
        ),
        ({"platforms": ["ios_15_4_arm64_iphoneos"]}, "sys_platform == 'ios' and platform_machine == 'arm64'"),
        ({"platforms": ["android_24_arm64_v8a"]}, "sys_platform == 'android'"),
        (
            {"implementation": "pp"},
            "platform_python_implementation == 'PyPy' and implementation_name == 'pypy'",
        ),
        ({"platforms": ["plan9"]}, f"sys_platform == '{sys.platform}'"),
    ],
)
def test_markers_are_evaluated_for_the_target(options: dict[str, Any], marker: str) -> None:
    environment = parse_target(**options).environment

    assert Marker(marker).evaluate(cast("dict[str, str]", environment))


@pytest.mark.parametrize(
    ("requires_python", "fits"),
    [(None, True), ("", True), (">=3.12", True), (">3.12", False), ("~=3.11.0", False), ("nonsense", True)],
)
def test_requires_python_is_asked_of_the_target(requires_python: str | None, fits: bool) -> None:
    assert parse_target("3.12").takes_python(requires_python) == fits


def test_equal_targets_compare_equal() -> None:
    assert parse_target("3.12", ["win32"]) == Target(python=(3, 12), platforms=("win32",))
