"""Core metadata field by field: what is accepted, what is refused, and in which words."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from msgspec.structs import replace

from pypi_core.domain.metadata.checking import field_problems
from pypi_core.domain.metadata.problems import listed
from pypi_core.domain.rules import LENIENT, PUBLIC, UploadRules
from pypi_protocol.errors import Problem
from pypi_protocol.metadata import FIELDS


def problems(field: str, *values: str, version: str = "2.6", rules: UploadRules = PUBLIC) -> list[Problem]:
    """Return what is wrong with metadata of which all but *field* is right."""
    right: dict[str, Sequence[str]] = {
        "metadata_version": [version], "name": ["sample"], "version": ["1.0"]
    }  # fmt: skip
    return listed(field_problems({**right, field: values}, rules))


def case(why: str, field: str, *values: str, version: str = "2.6") -> object:
    return pytest.param(field, values, version, id=f"{field}-{why}".replace(" ", "-"))


@pytest.mark.parametrize(
    ("field", "values", "version"),
    [
        *(case(f"of {each}", "metadata_version", each)
          for each in ("1.0", "1.1", "1.2", "2.1", "2.2", "2.3", "2.4", "2.5", "2.6")),
        case("any spelling", "version", " v1.0-RC1 "),
        case("epoch", "version", "1!2.0"),
        case("512 characters", "summary", "x" * 512),
        case("bare", "description_content_type", "text/markdown"),
        case("parameters", "description_content_type", "Text/Markdown; charset=utf-8; variant=GFM"),
        case("quoted parameter", "description_content_type", 'text/x-rst; charset="UTF-8"'),
        case("trailing semicolon", "description_content_type", "text/plain;"),
        case("unknown parameter", "description_content_type", "text/plain; format=flowed"),
        case("address alone", "author_email", "me@example.org"),
        case("name and address", "author_email", "A Name <me@example.org>"),
        case("quoted comma", "author_email", '"Name, A" <me@example.org>'),
        case("list", "maintainer_email", "me@example.org, Other <other@example.org>"),
        case("comment", "author_email", "me@example.org (A Name)"),
        case("international", "author_email", "Åsa <åsa@exämple.org>"),
        case("empty first", "author_email", ", me@example.org"),
        case("any text", "license", "MIT\nCopyright somebody"),
        case("any case", "license_expression", "mit or (apache-2.0 AND LicenseRef-My.Own-1)"),
        case("exception", "license_expression", "GPL-3.0-only WITH Classpath-exception-2.0"),
        case("folder", "license_file", "licenses/LICENSE.txt", "NOTICE"),
        case("dots inside", "license_file", "a..b/..c"),
        case("on the list", "classifiers", "Programming Language :: Python :: 3", "Typing :: Typed"),
        case("of a licence beside an expression", "classifiers", "License :: OSI Approved :: MIT License"),
        case("marker", "requires_dist", 'a[b,c] (>=1,<2) ; python_version >= "3.10" and extra == "D_e"'),
        case("compatible release of a version variable", "requires_dist", 'a; python_version ~= "3.9"'),
        case("variable on the right", "requires_dist", 'a; "3.9" ~= python_version'),
        case("membership", "requires_dist", "a; sys_platform in 'linux darwin'"),
        case("range", "requires_python", " >=3.9, !=3.9.1, <4 "),
        case("free text", "requires_external", "libpng (>=1.5), any"),
        case("http", "project_urls", "Source, http://index.example/a,b", "Docs,https://index.example"),
        case("32 characters", "project_urls", f"{'x' * 32}, https://index.example"),
        case("https", "home_page", " https://index.example/ "),
        case("http", "download_url", "http://index.example/a.tar.gz"),
        case("normal", "provides_extra", "a", "b-c1", version="2.3"),
        case("old spelling", "provides_extra", "A_b.c", version="2.2"),
        case("twice the same", "provides_extra", "a", "a"),
        case("version", "provides_dist", "a (>=1)"),
        case("version", "obsoletes_dist", "a<2"),
        case("dotted", "import_name", "package.module", "_private ; private", version="2.5"),
        case("namespace", "import_namespace", "package;private", version="2.5"),
        case("any case", "dynamic", "LICENSE-file", "Requires-Dist"),
        case("nothing is checked", "requires", "!!"),
        case("nothing is checked", "platform", "!!"),
    ],
)  # fmt: skip
def test_a_valid_value_is_accepted(field: str, values: Sequence[str], version: str) -> None:
    assert problems(field, *values, version=version) == []


def refused(why: str, field: str, value: str, words: str, *, version: str = "2.6") -> object:
    return pytest.param(field, value, words, version, id=f"{field}-{why}".replace(" ", "-"))


@pytest.mark.parametrize(
    ("field", "value", "words", "version"),
    [
        refused("withdrawn", "metadata_version", "2.0", "withdrawn"),
        refused("future major", "metadata_version", "3.0", "from 1.0 to 2.6"),
        refused("future minor", "metadata_version", "2.99", "from 1.0 to 2.6"),
        refused("other digits", "metadata_version", "\u0662.\u0661", "from 1.0 to 2.6"),
        refused("line break", "name", "foo\n", "Start and end"),
        refused("dash first", "name", "-foo", "Start and end"),
        refused("dot last", "name", "foo.", "Start and end"),
        refused("not ASCII", "name", "f\u00f6\u00f6", "Start and end"),
        refused("long s", "name", "\u017fix", "Start and end"),
        refused("Kelvin sign", "name", "\u212aelvin", "Start and end"),
        refused("none", "version", "one", "PEP 440"),
        refused("5000 digits", "version", "9" * 5000, "at most 128"),
        refused("local", "version", "1.0+local", "no local versions"),
        refused("line break", "summary", "a\nb", "one line"),
        refused("carriage return", "summary", "a\rb", "one line"),
        refused("line separator", "summary", "a\u2028b", "one line"),
        refused("trailing line break", "summary", "a\n", "one line"),
        refused("513 characters", "summary", "x" * 513, "at most 512"),
        refused("type", "description_content_type", "text/html", "'text/markdown'"),
        refused("no type", "description_content_type", "markdown", "'text/markdown'"),
        refused("charset", "description_content_type", "text/plain; charset=latin-1", "'UTF-8'"),
        refused("variant", "description_content_type", "text/markdown; variant=Pandoc", "'GFM'"),
        refused("malformed", "description_content_type", "text/plain; charset", "malformed"),
        refused("malformed by RFC 2231", "description_content_type", "text/plain; x*", "malformed"),
        refused("open quote", "description_content_type", 'text/plain; charset="UTF-8', "malformed"),
        refused("twice", "description_content_type", "text/plain; a=b; A=c", "malformed"),
        refused("no address", "author_email", "Somebody", "valid email"),
        refused("second word", "author_email", "A Name me@example.org", "valid email"),
        refused("two ats", "author_email", "a@b@c", "valid email"),
        refused("no domain", "maintainer_email", "me@", "valid email"),
        refused("semicolons", "author_email", "a@example.org; b@example.org", "valid email"),
        refused("first is none", "author_email", "Name, A <me@example.org>", "valid email"),
        refused("open quote", "author_email", '"A Name <me@example.org>', "Close every quote"),
        refused("open bracket", "author_email", "A Name <me@example.org", "Close every quote"),
        refused("unknown", "license_expression", "Use-it-after-midnight", "Unknown license"),
        refused("syntax", "license_expression", "MIT OR", "valid SPDX"),
        refused("underscore", "license_expression", "LicenseRef-a_b", "Invalid licenseref"),
        refused("Kelvin sign", "license_expression", "LicenseRef-\u212a", "ASCII"),
        refused("length", "license_expression", "MIT OR " * 1000 + "MIT", "longer than"),
        refused("nested", "license_expression", "(" * 1000 + "MIT" + ")" * 1000, "valid SPDX"),
        refused("parent", "license_file", "../LICENSE", "'..'"),
        refused("parent inside", "license_file", "a/../LICENSE", "'..'"),
        refused("pattern", "license_file", "*", "pattern"),
        refused("pattern of sets", "license_file", "LICEN[CS]E", "pattern"),
        refused("absolute", "license_file", "/LICENSE", "relative"),
        refused("drive", "license_file", "C:LICENSE", "relative"),
        refused("backslash", "license_file", "C:\\x", "'/'"),
        refused("current folder", "license_file", "./LICENSE", "without '.'"),
        refused("empty part", "license_file", "a//b", "without '.'"),
        refused("line break", "license_file", "a\nb", "Control"),
        refused("unknown", "classifiers", "Programing Language :: Python :: 3",
                "did you mean 'Programming Language :: Python :: 3'?"),
        refused("nothing like it", "classifiers", "\u2603" * 20, "in no list: leave it out"),
        refused("deprecated", "classifiers", "Natural Language :: Ukranian",
                "deprecated: use 'Natural Language :: Ukrainian'"),
        refused("given up", "classifiers", "License :: OSI Approved :: X.Net License", "no successor"),
        refused("private", "classifiers", "Private :: Do Not Upload", "not to be published"),
        refused("trailing space", "classifiers", "Typing :: Typed ", "did you mean 'Typing :: Typed'?"),
        refused("none", "requires_dist", "not a requirement !", "Error:"),
        refused("URL", "requires_dist", "x @ https://index.example/x.whl", "cannot name a URL"),
        refused("marker of lock files", "requires_dist", "x; 'y' in extras", "lock files alone"),
        refused("groups in a marker", "requires_dist", "x; 'y' in dependency_groups", "lock files alone"),
        refused("unknown variable", "requires_dist", "x; weather == 'fine'", "marker variable"),
        refused("two texts", "requires_dist", "x; 'a' == 'b'", "not two texts"),
        refused("undefined comparison", "requires_dist", "x; os_name ~= 'posix'", "'~=' is not defined"),
        refused("arbitrary equality", "requires_dist", "x; os_name === 'posix'", "'===' is not defined"),
        refused("no version", "requires_dist", "x; python_version ~= '3.*'", "'~=' is not defined"),
        refused("trailing line break", "requires_dist", "x>=1\n", "Error:"),
        refused("wildcard", "requires_dist", "x>=1.*", ".* suffix"),
        refused("5000 digits", "requires_dist", f"x>={'9' * 5000}", "4300 digits"),
        refused("5000 digits in a marker", "requires_dist", f"x; python_version > '{'9' * 5000}'", "4300"),
        refused("nested", "requires_dist", f"x; {'(' * 5000}os_name == '{'a' * 20_000}'{')' * 5000}",
                "nested "),
        refused("a million characters", "requires_dist", "x" * 1_000_001, "1000001 characters in all"),
        refused("URL", "provides_dist", "x @ https://index.example/x.whl", "cannot name a URL"),
        refused("none", "obsoletes_dist", "!", "Error:"),
        refused("none", "requires_python", "three", "'>=3.9,<4'"),
        refused("marker", "requires_python", ">=3.9; os_name == 'nt'", "'>=3.9,<4'"),
        refused("wildcard", "requires_python", ">=3.9.*", "'>=3.9,<4'"),
        refused("5000 digits", "requires_python", f">={'9' * 900}{'.1' * 30}{'9' * 5000}", "at most 1000"),
        refused("script", "project_urls", "Bad, javascript:alert(1)", "https://"),
        refused("no comma", "project_urls", "https://index.example", "a comma"),
        refused("no label", "project_urls", ", https://index.example", "a comma"),
        refused("no URL", "project_urls", "Source,", "a comma"),
        refused("33 characters", "project_urls", f"{'x' * 33}, https://index.example", "at most 32"),
        refused("white space", "project_urls", "Source, https://index.example/a b", "White space"),
        refused("line break", "home_page", "https://index.example/\nx", "White space"),
        refused("no scheme", "home_page", "index.example", "https://"),
        refused("no host", "home_page", "https://", "https://"),
        refused("broken", "home_page", "https://[", "not a URL"),
        refused("script", "home_page", "javascript:alert(1)", "https://"),
        refused("other scheme", "download_url", "ftp://index.example", "https://"),
        refused("upper case since 2.3", "provides_extra", "Dev", "From metadata version 2.3", version="2.3"),
        refused("underscore since 2.3", "provides_extra", "a_b", "From metadata version 2.3", version="2.4"),
        refused("trailing line break", "provides_extra", "a\n", "From metadata", version="2.3"),
        refused("no name", "provides_extra", "-a", "Start and end", version="2.1"),
        refused("no identifier", "import_name", "a-b", "identifiers"),
        refused("empty part", "import_name", "a..b", "identifiers"),
        refused("keyword", "import_namespace", "a.class", "'class' is a keyword"),
        refused("option", "import_name", "a; public", "'private' alone"),
        refused("unknown", "dynamic", "Weather", "no such field"),
        refused("never", "dynamic", "NAME", "never dynamic"),
    ],
)  # fmt: skip
def test_an_invalid_value_is_refused_with_the_reason(
    field: str, value: str, words: str, version: str
) -> None:
    [problem] = problems(field, value, version=version)

    assert problem.field == field
    assert words in problem.message
    assert len(problem.message) < 500


@pytest.mark.parametrize("field", ["metadata_version", "name", "version"])
def test_three_fields_are_required(field: str) -> None:
    assert problems(field) == [Problem(field, f"{field}: This field is required.")]


@pytest.mark.parametrize(
    ("switch", "field", "value"),
    [
        ("allow_local_versions", "version", "1.0+cu128"),
        ("allow_direct_references", "requires_dist", "x @ https://index.example/x.whl ; os_name == 'nt'"),
        ("allow_private_classifiers", "classifiers", "Private :: Do Not Upload"),
        ("allow_unknown_classifiers", "classifiers", "Weather :: Fine"),
        ("allow_unnormalized_extras", "provides_extra", "Dev_Release"),
        ("allow_unknown_classifiers", "classifiers", "Natural Language :: Ukranian"),
    ],
)
def test_an_index_can_be_laxer_by_a_switch(switch: str, field: str, value: str) -> None:
    assert problems(field, value)
    assert not problems(field, value, rules=replace(PUBLIC, **{switch: True}))
    assert problems(field, value, rules=replace(LENIENT, **{switch: False}))


def test_a_private_classifier_is_refused_even_where_unknown_ones_are_allowed() -> None:
    rules = replace(PUBLIC, allow_unknown_classifiers=True)

    assert problems("classifiers", "Private :: Do Not Upload", rules=rules)


def test_provided_distributions_never_name_a_url() -> None:
    assert problems("provides_dist", "x @ https://index.example/x.whl", rules=LENIENT)


def test_licence_and_expression_exclude_each_other() -> None:
    values = {
        "metadata_version": ["2.4"], "name": ["sample"], "version": ["1.0"],
        "license": ["MIT"], "license_expression": ["MIT"],
    }  # fmt: skip

    [problem] = field_problems(values, PUBLIC)

    assert problem.field == "license"
    assert "License-Expression" in problem.message


def test_a_label_is_used_once() -> None:
    [problem] = problems("project_urls", "A, https://index.example/1", "A, https://index.example/2")

    assert "use a label once" in problem.message


def test_from_2_3_on_an_extra_has_one_spelling() -> None:
    found = problems("provides_extra", "a-b", "a_b", rules=replace(PUBLIC, allow_unnormalized_extras=True))

    assert [each.field for each in found] == ["provides_extra"]


@pytest.mark.parametrize("version", ["2.1", "2.2"])
def test_before_2_3_two_spellings_of_an_extra_are_read_as_one(version: str) -> None:
    assert problems("provides_extra", "postgresql_pg8000", "postgresql-pg8000", version=version) == []


@pytest.mark.parametrize(
    ("value", "hint"),
    [
        ("License :: MIT License", "did you mean 'License :: OSI Approved :: MIT License'?"),
        ("Operating System :: Linux", "did you mean 'Operating System :: POSIX :: Linux'?"),
        ("Python :: 3", "did you mean 'Programming Language :: Python :: 3'?"),
        ("Topic :: Software Development :: Library", "'Topic :: Software Development :: Libraries'?"),
        ("topic :: utilities", "did you mean 'Topic :: Utilities'?"),
        ("Development Status :: 5 - Stable", "It is in no list: leave it out."),
        ("Weather :: Fine", "It is in no list: leave it out."),
        ("a", "It is in no list: leave it out."),
        ("::", "It is in no list: leave it out."),
    ],
)
def test_a_classifier_is_suggested_by_its_last_part_or_not_at_all(value: str, hint: str) -> None:
    [problem] = problems("classifiers", value)

    assert hint in problem.message


def test_a_name_cannot_also_be_a_namespace() -> None:
    values = {
        "metadata_version": ["2.5"], "name": ["sample"], "version": ["1.0"],
        "import_name": ["a", "b.c; private"], "import_namespace": ["b.c", "b"],
    }  # fmt: skip

    [problem] = field_problems(values, PUBLIC)

    assert problem.field == "import_namespace"
    assert problem.message.startswith("'b.c' is an invalid value for Import-Namespace.")


def test_all_problems_are_reported_in_order() -> None:
    values = {
        "version": ["x"], "summary": ["a\nb"], "classifiers": ["Weather"], "name": ["-"],
        "metadata_version": ["9"], "author_email": ["x"], "requires_dist": ["!"],
    }  # fmt: skip

    told = [each.field for each in listed(field_problems(values, PUBLIC))]

    assert told == [
        "metadata_version", "name", "version", "author_email", "classifiers", "requires_dist", "summary",
    ]  # fmt: skip


def test_ten_thousand_invalid_values_are_counted_but_not_listed() -> None:
    found = problems("classifiers", *(f"Weather :: {number}" for number in range(10_000)))

    assert len(found) == 11
    assert found[-1].message == "The same is wrong with 9990 more of classifiers."


def test_a_refusal_stays_short_however_much_is_wrong() -> None:
    nasty = "\U000e0001" * 5000
    values = {field.form_name: [f"{nasty}{number}" for number in range(100)] for field in FIELDS}

    told = listed(field_problems(values, PUBLIC))

    assert len(told) <= 51
    assert told[-1].message.startswith("Besides these, ")
    assert sum(len(each.message) for each in told) < 60_000
