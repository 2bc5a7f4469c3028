"""What new files may be called, and for which platforms wheels may be."""

from __future__ import annotations

import pytest

from pypi_core.domain.filenames import parse_filename
from pypi_core.domain.new_filenames import check_new_filename, filename_warnings
from pypi_core.domain.rules import LENIENT, PUBLIC, UploadRules
from pypi_core.errors import InvalidFilename

ACCEPTED = [
    "any",
    "win32",
    "win_amd64",
    "win_arm64",
    "linux_armv6l",
    "linux_armv7l",
    "manylinux1_x86_64",
    "manylinux2010_i686",
    "manylinux2014_aarch64",
    "manylinux_2_17_x86_64",
    "manylinux_2_39_riscv64",
    "manylinux_2_28_s390x",
    "musllinux_1_2_aarch64",
    "macosx_10_9_x86_64",
    "macosx_10_13_universal2",
    "macosx_11_0_arm64",
    "macosx_26_0_arm64",
    "ios_13_0_arm64_iphoneos",
    "ios_13_0_x86_64_iphonesimulator",
    "android_21_arm64_v8a",
    "pyemscripten_2025_0_wasm32",
    "manylinux_2_17_x86_64.manylinux2014_x86_64",
]
REFUSED = [
    "linux_x86_64",
    "linux_aarch64",
    "macosx_11_2_arm64",
    "macosx_16_0_arm64",
    "macosx_10_09_x86_64",
    "manylinux_2_17_mips",
    "musllinux_1_2_ppc64",
    "manylinux3_x86_64",
    "win_mips",
    "ios_13_arm64",
    "wasi_0_1_wasm32",
    "Any",
    "winner",
    "any_",
    "manylinux_02_17_x86_64",
    "manylinux2014_x86_64.linux_x86_64",
]


@pytest.mark.parametrize("tag", ACCEPTED)
def test_a_known_platform_is_accepted(tag: str) -> None:
    check_new_filename(parse_filename(f"foo-1.0-py3-none-{tag}.whl"), PUBLIC)


@pytest.mark.parametrize("tag", REFUSED)
def test_any_other_is_refused_by_name(tag: str) -> None:
    with pytest.raises(InvalidFilename, match="unsupported platform tag") as caught:
        check_new_filename(parse_filename(f"foo-1.0-py3-none-{tag}.whl"), PUBLIC)
    assert tag.rsplit(".", maxsplit=1)[-1] in str(caught.value)


def test_each_tag_that_is_not_supported_is_named() -> None:
    with pytest.raises(InvalidFilename) as caught:
        check_new_filename(parse_filename("foo-1.0-py3-none-linux_x86_64.plan9_mips.whl"), PUBLIC)
    assert len(caught.value.problems) == 2


@pytest.mark.parametrize(
    "rules",
    [UploadRules(platform_tags=frozenset({"linux_x86_64"})), UploadRules(allow_any_platform_tag=True)],
)
def test_an_index_may_take_more(rules: UploadRules) -> None:
    check_new_filename(parse_filename("foo-1.0-py3-none-linux_x86_64.whl"), rules)


@pytest.mark.parametrize(
    ("filename", "expected"),
    [
        ("Foo.Bar-1.0.tar.gz", "foo_bar-1.0.tar.gz"),
        ("foo-bar-1.0.tar.gz", "foo_bar-1.0.tar.gz"),
        ("foo_bar-1.0.0-RC1.tar.gz", "foo_bar-1.0.0rc1.tar.gz"),
        ("foo-1.0.zip", "foo-1.0.tar.gz"),
        ("Foo-1.0-py3-none-any.whl", "foo-1.0-py3-none-any.whl"),
        ("foo.bar-1.0-py3-none-any.whl", "foo_bar-1.0-py3-none-any.whl"),
        ("foo-1.0.RC1-1-py3-none-any.whl", "foo-1.0rc1-1-py3-none-any.whl"),
    ],
)
def test_another_spelling_is_refused_with_the_right_one(filename: str, expected: str) -> None:
    with pytest.raises(InvalidFilename, match="The file name should be") as caught:
        check_new_filename(parse_filename(filename), PUBLIC)
    assert repr(expected) in str(caught.value)


@pytest.mark.parametrize(
    "filename",
    [
        "foo__bar-1.0-py3-none-any.whl",
        "foo-1.0--none-any.whl",
        "foo-1.0-py3-none-.whl",
        "foo-1.0-a1-py3-none-any.whl",
    ],
)
def test_a_name_that_is_not_of_a_wheel_is_refused(filename: str) -> None:
    with pytest.raises(InvalidFilename):
        check_new_filename(parse_filename(filename), PUBLIC)


def test_tags_out_of_order_are_accepted_with_a_warning() -> None:
    filename = parse_filename("foo-1.0-py3.py2-none-any.whl")
    check_new_filename(filename, PUBLIC)
    (warning,) = filename_warnings(filename)
    assert warning.endswith("should stand in order: py2.py3-none-any.")


@pytest.mark.parametrize("filename", ["foo-1.0-py2.py3-none-any.whl", "foo-1.0.tar.gz"])
def test_a_name_in_order_has_no_warning(filename: str) -> None:
    assert filename_warnings(parse_filename(filename)) == ()


@pytest.mark.parametrize(
    "name",
    [
        "PyJWT-2.8.0-py3-none-any.whl",
        "jaraco.classes-3.4.0-py3-none-any.whl",
        "foo-1.0.0.post01-py3-none-any.whl",
        "Foo-1.0.tar.gz",
    ],
)
def test_an_index_may_take_names_that_are_not_normalized(name: str) -> None:
    with pytest.raises(InvalidFilename, match="The file name should be"):
        check_new_filename(parse_filename(name), PUBLIC)

    check_new_filename(parse_filename(name), UploadRules(allow_unnormalized_filenames=True))


def test_no_index_takes_a_zip_as_an_sdist() -> None:
    with pytest.raises(InvalidFilename, match="The file name should be"):
        check_new_filename(parse_filename("foo-1.0.zip"), LENIENT)
