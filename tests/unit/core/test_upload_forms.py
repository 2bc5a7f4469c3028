"""The form of an upload: what clients send is read strictly, and held against the archive."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pypi_contracts.builders import build_wheel
from pypi_core.domain.metadata import parse_metadata
from pypi_core.domain.metadata.form import FormFields
from pypi_core.domain.rules import LENIENT, PUBLIC
from pypi_core.domain.uploads import Upload, check_form_metadata, parse_upload
from pypi_core.errors import Invalid, InvalidForm, InvalidMetadata
from pypi_protocol.errors import Problem
from pypi_protocol.metadata import FIELDS, Field

RIGHT = {
    "filetype": ["bdist_wheel"], "pyversion": ["py3"], "sha256_digest": ["0" * 64],
    "metadata_version": ["2.6"], "name": ["sample"], "version": ["1.0"],
}  # fmt: skip


def read(**fields: list[str]) -> Upload:
    return parse_upload({**RIGHT, **fields}, "sample-1.0-py3-none-any.whl", None, PUBLIC)


def problems(**fields: list[str]) -> list[Problem]:
    with pytest.raises(InvalidForm) as caught:
        read(**fields)
    return list(caught.value.problems)


class TestNewerFields:
    @pytest.mark.parametrize(
        "field",
        [each for each in FIELDS if each.since not in {"1.0", "1.1"}],
        ids=lambda each: each.label,
    )
    def test_a_field_newer_than_the_metadata_version_is_ignored_with_a_warning(self, field: Field) -> None:
        upload = read(metadata_version=["1.1"], **{field.form_name: ["!"]})

        [warning] = upload.warnings
        assert warning.startswith(f"{field.label} was introduced in metadata version {field.since}")
        assert (upload.requires_dist, upload.requires_python) == ((), "")

    def test_a_field_of_the_metadata_version_is_checked(self) -> None:
        assert read(metadata_version=["2.5"], import_name=["sample"]).warnings == ()
        [problem] = problems(metadata_version=["2.5"], import_name=["!"])
        assert problem.field == "import_name"


class TestBounds:
    @pytest.mark.parametrize(
        ("field", "values", "why"),
        [
            ("classifiers", ["a"] * 10_001, "Classifier has 10001 values"),
            ("requires_dist", ["a" * 250] * 1001, "Requires-Dist has 250250 characters in all"),
            ("author_email", ["(" * 65_537], "Author-email has a value of 65537 characters"),
            ("keywords", ["a,"] * 40_000, "Keywords has a value of 119999 characters"),
        ],
    )
    def test_the_form_has_the_bounds_of_the_archive(self, field: str, values: list[str], why: str) -> None:
        assert [why in each.message for each in problems(**{field: values})] == [True]


class TestAccepted:
    @pytest.mark.parametrize(
        "fields",
        [
            pytest.param({"weather": ["fine", "rain"]}, id="unknown fields"),
            pytest.param({"platform": ["UNKNOWN"], "home_page": ["UNKNOWN"]}, id="UNKNOWN"),
            pytest.param({"requires_python": [""], "license": ["  "]}, id="empty values"),
            pytest.param({"keywords": ["a", "b, c"]}, id="keywords in parts"),
            pytest.param({"summary": ["a\0b"]}, id="NUL"),
            pytest.param({"platform": ["a", "b"], "platforms": ["c"]}, id="both spellings"),
            pytest.param(
                {
                    "metadata_version": ["1.0"],
                    "classifiers": ["Typing :: Typed"],
                    "license_file": ["LICENSE"],
                },
                id="setup.py says 1.0",
            ),
        ],
    )
    def test_forms_of_real_clients(self, fields: dict[str, list[str]]) -> None:
        assert read(**fields).name == "sample"

    @pytest.mark.parametrize("version", ["1.0", "2.4", "2.6"])
    def test_another_metadata_version_than_the_archives(self, version: str) -> None:
        upload = read(metadata_version=[version])

        upload.check_agreement(parse_metadata(build_wheel().metadata, PUBLIC))

    def test_license_files_before_2_4_which_build_tools_wrote_for_years(self) -> None:
        read(metadata_version=["2.1"], license_file=["LICENSE", "../NOTICE"])


class TestRefused:
    @pytest.mark.parametrize(
        ("field", "plural", "value"),
        [
            ("license_file", "license_files", "../LICENSE"),
            ("import_name", "import_names", "a-b"),
            ("import_namespace", "import_namespaces", "a-b"),
        ],
    )
    def test_in_the_singular_as_in_the_plural(self, field: str, plural: str, value: str) -> None:
        assert problems(**{field: [value]}) == problems(**{plural: [value]})
        assert [each.field for each in problems(**{field: [value], plural: [value]})] == [field, field]

    @pytest.mark.parametrize(
        "field",
        [each.form_name for each in FIELDS if not each.is_multiple and each.form_name != "keywords"]
        + ["filetype", "pyversion", "protocol_version", "comment", "sha256_digest"],
    )
    def test_a_single_field_twice(self, field: str) -> None:
        found = problems(**{field: [*RIGHT.get(field, [""]), "again"]})

        assert f"The form has 2 values for {field}: send one." in [each.message for each in found]

    def test_everything_at_once_and_in_order(self) -> None:
        with pytest.raises(InvalidForm) as caught:
            parse_upload(
                {
                    "summary": ["a\nb"], "version": ["x"], "name": ["-"], "classifiers": ["Weather"],
                    "filetype": ["egg"], "protocol_version": ["2"], "license_file": ["*"],
                },
                None, None, PUBLIC,
            )  # fmt: skip

        assert [each.field for each in caught.value.problems] == [
            "protocol_version", "metadata_version", "name", "version", "classifiers", "filetype",
            "license_file", "sha256_digest", "summary", "content",
        ]  # fmt: skip


class TestMetadataAlone:
    def test_needs_no_fields_about_a_file(self) -> None:
        check_form_metadata({"metadata_version": ["1.0"], "name": ["sample"], "version": ["1.0"]}, PUBLIC)

    def test_is_checked_against_the_rules_of_an_upload(self) -> None:
        wrong = {"classifiers": ["Weather"], "requires_dist": ["x @ https://index.example/x.whl"]}

        with pytest.raises(InvalidForm) as caught:
            check_form_metadata({**RIGHT, **wrong}, PUBLIC)

        assert list(caught.value.problems) == problems(**wrong)


class TestAgreement:
    ARCHIVE = parse_metadata(
        build_wheel(
            "Sample", "1.0", requires_python=">=3.9,<4", requires_dist=["a_b>=1,<2", 'c ; extra == "d"']
        ).metadata,
        PUBLIC,
    )

    @pytest.mark.parametrize(
        "fields",
        [
            pytest.param({}, id="nothing said"),
            pytest.param({"name": ["sAMPLE"]}, id="name in another case"),
            pytest.param({"version": ["v1"]}, id="version in another spelling"),
            pytest.param({"requires_python": ["<4, >=3.9"]}, id="specifiers in another order"),
            pytest.param({"requires_dist": ["c; extra=='D'", "A.B <2, >=1"]}, id="other spellings"),
            pytest.param({"summary": ["Something else"]}, id="what is not compared"),
        ],
    )
    def test_another_spelling_of_the_same_value_is_accepted(self, fields: dict[str, list[str]]) -> None:
        read(**fields).check_agreement(self.ARCHIVE)

    @pytest.mark.parametrize(
        "fields",
        [
            {"name": ["other"]},
            {"version": ["1.1"]},
            {"requires_python": [">=3.8"]},
            {"requires_dist": ["a_b>=1,<2"]},
            {"requires_dist": ["a_b>=1,<2", "c"]},
        ],
        ids=str,
    )
    def test_a_different_value_is_refused(self, fields: dict[str, list[str]]) -> None:
        with pytest.raises(InvalidMetadata, match="upload the file as built") as caught:
            read(**fields).check_agreement(self.ARCHIVE)

        assert [each.field for each in caught.value.problems] == list(fields)


_NAMES = st.sampled_from(
    [name for field in FIELDS for name in (field.form_name, field.key)]
    + ["filetype", "pyversion", "sha256_digest", "md5_digest", "protocol_version", "comment", ":action"]
)
_VALUES = st.one_of(
    st.text(), st.sampled_from(["UNKNOWN", "2.4", "sdist", "a; 'b' in extras", "x @ y", "(" * 500])
)


@given(
    st.dictionaries(_NAMES, st.lists(_VALUES, max_size=3)),
    st.booleans(),
    st.one_of(st.none(), st.text()),
    st.one_of(st.none(), st.text()),
)
def test_arbitrary_forms_raise_only_a_refusal(
    fields: FormFields, is_complete: bool, filename: str | None, content_type: str | None
) -> None:
    for rules in (PUBLIC, LENIENT):
        try:
            parse_upload({**fields, **RIGHT} if is_complete else fields, filename, content_type, rules)
        except Invalid as error:
            assert error.problems
            assert len(str(error)) < 40_000
