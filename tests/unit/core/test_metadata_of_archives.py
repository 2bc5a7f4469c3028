"""METADATA and PKG-INFO files: what is read of them, what is let pass, what is refused."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from pypi_core.domain.metadata import CoreMetadata, parse_metadata
from pypi_core.domain.metadata.bounds import (
    LARGEST_HEADERS,
    LARGEST_METADATA,
    MOST_HEADER_LINES,
    MOST_VALUES,
)
from pypi_core.domain.rules import LENIENT, PUBLIC
from pypi_core.errors import Invalid, InvalidMetadata
from pypi_protocol.errors import Problem
from pypi_protocol.metadata import FIELDS, Field


def file(*lines: str, version: str = "2.1", body: str = "") -> bytes:
    """Return a metadata file of *lines* besides those it has to have."""
    headers = [f"Metadata-Version: {version}", "Name: Sample", "Version: 1.0", *lines]
    return "\n".join([*headers, "", body]).encode()


def core(*lines: str, version: str = "2.1", body: str = "") -> CoreMetadata:
    return parse_metadata(file(*lines, version=version, body=body), PUBLIC).core


def problems(content: bytes) -> list[Problem]:
    with pytest.raises(InvalidMetadata) as caught:
        parse_metadata(content, PUBLIC)
    return list(caught.value.problems)


class TestRead:
    def test_every_field_is_kept(self) -> None:
        read = core(
            "Dynamic: Platform", "Platform: any", "Platform: none", "Supported-Platform: any",
            "Summary: Counts sheep", "Description-Content-Type: text/plain", "Keywords: sheep, night,,",
            "Author: Åsa", "Author-email: a@example.org", "Maintainer: B", "Maintainer-email: b@example.org",
            "License-Expression: mit or apache-2.0", "License-File: LICENSE", "Classifier: Typing :: Typed",
            "Requires-Dist: a>=1", "Requires-Python: >=3.9", "Requires-External: c",
            "Project-URL: Source, https://index.example/s", "Home-page: https://index.example",
            "Download-URL: https://index.example/d", "Provides-Extra: e", "Provides-Dist: p",
            "Obsoletes-Dist: o", "Requires: r", "Provides: v", "Obsoletes: w",
            "Import-Name: sample", "Import-Namespace: space",
            version="2.6", body="Long.\n",
        )  # fmt: skip

        assert read == CoreMetadata(
            metadata_version="2.6", dynamic=("Platform",), platforms=("any", "none"),
            supported_platforms=("any",), summary="Counts sheep", description="Long.\n",
            description_content_type="text/plain", keywords=("sheep", "night"), author="Åsa",
            author_email="a@example.org", maintainer="B", maintainer_email="b@example.org",
            license_expression="MIT OR Apache-2.0", license_files=("LICENSE",),
            classifiers=("Typing :: Typed",), requires_dist=("a>=1",), requires_python=">=3.9",
            requires_external=("c",), project_urls={"Source": "https://index.example/s"},
            home_page="https://index.example", download_url="https://index.example/d",
            provides_extra=("e",), provides_dist=("p",), obsoletes_dist=("o",), requires=("r",),
            provides=("v",), obsoletes=("w",), import_names=("sample",), import_namespaces=("space",),
        )  # fmt: skip

    def test_a_description_in_a_header_loses_its_indentation(self) -> None:
        by_standard = "Description: One\n       |\n       |  two\n       |three"
        by_distutils = "Description: One\n        \n          two\n        three"

        assert core(by_standard).description == "One\n\n  two\nthree"
        assert core(by_distutils).description == "One\n\n  two\nthree"

    def test_a_licence_may_have_lines(self) -> None:
        assert core("License: MIT\n        Copyright somebody").license == "MIT\nCopyright somebody"

    def test_a_folded_header_is_one_line(self) -> None:
        read = core("Summary: Counts\n  sheep", "Requires-Dist: a\n\t>=1")

        assert (read.summary, read.requires_dist) == ("Counts sheep", ("a >=1",))

    @pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
    def test_any_line_ending_is_accepted(self, end: str) -> None:
        content = file("Summary: Counts sheep", body="Long.").replace(b"\n", end.encode())

        read = parse_metadata(content, PUBLIC).core

        assert (read.summary, read.description) == ("Counts sheep", "Long.")

    def test_headers_are_found_in_any_case(self) -> None:
        assert core("SUMMARY: Counts sheep", "requires-dist: a", "Requires-DIST: b").requires_dist == (
            "a", "b",
        )  # fmt: skip

    def test_an_unknown_field_is_ignored(self) -> None:
        read = core(
            "Weather: fine", " continued", "Content-Type: multipart/mixed; boundary=x",
            "Content-Transfer-Encoding: base64", "Summary: Counts sheep", body="--x\n\nLong.",
        )  # fmt: skip

        assert read == CoreMetadata(
            metadata_version="2.1", summary="Counts sheep", description="--x\n\nLong."
        )

    def test_unknown_written_by_legacy_setuptools_counts_as_absent(self) -> None:
        read = core(
            "Home-page: UNKNOWN", "Platform: UNKNOWN", "Author-email: UNKNOWN ", "License:", "Summary: "
        )

        assert read == CoreMetadata(metadata_version="2.1")

    def test_one_empty_import_name_means_no_modules(self) -> None:
        assert core("Import-Name:", version="2.5").import_names == ()

    def test_legacy_extras_are_normalized(self) -> None:
        assert core("Provides-Extra: A_b.C").provides_extra == ("a-b-c",)

    def test_nul_can_be_stored_nowhere(self) -> None:
        assert core("Summary: a\0b").summary == "a\ufffdb"

    def test_white_space_after_the_headers_is_not_a_second_description(self) -> None:
        assert core("Description: One", body="\n\n").description == "One"


class TestLetPass:
    def test_a_field_newer_than_the_metadata_version_counts_as_absent(self) -> None:
        parsed = parse_metadata(
            file("License-File: ../LICENSE", "License-File: AUTHORS", "License: MIT"), PUBLIC
        )

        assert parsed.core.license_files == ()
        assert parsed.warnings == (
            (
                "License-File was introduced in metadata version 2.4, and the metadata is of version 2.1: "
                "it is ignored."
            ),
        )

    @pytest.mark.parametrize(
        "field", [each for each in FIELDS if each.since != "1.0"], ids=lambda each: each.label
    )
    def test_whatever_is_wrong_with_it(self, field: Field) -> None:
        assert core(f"{field.label}: \u2603", f"{field.label}: !", version="1.0") == CoreMetadata()

    def test_a_line_that_is_not_a_header_begins_the_description(self) -> None:
        parsed = parse_metadata(file("License: MIT", "Copyright somebody", "Summary: lost"), PUBLIC)

        assert parsed.core.license == "MIT"
        assert parsed.core.description.startswith("Copyright somebody\nSummary: lost")
        [warning] = parsed.warnings
        assert warning.startswith("Line 5 of the metadata is not a header")


class TestRefused:
    @pytest.mark.parametrize("version", ["2.0", "3.0", "2.99", ""])
    def test_another_metadata_version(self, version: str) -> None:
        assert [each.field for each in problems(file(version=version))] == ["metadata_version"]

    def test_empty_metadata(self) -> None:
        assert [each.field for each in problems(b"")] == ["metadata_version", "name", "version"]

    def test_a_missing_name(self) -> None:
        content = file().replace(b"Sample", b"UNKNOWN")

        assert [each.message for each in problems(content)] == ["name: This field is required."]

    def test_metadata_that_is_not_utf_8(self) -> None:
        [problem] = problems(file("Author: X").replace(b"X", b"\xe4"))

        assert problem.message == "The metadata is not UTF-8 (line 4): build the file again."

    @pytest.mark.parametrize("label", ["Name", "Version", "Summary", "Keywords", "Requires-Python"])
    def test_a_single_field_twice(self, label: str) -> None:
        lines = [f"{label}: 2.0"] if label in {"Name", "Version"} else [f"{label}: 2.0", f"{label}: 2.0"]

        fields = [each.message for each in problems(file(*lines))]

        assert f"The metadata has 2 values for {label}: keep one." in fields

    def test_two_descriptions(self) -> None:
        [problem] = problems(file("Description: One", body="Two"))

        assert problem.field == "description"
        assert "as a header and as the body" in problem.message

    def test_a_description_that_a_broken_header_cuts_off(self) -> None:
        [problem] = problems(file("Description: One", "Keywords: a", "b", "Platform: any"))

        assert "Line 6 of the metadata is not a header" in problem.message

    def test_a_label_twice(self) -> None:
        lines = ["Project-URL: A, https://index.example/1", "Project-URL: A, https://index.example/2"]

        assert [each.field for each in problems(file(*lines))] == ["project_urls"]

    def test_everything_at_once(self) -> None:
        content = file(
            "Summary: a\u2028b", "Summary: b", "Classifier: Weather", "Requires-Dist: !", version="9"
        ).replace(b"1.0", b"one")  # fmt: skip

        assert [each.field for each in problems(content)] == [
            "metadata_version", "version", "classifiers", "requires_dist", "summary", "summary",
        ]  # fmt: skip


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"".join(b"X%d: 1\n" % each for each in range(49_000)), id="names"),
        pytest.param(
            b"".join(
                bytes(
                    letter ^ (each >> place & 1) << 5 if letter != ord("-") else letter
                    for place, letter in enumerate(b"supported-platform")
                )
                + b": 1\n"
                for each in range(45_000)
            ),
            id="spellings",
        ),
        pytest.param(b"\n" * 1_000_000, id="blank lines"),
        pytest.param(b"Summary: a\n" + b" b\n" * 49_000, id="folds"),
        pytest.param(b": x\n" * 49_000, id="headers without a name"),
        pytest.param(b"Summary: " + b"=?utf-8?b?YQ==?= " * 50_000, id="encoded words"),
        pytest.param(b'Content-Type: multipart/mixed; boundary=""\n\n' + b"--\n" * 300_000, id="parts"),
    ],
)
def test_crafted_metadata_is_read_in_linear_time(content: bytes) -> None:
    assert "name" in [each.field for each in problems(content)]


def test_a_byte_order_mark_is_reported_by_name() -> None:
    [problem] = problems(b"\xef\xbb\xbf" + file())

    assert problem.message.startswith("The metadata begins with a byte order mark")


class TestBounds:
    @pytest.mark.parametrize(
        ("content", "why"),
        [
            (file(body="x" * LARGEST_METADATA), "The metadata is larger than 8 MiB"),
            (file("Description: " + "x" * LARGEST_HEADERS), "headers of the metadata are larger than 1 MiB"),
            (file("Description: a" + "\n b" * MOST_HEADER_LINES), "have more than 50000 lines"),
            (file(*["Classifier: a"] * (MOST_VALUES + 1)), "Classifier has 10001 values"),
            (file(*["Platform: a"] * (MOST_VALUES + 1)), "Platform has 10001 values"),
            (file(*["Requires-Dist: " + "a" * 250] * 1001), "Requires-Dist has 250250 characters in all"),
            (file("Provides-Extra: " + "a" * 65_537), "Provides-Extra has a value of 65537 characters"),
            (file("Author-email: " + "(" * 65_537), "Author-email has a value of 65537 characters"),
        ],
        ids=["file", "headers", "lines", "values", "unchecked", "requirements", "value", "address"],
    )
    def test_oversized_metadata_is_refused_before_parsing(self, content: bytes, why: str) -> None:
        assert [why in each.message for each in problems(content)] == [True]

    def test_a_description_may_be_all_that_is_large(self) -> None:
        assert len(core(body="x" * (LARGEST_METADATA - 1000)).description) > LARGEST_METADATA - 2000
        assert len(core("Description: " + "x" * 900_000).description) == 900_000
        assert len(core("License: " + "x" * 900_000).license) == 900_000

    def test_a_quotation_mark_in_a_marker_does_not_hide_what_follows(self) -> None:
        [problem] = problems(file("""Requires-Dist: a; os_name == '"' and extras == 'x'"""))

        assert "'extras' and 'dependency_groups' are for lock files alone" in problem.message


_HEADERS = st.lists(
    st.tuples(
        st.sampled_from([field.label for field in FIELDS]),
        st.one_of(
            st.text(),
            st.sampled_from(
                [
                    "UNKNOWN",
                    "2.4",
                    "a; extra == 'b'",
                    "x @ y",
                    "(" * 400,
                    "a; " + "(" * 400,
                    "[",
                    "\\",
                    '"',
                    ";",
                ]
            ),
        ),
    ),
    max_size=12,
)


@given(st.binary())
@example(b"Metadata-Version: 2.1\nName: a\nVersion: 1\nDescription-Content-Type: text/plain; x*\n")
def test_arbitrary_bytes_raise_only_a_refusal(content: bytes) -> None:
    for rules in (PUBLIC, LENIENT):
        try:
            parse_metadata(content, rules)
        except Invalid as error:
            assert error.problems


@given(_HEADERS, st.sampled_from(["1.0", "2.1", "2.6"]), st.text())
def test_arbitrary_values_raise_only_a_refusal(
    headers: list[tuple[str, str]], version: str, body: str
) -> None:
    content = file(*(f"{label}: {value}" for label, value in headers), version=version, body=body)
    try:
        parsed = parse_metadata(content, LENIENT)
    except Invalid as error:
        assert error.problems
        assert len(str(error)) < 40_000
    else:
        assert parsed.name == "Sample"
