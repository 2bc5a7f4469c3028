"""Which version is meant, and how the client names itself."""

from __future__ import annotations

import json

import pytest
from packaging.specifiers import SpecifierSet

from pypi_api_client.selection import best_version, latest_version, same_version
from pypi_api_client.user_agent import client_version, user_agent
from pypi_protocol.records.releases import VersionDescription


def versions(*texts: str) -> tuple[VersionDescription, ...]:
    return tuple(VersionDescription(version=text, files=1, yanked=False) for text in texts)


def yanked(text: str) -> VersionDescription:
    return VersionDescription(version=text, files=1, yanked="broken")


@pytest.mark.parametrize(
    ("offered", "specifiers", "pre_releases", "chosen"),
    [
        (versions("1.0", "1.10", "1.9"), "", False, "1.10"),
        (versions("1.0", "2.0rc1"), "", False, "1.0"),
        (versions("1.0", "2.0rc1"), "", True, "2.0rc1"),
        (versions("1.0", "2.0rc1"), ">=2.0rc1", False, "2.0rc1"),
        (versions("2.0rc1", "2.0b1"), "", False, "2.0rc1"),
        (versions("1.0", "2.0rc1"), ">=1.5", False, "2.0rc1"),
        (versions("1.0", "2.0"), "<2", False, "1.0"),
        (versions("1.0", "2.0"), ">2", False, None),
        (versions("1.0", "junk"), "", False, "1.0"),
        ((*versions("1.0"), yanked("2.0")), "", False, "1.0"),
        ((*versions("1.0"), yanked("2.0")), ">=2", False, None),
        ((*versions("1.0"), yanked("2.0")), "==2.*", False, None),
        ((*versions("1.0"), yanked("2.0")), "==2.0.0", False, "2.0"),
        ((*versions("1.0"), yanked("2.0")), "===2.0", False, "2.0"),
        ((*versions("1.0"), VersionDescription(version="2.0", files=0, yanked=False)), "", False, "1.0"),
        ((), "", False, None),
    ],
)
def test_the_best_version_is_chosen(
    offered: tuple[VersionDescription, ...], specifiers: str, pre_releases: bool, chosen: str | None
) -> None:
    found = best_version(offered, SpecifierSet(specifiers), pre_releases=pre_releases)

    assert (found and found.version) == chosen


def test_the_latest_version_is_not_yanked_then_final_then_highest() -> None:
    def latest(*offered: VersionDescription) -> str | None:
        found = latest_version(offered)
        return found.version if found else None

    assert latest(*versions("1.0", "2.0rc1"), yanked("3.0")) == "1.0"
    assert latest(*versions("2.0rc1"), yanked("3.0")) == "2.0rc1"
    assert latest(yanked("3.0"), yanked("2.0")) == "3.0"
    assert latest() is None


def test_a_version_is_found_in_any_spelling() -> None:
    offered = versions("1.0", "1.1rc1", "junk")

    for text, found in [("1", "1.0"), ("1.1.RC.1", "1.1rc1"), ("junk", "junk"), ("2", None), ("x", None)]:
        same = same_version(offered, text)
        assert (same and same.version) == found


def test_the_user_agent_is_in_the_format_of_pip() -> None:
    text = user_agent("pypi-cli", "1.2", {"PIP_USER_AGENT_USER_DATA": "ünder\ntest"})

    name, _, data = text.partition(" ")
    parsed = json.loads(data)
    assert name == "pypi-cli/1.2"
    assert data == json.dumps(parsed, separators=(",", ":"), sort_keys=True)
    assert text.isascii()
    assert text.isprintable()
    assert parsed["ci"] is None
    assert parsed["installer"] == {"name": "pypi-cli", "version": "1.2"}
    assert parsed["user_data"] == "ünder\ntest"
    assert set(parsed) >= {"implementation", "openssl_version", "python", "system"}
    assert "rustc_version" not in parsed


@pytest.mark.parametrize("variable", ["BUILD_BUILDID", "BUILD_ID", "CI", "PIP_IS_CI"])
def test_the_user_agent_names_the_ci_service(variable: str) -> None:
    assert '"ci":true' in user_agent("pypi-cli", "1", {variable: ""})


def test_the_client_knows_its_version() -> None:
    assert client_version()[0].isdigit()
