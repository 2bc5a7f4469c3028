"""A distribution held against every rule at once."""

from __future__ import annotations

import io
from collections.abc import Callable

import pytest

from damage.reworking import with_other_name
from pypi_contracts.builders import BuiltDistribution, build_sdist, build_wheel
from pypi_core.domain.distributions import Distribution, inspect_distribution, inspect_metadata
from pypi_core.domain.rules import LENIENT, PUBLIC, UploadRules
from pypi_core.errors import Invalid, InvalidArchive, InvalidFilename, InvalidMetadata
from pypi_memory.environment import BROKEN, PlainRenderer


def inspect(distribution: BuiltDistribution, rules: UploadRules = PUBLIC) -> Distribution:
    content = io.BytesIO(distribution.content)
    return inspect_distribution(distribution.filename, content, rules, PlainRenderer().render)


def test_a_sound_wheel_is_recognized_and_its_description_rendered() -> None:
    distribution = inspect(build_wheel("Foo.Bar", "1.0", description="A *text*."))

    assert distribution.filename.name == "foo-bar"
    assert distribution.metadata.name == "Foo.Bar"
    assert distribution.description_html == "<pre>A *text*.</pre>"
    assert distribution.warnings == ()


def test_all_problems_are_reported_at_once() -> None:
    wrong = build_sdist(
        "sample",
        "1.0",
        requires_dist=["not a requirement!"],
        description=f"{BROKEN} text",
        description_content_type="text/x-rst",
        extra_metadata=[("Requires-Python", "about 3")],
        requires_python=None,
    )
    with pytest.raises(InvalidMetadata) as caught:
        inspect(wrong)

    assert {each.field for each in caught.value.problems} >= {"requires_dist", "requires_python"}


def test_a_description_that_does_not_render_is_refused_with_the_line() -> None:
    wrong = build_wheel(description=f"{BROKEN} text", description_content_type="text/x-rst")
    with pytest.raises(InvalidMetadata) as caught:
        inspect(wrong)

    (problem,) = caught.value.problems
    assert problem.field == "description"
    assert "failed to render as text/x-rst: line 1: " in problem.message


def test_a_description_without_a_type_is_restructuredtext() -> None:
    wrong = build_wheel(description=f"{BROKEN} text", description_content_type=None)
    with pytest.raises(InvalidMetadata, match="failed to render as reStructuredText"):
        inspect(wrong)


@pytest.mark.parametrize("content_type", ["text/markdown", "text/plain"])
def test_markdown_and_plain_text_always_render(content_type: str) -> None:
    distribution = inspect(build_wheel(description=f"{BROKEN} text", description_content_type=content_type))
    assert BROKEN in distribution.description_html


def test_an_index_may_take_descriptions_that_do_not_render() -> None:
    wrong = build_wheel(description=f"{BROKEN} text", description_content_type="text/x-rst")
    assert inspect(wrong, LENIENT).description_html == f"<pre>{BROKEN} text</pre>"


def test_a_file_name_and_a_description_are_refused_together() -> None:
    wrong = build_wheel("sample", "1.0", description=f"{BROKEN} text", description_content_type="text/x-rst")
    renamed = BuiltDistribution(
        filename="Sample-1.0-py3-none-any.whl",
        content=build_wheel(
            "sample",
            "1.0",
            dist_info_name="Sample-1.0",
            description=f"{BROKEN} text",
            description_content_type="text/x-rst",
        ).content,
        metadata=wrong.metadata,
        filetype="bdist_wheel",
        pyversion="py3",
    )
    with pytest.raises(InvalidFilename) as caught:
        inspect(renamed)

    assert [each.field for each in caught.value.problems] == ["content", "description"]


@pytest.mark.parametrize("content", [b"", b"PK", b"\x1f\x8b", b"x" * 1000])
@pytest.mark.parametrize("filename", ["sample-1.0-py3-none-any.whl", "sample-1.0.tar.gz"])
def test_bytes_that_are_not_an_archive_are_refused(filename: str, content: bytes) -> None:
    with pytest.raises(InvalidArchive):
        inspect_distribution(filename, io.BytesIO(content), PUBLIC, PlainRenderer().render)


def test_the_class_of_the_first_problem_is_the_error() -> None:
    with pytest.raises(Invalid) as caught:
        inspect(build_wheel(extra_metadata=[("Requires-Dist", "???")]))
    assert type(caught.value) is InvalidMetadata


@pytest.mark.parametrize(
    "filename", ["foo_bar-1.0.0-1.tar.gz", "Foo-Bar-1.0.0.post1.tar.gz", "foo_bar-1.tar.gz"]
)
def test_the_right_name_of_an_sdist_is_made_from_its_metadata(filename: str) -> None:
    content = build_sdist("Foo.Bar", "1.0.0.post1").content
    with pytest.raises(InvalidFilename) as caught:
        inspect_distribution(filename, io.BytesIO(content), PUBLIC, PlainRenderer().render)

    assert "should be 'foo_bar-1.0.0.post1.tar.gz', not " in str(caught.value)


@pytest.mark.parametrize("tag", ["py3-none-manylinux_2_28_x86_64", "py3-none-musllinux_1_2_x86_64"])
def test_an_index_may_take_members_that_differ_in_case_in_a_wheel_for_linux(tag: str) -> None:
    wheel = build_wheel("sample", "1.0", tag=tag, modules={"a.py": "", "A.py": ""})

    with pytest.raises(InvalidArchive, match="are the same to some file systems"):
        inspect(wheel)
    inspect(wheel, LENIENT)


def test_no_index_takes_members_that_differ_in_case_in_a_wheel_for_other_systems() -> None:
    for tag in ("py3-none-any", "py3-none-win_amd64", "py3-none-manylinux_2_28_x86_64.win_amd64"):
        with pytest.raises(InvalidArchive, match="are the same to some file systems"):
            inspect(build_wheel("sample", "1.0", tag=tag, modules={"a.py": "", "A.py": ""}), LENIENT)


@pytest.mark.parametrize("build", [build_wheel, build_sdist])
def test_an_index_may_take_files_whose_names_are_not_normalized(
    build: Callable[..., BuiltDistribution],
) -> None:
    built = build("sample", "1.0")
    odd = with_other_name(built, "Sample")

    with pytest.raises(InvalidFilename, match="The file name should be"):
        inspect(odd)
    assert inspect(odd, LENIENT).filename.text == odd.filename
    with pytest.raises(InvalidFilename, match="says other"):
        inspect(with_other_name(built, "Other"), LENIENT)


@pytest.mark.parametrize("content_type", ["text/x-rst", None])
def test_a_metadata_error_does_not_hide_that_the_description_does_not_render(
    content_type: str | None,
) -> None:
    wrong = build_wheel(
        description=f"{BROKEN} text",
        description_content_type=content_type,
        extra_metadata=[("Classifier", "Weather :: Fine")],
    )
    with pytest.raises(InvalidMetadata) as caught:
        inspect(wrong)
    with pytest.raises(InvalidMetadata) as caught_alone:
        inspect_metadata(wrong.metadata, PUBLIC, PlainRenderer().render)

    assert [each.field for each in caught.value.problems] == ["classifiers", "description"]
    assert caught_alone.value.problems == caught.value.problems
    assert ".." not in caught.value.problems[1].message


def test_a_description_of_an_invalid_type_is_not_rendered() -> None:
    wrong = build_wheel(description=f"{BROKEN} text", description_content_type="text/html")
    with pytest.raises(InvalidMetadata) as caught:
        inspect(wrong)

    assert [each.field for each in caught.value.problems] == ["description_content_type"]
