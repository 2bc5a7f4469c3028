"""
Nasty uploads: what forms and metadata say.

See docs/reference/standards/nasty-inputs.md#cases-24-to-33.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

import pytest

from damage.reworking import dist_info_of, form_for, with_headers, with_members
from pypi_contracts.assembly import InMemorySite
from pypi_contracts.builders import BuiltDistribution, build_sdist, build_wheel
from pypi_core.domain.accounts import OPERATOR
from pypi_core.domain.indexes import DEFAULT_INDEX, IndexSettings
from pypi_core.domain.names import parse_project_name
from pypi_core.domain.rules import UploadRules
from pypi_core.domain.versions import parse_version
from pypi_environment.readme import ReadmeRenderer

if TYPE_CHECKING:
    from tests.unit.http.conftest import Uploads

Build = Callable[..., BuiltDistribution]

EITHER = pytest.mark.parametrize("build", [build_wheel, build_sdist])


def allow(uploads: Uploads, rules: UploadRules) -> None:
    uploads.memory.site.configure_index(OPERATOR, DEFAULT_INDEX, IndexSettings(rules=rules))


def refuse_header(uploads: Uploads, build: Build, headers: Mapping[str, str], *words: str) -> None:
    """See *headers* refused in an archive whose form does not have them."""
    honest = build("sample", "1.0")
    lying = with_headers(honest, headers)
    uploads.refused(lying, *words, fields=form_for(lying, honest))


@EITHER
@pytest.mark.parametrize("version", ["2.0", "3.0", "2.99", "", "two", "2.1.1", "\u0662.1"])
def test_case_24_metadata_of_an_unknown_version_is_refused(
    uploads: Uploads, build: Build, version: str
) -> None:
    refuse_header(uploads, build, {"Metadata-Version": version}, "metadata", "version")


@pytest.mark.parametrize("version", ["2.0", "3.0", "2.99", "", "two"])
def test_case_24_a_form_of_an_unknown_version_is_refused(uploads: Uploads, version: str) -> None:
    wheel = build_wheel()

    uploads.refused(wheel, "metadata", fields=uploads.form_with(wheel, metadata_version=version))


@EITHER
@pytest.mark.parametrize("version", ["1.0", "1.1", "1.2", "2.1", "2.2", "2.3", "2.4", "2.5", "2.6"])
def test_case_24_metadata_of_every_known_version_is_accepted(
    uploads: Uploads, build: Build, version: str
) -> None:
    uploads.accepted(build("sample", "1.0", metadata_version=version, description_content_type=None))


@pytest.mark.parametrize("field", ["import_name", "import_names", "import_namespace", "license_expression"])
def test_case_24_a_field_newer_than_the_form_is_ignored(uploads: Uploads, field: str) -> None:
    wheel = build_wheel("sample", "1.0", metadata_version="2.3")
    fields = uploads.form_with(wheel, **{field: "sample"})

    uploads.accepted(wheel, fields=fields)


@EITHER
def test_case_24_a_licence_expression_of_an_early_build_tool_is_ignored_with_one_warning(
    uploads: Uploads, build: Build
) -> None:
    # hatchling 1.22 to 1.25 wrote it, and uv sends what the archive has.
    distribution = build(
        "sample", "1.0", metadata_version="2.3", extra_metadata=[("License-Expression", "Apache-2.0")]
    )

    reply = uploads.accepted(
        distribution, fields=uploads.form_with(distribution, license_expression="Apache-2.0")
    )

    assert reply.text.count("License-Expression was introduced in metadata version 2.4") == 1


def test_case_24_a_form_that_says_1_0_may_have_newer_fields(uploads: Uploads) -> None:
    wheel = build_wheel()
    fields = uploads.form_with(
        wheel,
        metadata_version="1.0",
        classifiers=["Programming Language :: Python :: 3", "Topic :: Utilities"],
    )

    uploads.accepted(wheel, fields=fields)


@EITHER
def test_case_24_a_field_newer_than_the_archive_is_ignored(uploads: Uploads, build: Build) -> None:
    distribution = build(
        "sample", "1.0", metadata_version="2.1", extra_metadata=[("License-File", "nowhere/LICENSE")]
    )

    uploads.accepted(distribution, fields=form_for(distribution, build("sample", "1.0")))
    # uv sends what stands in the archive.
    uploads.accepted(distribution, fields=uploads.form_with(distribution, license_files=["nowhere/LICENSE"]))

    project = uploads.memory.index.projects.read(OPERATOR, parse_project_name("sample"), parse_version("1.0"))
    assert project.metadata
    assert project.metadata.license_files == ()


def test_case_25_two_names_are_refused(uploads: Uploads) -> None:
    wheel = build_wheel("sample", "1.0")

    uploads.refused(wheel, "name", fields=uploads.form_with(wheel, name=["sample", "sample"]))


def test_case_25_a_file_in_place_of_the_name_is_refused(uploads: Uploads) -> None:
    wheel, wire = build_wheel("sample", "1.0"), uploads.wire
    parts = [
        wire.file_part('filename="name.txt"', b"sample", name="name"),
        wire.file_part(f'filename="{wheel.filename}"', wheel.content),
    ]

    uploads.refused_form(
        wire.multipart(uploads.form_with(wheel, name=()), parts), "name", "should not be a tuple"
    )


def test_case_25_several_keywords_are_accepted(uploads: Uploads) -> None:
    wheel = build_wheel()

    uploads.accepted(wheel, fields=uploads.form_with(wheel, keywords=["one", "two,three"]))


@pytest.mark.parametrize(
    "requirement",
    [
        "x @ https://files.example/x-1.0.tar.gz",
        "x@https://files.example/x.whl ; python_version > '3'",
        "x @ file:///etc/passwd",
        "x @ git+https://files.example/x.git",
    ],
)
@pytest.mark.parametrize("where", ["form", "archive"])
def test_case_26_a_dependency_on_an_address_is_refused(
    uploads: Uploads, requirement: str, where: str
) -> None:
    if where == "archive":
        refuse_header(uploads, build_wheel, {"Requires-Dist": requirement}, "requires-dist", "url")
        return
    wheel = build_wheel()
    uploads.refused(wheel, "url", fields=uploads.form_with(wheel, requires_dist=requirement))


@pytest.mark.parametrize(
    "requirement",
    ["x; 'a' in extras", "x; 'a' in dependency_groups", "x; unheard_of == '1'", "x >=", "x[", ";"],
)
def test_case_26_a_dependency_with_a_marker_of_lock_files_is_refused(
    uploads: Uploads, requirement: str
) -> None:
    refuse_header(uploads, build_wheel, {"Requires-Dist": requirement}, "requires-dist")


def test_case_26_an_index_may_allow_direct_references(uploads: Uploads) -> None:
    allow(uploads, UploadRules(allow_direct_references=True))

    uploads.accepted(build_wheel("sample", "1.0", requires_dist=["x @ https://files.example/x-1.0.tar.gz"]))


@EITHER
def test_case_27_a_licence_is_given_in_one_way(uploads: Uploads, build: Build) -> None:
    headers = {"Metadata-Version": "2.4", "License": "MIT", "License-Expression": "MIT"}

    refuse_header(uploads, build, headers, "license")


def test_case_27_a_form_gives_the_licence_in_one_way(uploads: Uploads) -> None:
    wheel = build_wheel("sample", "1.0", metadata_version="2.4")
    fields = uploads.form_with(wheel, license="MIT", license_expression="MIT")

    uploads.refused(wheel, "license", fields=fields)


@pytest.mark.parametrize(
    "expression",
    [
        "LicenseRef-a_b",
        "MIT AND",
        "MIT/Apache-2.0",
        "Unheard-Of-1.0",
        "(MIT",
        "mit or",
        "LicenseRef-",
        "\u212a",
    ],
)
def test_case_27_a_licence_expression_is_one(uploads: Uploads, expression: str) -> None:
    headers = {"Metadata-Version": "2.4", "License-Expression": expression}

    refuse_header(uploads, build_wheel, headers, "license-expression")


@pytest.mark.parametrize(
    "expression", ["MIT", "mit OR apache-2.0", "LicenseRef-a-b.c", "(MIT OR Zlib) AND ISC"]
)
def test_case_27_sound_licence_expressions_are_accepted(uploads: Uploads, expression: str) -> None:
    headers = [("License-Expression", expression), ("Classifier", "License :: OSI Approved :: MIT License")]

    uploads.accepted(build_wheel("sample", "1.0", metadata_version="2.4", extra_metadata=headers))


@EITHER
@pytest.mark.parametrize(
    "path",
    [
        "../LICENSE",
        "a/../../LICENSE",
        "*",
        "licences/*.txt",
        r"C:\x",
        "C:/x",
        "/etc/passwd",
        r"a\b",
        "LICENSE",
    ],
)
def test_case_28_a_licence_file_is_a_path_in_the_archive(uploads: Uploads, build: Build, path: str) -> None:
    refuse_header(uploads, build, {"Metadata-Version": "2.4", "License-File": path}, "license")


def test_case_28_a_licence_file_that_is_there_is_accepted(uploads: Uploads) -> None:
    wheel = build_wheel(
        "sample", "1.0", metadata_version="2.4", extra_metadata=[("License-File", "a/LICENSE")]
    )

    uploads.accepted(with_members(wheel, {f"{dist_info_of(wheel)}/licenses/a/LICENSE": b"Do as you like."}))


@pytest.mark.parametrize(
    "classifier",
    [
        "Programming Language :: Nonsense",
        "programming language :: python",
        "Natural Language :: Ukranian",
        "Private :: Do Not Upload",
    ],
)
@pytest.mark.parametrize("where", ["form", "archive"])
def test_case_29_an_unknown_classifier_is_refused_by_name(
    uploads: Uploads, classifier: str, where: str
) -> None:
    if where == "archive":
        refuse_header(uploads, build_wheel, {"Classifier": classifier}, classifier)
        return
    wheel = build_wheel()
    uploads.refused(wheel, classifier, fields=uploads.form_with(wheel, classifiers=classifier))


@pytest.mark.parametrize(
    ("classifier", "rules"),
    [
        ("Private :: Do Not Upload", UploadRules(allow_private_classifiers=True)),
        ("Team :: Blue", UploadRules(allow_unknown_classifiers=True)),
    ],
)
def test_case_29_an_index_may_have_classifiers_of_its_own(
    uploads: Uploads, classifier: str, rules: UploadRules
) -> None:
    allow(uploads, rules)

    uploads.accepted(build_wheel("sample", "1.0", extra_metadata=[("Classifier", classifier)]))


@pytest.mark.parametrize(
    "project_url",
    [
        "Home, javascript:alert(1)",
        "Home, JAVASCRIPT:alert(1)",
        "Home, data:text/html,x",
        "Home, ftp://files.example/",
        "https://index.example/",
        ", https://index.example/",
        "Home, ",
        f"{'x' * 33}, https://index.example/",
    ],
)
@pytest.mark.parametrize("where", ["form", "archive"])
def test_case_30_a_project_url_is_a_short_label_and_an_address(
    uploads: Uploads, project_url: str, where: str
) -> None:
    if where == "archive":
        refuse_header(uploads, build_sdist, {"Project-URL": project_url}, "project-url")
        return
    sdist = build_sdist()
    uploads.refused(sdist, "project-url", fields=uploads.form_with(sdist, project_urls=project_url))


@pytest.mark.parametrize("where", ["form", "archive"])
def test_case_30_no_two_project_urls_have_the_same_label(uploads: Uploads, where: str) -> None:
    urls = ["Home, https://index.example/", "Home, https://index.example/other"]
    sdist = build_sdist()
    if where == "archive":
        sdist = build_sdist(extra_metadata=[("Project-URL", each) for each in urls])
        uploads.refused(sdist, "project-url", "home", fields=form_for(sdist, build_sdist()))
        return
    uploads.refused(sdist, "project-url", "home", fields=uploads.form_with(sdist, project_urls=urls))


@pytest.mark.parametrize(
    "header", [("Home-page", "javascript:alert(1)"), ("Download-URL", "file:///etc/passwd")]
)
def test_case_30_legacy_url_fields_are_checked_too(uploads: Uploads, header: tuple[str, str]) -> None:
    refuse_header(uploads, build_wheel, dict([header]), header[0])


@pytest.fixture
def rendering(uploads_to: Callable[[InMemorySite], Uploads]) -> Uploads:
    """Uploads to a site that renders descriptions as a server does."""
    return uploads_to(InMemorySite(renderer=ReadmeRenderer()))


@pytest.mark.parametrize("content_type", ["text/x-rst", None])
def test_case_31_a_description_that_does_not_render_is_refused(
    rendering: Uploads, content_type: str | None
) -> None:
    broken = build_wheel(
        "sample", "1.0", description=".. unheard-of::\n\n   |nonsense", description_content_type=content_type
    )

    rendering.refused(broken, "description", "render")

    allow(rendering, UploadRules(allow_unrenderable_descriptions=True))
    rendering.accepted(broken)


def test_case_31_markdown_is_rendered_without_its_scripts(rendering: Uploads) -> None:
    text = "# Sample\n\n<script>alert(1)</script>\n\n[x](javascript:alert(1)) **bold**\n"

    rendering.accepted(
        build_wheel("sample", "1.0", description=text, description_content_type="text/markdown")
    )

    overview = rendering.memory.index.projects.read(OPERATOR, parse_project_name("sample"))
    assert overview.release
    assert overview.metadata
    html = rendering.memory.index.pages.description(overview.project, overview.release, overview.metadata)
    assert "<strong>bold</strong>" in html
    assert "<script" not in html
    assert 'href="javascript' not in html


@pytest.mark.parametrize(
    "content_type",
    ["text/html", "image/png", "text/markdown; charset=latin-1", "text/markdown; variant=Pandoc", "nonsense"],
)
def test_case_31_an_unknown_description_type_is_refused(uploads: Uploads, content_type: str) -> None:
    refuse_header(
        uploads, build_wheel, {"Description-Content-Type": content_type}, "description-content-type"
    )


@pytest.mark.parametrize("summary", ["one\u2028two", "one\rtwo", "one\x0btwo", "one\x85two", "x" * 513])
@pytest.mark.parametrize("where", ["form", "archive"])
def test_case_32_a_summary_is_one_short_line(uploads: Uploads, summary: str, where: str) -> None:
    if where == "archive":
        if "\r" in summary:
            # In a file of headers this is the end of the line, and what follows another one.
            summary = summary.replace("\r", "\x0c")
        refuse_header(uploads, build_wheel, {"Summary": summary}, "summary")
        return
    wheel = build_wheel()
    uploads.refused(wheel, "summary", fields=uploads.form_with(wheel, summary=summary))


@EITHER
@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("name", "other", "the archive 'sample'"),
        ("version", "1.1", "the archive '1.0'"),
        ("requires_python", ">=3.8", "Requires-Python"),
        ("requires_dist", ["click>=8"], "Requires-Dist"),
        ("requires_dist", ["click>=7", "rich"], "Requires-Dist"),
    ],
)
def test_case_33_the_form_agrees_with_the_archive(
    uploads: Uploads, build: Build, field: str, value: str | list[str], words: str
) -> None:
    distribution = build("sample", "1.0", requires_python=">=3.9", requires_dist=["click>=7"])

    uploads.refused(distribution, words, fields=uploads.form_with(distribution, **{field: value}))


@EITHER
@pytest.mark.parametrize(
    "fields",
    [
        {"metadata_version": "1.0"},
        {"metadata_version": "2.3"},
        {"name": "Sample"},
        {"version": "1.0.0"},
        {"requires_python": ""},
        {"requires_dist": ()},
        {"requires_python": "<4, >=3.9"},
        {"requires_dist": ["Click >= 7", "rich"]},
        {"summary": "Another one"},
    ],
)
def test_case_33_an_omitted_or_respelled_form_field_is_accepted(
    uploads: Uploads, build: Build, fields: Mapping[str, str]
) -> None:
    distribution = build("sample", "1.0", requires_python=">=3.9,<4", requires_dist=["rich", "click>=7"])

    uploads.accepted(distribution, fields=uploads.form_with(distribution, **fields))
