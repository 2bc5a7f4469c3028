"""Names, versions and file names: what is accepted, what it is normalised to, what is refused."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pypi_core.domain.accounts import check_username
from pypi_core.domain.filenames import FileType, check_spelling, parse_filename
from pypi_core.domain.indexes import parse_index_name
from pypi_core.domain.names import normalize, parse_display_name, parse_project_name
from pypi_core.domain.versions import parse_version, release_key
from pypi_core.errors import Invalid, InvalidFilename, InvalidName, InvalidVersion


@pytest.mark.parametrize(
    ("raw", "normalized"),
    [("Flask", "flask"), ("zope.interface", "zope-interface"), ("a__b--c..d-._e", "a-b-c-d-e"), ("7", "7")],
)
def test_a_name_has_one_normal_spelling(raw: str, normalized: str) -> None:
    assert parse_project_name(raw) == normalized


@pytest.mark.parametrize(
    "raw",
    ["", "foo\n", "-foo", "foo.", "_x", "f\u00f6\u00f6", "\u017fix", "\u212a", "a b", "a/b", "..", "x" * 215],
)
def test_an_invalid_name_is_refused(raw: str) -> None:
    with pytest.raises(InvalidName, match="invalid value for Name"):
        parse_project_name(raw)


@given(st.text())
def test_normalizing_is_idempotent_and_refuses_with_a_documented_error(raw: str) -> None:
    try:
        name = parse_project_name(raw)
    except InvalidName:
        return
    assert normalize(parse_display_name(name)) == name


@pytest.mark.parametrize(
    ("raw", "canonical"),
    [("1.0", "1.0"), ("v1.0-RC1", "1.0rc1"), (" 1.0 ", "1.0"), ("1!2.0", "1!2.0"), ("1.0-1", "1.0.post1")],
)
def test_versions_are_read_in_any_spelling(raw: str, canonical: str) -> None:
    assert str(parse_version(raw)) == canonical


@pytest.mark.parametrize("raw", ["", "x", "1.0.x", "9" * 5000, "1.0\n\n;"])
def test_an_invalid_version_is_refused(raw: str) -> None:
    with pytest.raises(InvalidVersion):
        parse_version(raw)


def test_trailing_zeros_do_not_make_another_release() -> None:
    assert release_key(parse_version("1.0.0")) == release_key(parse_version("1"))
    assert release_key(parse_version("1.0.1")) != release_key(parse_version("1"))


def test_a_wheel_name_is_taken_apart() -> None:
    filename = parse_filename("Foo.Bar-1.0.0-2-py2.py3-none-any.whl")

    assert (filename.filetype, filename.name, str(filename.version)) == (FileType.WHEEL, "foo-bar", "1.0.0")
    assert (filename.literal_name, filename.literal_version) == ("Foo.Bar", "1.0.0")
    assert filename.python_version == "py2.py3"


def test_an_sdist_name_is_taken_apart_at_its_last_dash() -> None:
    filename = parse_filename("foo-bar-1.0rc1.tar.gz")

    assert (filename.filetype, filename.name, str(filename.version)) == (FileType.SDIST, "foo-bar", "1.0rc1")
    assert filename.python_version == "source"


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        ("", "no file name"),
        ("../../etc/x-1.0.tar.gz", "path separator"),
        ("x\\y-1.0.tar.gz", "path separator"),
        ("x-1.0\r\nSet-Cookie: a.tar.gz", "control character"),
        ("x-1.0\x7f.tar.gz", "control character"),
        (f"{'x' * 236}-1.0.tar.gz", "too long"),
        ("x-1.0.egg", "extension"),
        ("x-1.0.tar.bz2", "extension"),
        ("x.tar.gz", "not a valid sdist"),
        ("x-1.0-py3-none.whl", "not a valid wheel"),
        ("x-1.0-py3-none-any-x86_64_v3.whl", r"variants \(PEP 825\) are not accepted"),
        ("x-1.0-" + ".".join(["py3"] * 200) + "-" + ".".join(["a"] * 3) + "-any.whl", "Filename|tags"),
    ],
)
def test_a_bad_file_name_is_refused_with_the_reason(raw: str, reason: str) -> None:
    with pytest.raises(InvalidFilename, match=reason):
        parse_filename(raw)


@pytest.mark.parametrize("raw", ["/" * 100_000, "\0" * 100_000, "x" * 100_000, f"{'x' * 200}\\"])
def test_a_refusal_quotes_only_part_of_a_long_file_name(raw: str) -> None:
    with pytest.raises(InvalidFilename) as caught:
        parse_filename(raw)

    assert len(str(caught.value)) < 150


@pytest.mark.parametrize("parse", [check_username, parse_index_name, parse_project_name, parse_version])
def test_a_refusal_quotes_only_part_of_a_long_value(parse: Callable[[str], object]) -> None:
    with pytest.raises(Invalid) as caught:
        parse("!" * 100_000)

    assert len(str(caught.value)) < 300


def test_a_file_name_of_246_bytes_is_the_longest() -> None:
    stem = f"{'x' * 200}-{'1.' * 18}"

    assert len(parse_filename(f"{stem}10.tar.gz").text) == 246
    with pytest.raises(InvalidFilename, match="too long: use at most 246 bytes"):
        parse_filename(f"{stem}100.tar.gz")


def test_compressed_tags_are_capped_before_they_are_expanded() -> None:
    tags = ".".join(f"t{number}" for number in range(10))

    with pytest.raises(InvalidFilename, match="1000 tags"):
        parse_filename(f"x-1-{tags}-{tags}-{tags}.whl")


@pytest.mark.parametrize(
    "raw", ["Foo_Bar-1.0-py3-none-any.whl", "foo.bar-1.0-py3-none-any.whl", "foo_bar-v1.0-py3-none-any.whl"]
)
def test_the_file_name_of_a_new_wheel_must_be_normalized(raw: str) -> None:
    with pytest.raises(InvalidFilename, match=r"should be 'foo_bar-1.0-py3-none-any.whl'"):
        check_spelling(parse_filename(raw), parse_version("1.0"))


@given(st.text(max_size=300), st.sampled_from([".whl", ".tar.gz", ".zip", ""]))
def test_any_file_name_raises_only_documented_errors(stem: str, ending: str) -> None:
    try:
        parse_filename(stem + ending)
    except Invalid as error:
        assert error.problems


@pytest.mark.parametrize("raw", ["Foo.Bar-1.0rc1.tar.gz", "foo_bar-1.0.0rc1.tar.gz", "foo_bar-1.0rc1.zip"])
def test_a_new_sdist_has_one_possible_name(raw: str) -> None:
    with pytest.raises(InvalidFilename, match=r"should be 'foo_bar-1.0rc1.tar.gz'"):
        check_spelling(parse_filename(raw), parse_version("1.0rc1"))
