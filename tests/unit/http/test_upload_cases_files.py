"""
Nasty uploads: kinds of files, tags and versions.

See docs/reference/standards/nasty-inputs.md#cases-15-to-23.
"""

from __future__ import annotations

import io
import zipfile
from typing import TYPE_CHECKING
from urllib.parse import unquote

import pytest
from msgspec.structs import replace

from damage.raw_tars import members_of, write_tar_gz
from damage.reworking import form_for, with_headers
from pypi_contracts.builders import BuiltDistribution, build_sdist, build_wheel
from pypi_core.domain.accounts import OPERATOR
from pypi_core.domain.indexes import DEFAULT_INDEX, IndexSettings
from pypi_core.domain.rules import UploadRules

if TYPE_CHECKING:
    from tests.unit.http.conftest import Uploads

JSON = "application/vnd.pypi.simple.v1+json"


def renamed_sdist(stem: str, version: str, name: str = "Foo.Bar") -> BuiltDistribution:
    """Return an sdist whose name and top-level folder are spelt *stem*, as legacy tools did."""
    sdist = build_sdist(name, version)
    moved = [
        replace(each, name=f"{stem}/{each.name.partition('/')[2]}") for each in members_of(sdist.content)
    ]
    return replace(sdist, filename=f"{stem}.tar.gz", content=write_tar_gz(moved))


def allow(uploads: Uploads, rules: UploadRules) -> None:
    uploads.memory.site.configure_index(OPERATOR, DEFAULT_INDEX, IndexSettings(rules=rules))


@pytest.mark.parametrize("filetype", ["bdist_egg", "bdist_wininst", "bdist_rpm", "bdist_dumb", "", "Sdist"])
def test_case_15_other_kinds_of_files_are_refused(uploads: Uploads, filetype: str) -> None:
    sdist = build_sdist()

    uploads.refused(sdist, "filetype", fields=uploads.form_with(sdist, filetype=filetype))


@pytest.mark.parametrize(
    ("distribution", "filetype", "pyversion"),
    [(build_wheel(), "sdist", "source"), (build_sdist(), "bdist_wheel", "py3")],
)
def test_case_15_the_extension_fits_the_kind(
    uploads: Uploads, distribution: BuiltDistribution, filetype: str, pyversion: str
) -> None:
    fields = uploads.form_with(distribution, filetype=filetype, pyversion=pyversion)

    uploads.refused(distribution, "invalid file extension", fields=fields)


@pytest.mark.parametrize("ending", [".egg", ".tar.bz2", ".tgz", ".exe", ".whl.tar", ""])
def test_case_15_other_extensions_are_refused(uploads: Uploads, ending: str) -> None:
    uploads.refused(replace(build_sdist("foo", "1.0"), filename=f"foo-1.0{ending}"), "file extension")


def test_case_16_an_sdist_as_zip_is_refused_naming_what_is_expected(uploads: Uploads) -> None:
    sdist = build_sdist("foo", "1.0")
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for each in members_of(sdist.content):
            archive.writestr(each.name, each.content)

    uploads.refused(replace(sdist, filename="foo-1.0.zip", content=content.getvalue()), "'foo-1.0.tar.gz'")


@pytest.mark.parametrize(
    ("stem", "version", "expected"),
    [
        ("Foo.Bar-1.0", "1.0", "foo_bar-1.0.tar.gz"),
        ("foo-bar-1.0", "1.0", "foo_bar-1.0.tar.gz"),
        ("foo_bar-1.0.0-RC1", "1.0.0-RC1", "foo_bar-1.0.0rc1.tar.gz"),
        ("foo_bar-v1.0", "v1.0", "foo_bar-1.0.tar.gz"),
        ("foo_bar-1.0", "1.0.0", "foo_bar-1.0.0.tar.gz"),
    ],
)
def test_case_17_an_sdist_has_one_spelling(uploads: Uploads, stem: str, version: str, expected: str) -> None:
    uploads.refused(renamed_sdist(stem, version), f"'{expected}'")


def test_case_18_a_bare_linux_platform_is_refused(uploads: Uploads) -> None:
    wheel = build_wheel("foo", "1.0", tag="py3-none-linux_x86_64")
    uploads.refused(wheel, "unsupported platform tag", "linux_x86_64")

    allow(uploads, UploadRules(platform_tags=frozenset({"linux_x86_64"})))
    uploads.accepted(wheel)


@pytest.mark.parametrize(
    "platform",
    ["macosx_11_2_arm64", "macosx_12_1_x86_64", "macosx_27_3_arm64", "linux_aarch64", "manylinux_2_28_sparc"],
)
def test_case_19_a_platform_that_is_not_on_the_list_is_refused(uploads: Uploads, platform: str) -> None:
    uploads.refused(build_wheel("foo", "1.0", tag=f"py3-none-{platform}"), platform)


@pytest.mark.parametrize(
    "tag",
    [
        "py3-none-macosx_11_0_arm64",
        "py3-none-macosx_10_9_universal2.macosx_11_0_arm64",
        "cp312-cp312-manylinux_2_28_x86_64",
        "cp312-abi3-musllinux_1_2_aarch64",
        "py2.py3-none-any",
        "py3-none-win_amd64",
    ],
)
def test_case_19_platforms_on_the_list_are_accepted(uploads: Uploads, tag: str) -> None:
    uploads.accepted(build_wheel("foo", "1.0", tag=tag))


def test_case_20_tags_that_stand_for_millions_are_refused(uploads: Uploads) -> None:
    # A file name this long could not be stored: what the form's head can hold of it is tried.
    tags = "-".join(".".join(f"{kind}{number}" for number in range(200)) for kind in "abc")
    uploads.refused(replace(build_wheel("foo", "1.0"), filename=f"foo-1.0-{tags}.whl"), "too long")

    shorter = "-".join(".".join(chr(97 + number) for number in range(26)) for _ in range(3))
    uploads.refused(replace(build_wheel("foo", "1.0"), filename=f"foo-1.0-{shorter}.whl"), "17576 tags")


@pytest.mark.parametrize("label", ["x86_64_v3", "null", "cu128"])
def test_case_21_a_variant_of_a_wheel_is_refused(uploads: Uploads, label: str) -> None:
    wheel = build_wheel("foo", "1.0")

    uploads.refused(replace(wheel, filename=f"foo-1.0-py3-none-any-{label}.whl"), "variant")


@pytest.mark.parametrize("build", [build_wheel, build_sdist])
def test_case_22_a_local_version_is_for_private_indexes(uploads: Uploads, build: type) -> None:
    distribution = build("foo", "1.0+local")
    uploads.refused(distribution, "1.0+local")

    allow(uploads, UploadRules(allow_local_versions=True))
    uploads.accepted(distribution)


@pytest.mark.parametrize("build", [build_wheel, build_sdist])
def test_case_22_an_epoch_is_escaped_in_addresses(uploads: Uploads, build: type) -> None:
    distribution = build("foo", "1!2.0")
    uploads.accepted(distribution)

    url = uploads.wire.get("/simple/foo/", {"accept": JSON}).json["files"][0]["url"]

    assert "1%212.0" in url
    assert unquote(url).endswith(distribution.filename)


def test_case_22_trailing_zeros_do_not_make_another_release(uploads: Uploads) -> None:
    uploads.accepted(build_sdist("foo", "1.0"))
    uploads.accepted(build_wheel("foo", "1.0.0"))

    assert uploads.journal().count("new release") == 1
    assert uploads.wire.get("/simple/foo/", {"accept": JSON}).json["versions"] == ["1.0"]


@pytest.mark.parametrize("version", ["1" * 5000, "1." * 2500 + "1", "1.0+" + "a" * 5000, "0" * 5000])
@pytest.mark.parametrize("where", ["form", "archive"])
def test_case_23_a_version_of_5000_digits_is_refused(uploads: Uploads, version: str, where: str) -> None:
    sdist = build_sdist("foo", "1.0")
    if where == "form":
        uploads.refused(sdist, "version", fields=uploads.form_with(sdist, version=version))
        return
    lying = with_headers(sdist, {"Version": version})
    answer = uploads.refused(lying, "version", fields=form_for(lying, sdist))
    assert len(answer.text) < 2000
