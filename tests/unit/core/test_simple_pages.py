"""A project's page in both forms: what it says, how it is escaped, and that the forms agree."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta, timezone
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from msgspec.structs import replace
from packaging.version import Version
from pypi_simple import ProjectPage

from pypi_core.domain.digests import Digests, digests_of
from pypi_core.domain.entities import (
    File,
    FileId,
    Project,
    ProjectId,
    ProjectStatus,
    Release,
    ReleaseId,
    Serial,
    Status,
    Yank,
)
from pypi_core.domain.filenames import parse_filename
from pypi_core.domain.names import normalize, parse_display_name
from pypi_core.simple_api.as_html import detail_as_html
from pypi_core.simple_api.as_json import detail_as_json
from pypi_core.simple_api.detail import RENDERER_VERSION, ProjectDetail, project_detail
from pypi_core.simple_api.etag import strong_etag

_MOMENT = datetime(2026, 11, 2, 10, 11, 12, 123456, tzinfo=UTC)
_NASTY = '"><script>'
_PAGE_URL = "https://index.example/i/test/simple/foo-bar/"


def _project(**changes: Any) -> Project:
    display_name = parse_display_name("Foo.Bar")
    project = Project(
        id=ProjectId(1),
        name=normalize(display_name),
        display_name=display_name,
        created=_MOMENT,
        serial=Serial(77),
    )
    return replace(project, **changes)


def _release(version: str, *, number: int = 1, yank: Yank | None = None) -> Release:
    return Release(
        id=ReleaseId(number), project_id=ProjectId(1), version=Version(version), created=_MOMENT, yank=yank
    )


def _file(filename: str, *, release: int = 1, **changes: Any) -> File:
    parsed = parse_filename(filename)
    file = File(
        id=FileId(1),
        project_id=ProjectId(1),
        release_id=ReleaseId(release),
        version=parsed.version,
        filename=filename,
        filetype=parsed.filetype,
        python_version=parsed.python_version,
        size=4661,
        digests=digests_of(filename.encode()),
        uploaded=_MOMENT,
    )
    return replace(file, **changes)


def _page_of(file: File, release: Release | None = None) -> ProjectDetail:
    return project_detail(_project(), [release or _release("1.0")], [file])


def _json_of(detail: ProjectDetail) -> Any:
    return json.loads(detail_as_json(detail))


def _anchors(detail: ProjectDetail) -> list[ET.Element]:
    """Read each anchor as XML, as dependabot does."""
    return [ET.fromstring(anchor) for anchor in re.findall("<a .*?</a>", detail_as_html(detail).decode())]


_SDIST = Digests(md5="0d" * 16, sha256="0e" * 32, blake2_256="0f" * 32)
_WHEEL = Digests(md5="3d" * 16, sha256="3e" * 32, blake2_256="3f" * 32)


def _small_page() -> ProjectDetail:
    project = _project(status=ProjectStatus(Status.DEPRECATED, "use <baz>"))
    releases = [_release("1.0", yank=Yank("broken & unsafe")), _release("1!1.1+local", number=2)]
    wheel = _file(
        "foo_bar-1!1.1+local-py3-none-any.whl",
        release=2,
        digests=_WHEEL,
        requires_python=">=3.9,<4",
        metadata_sha256="41" * 32,
    )
    return project_detail(project, releases, [_file("foo_bar-1.0.tar.gz", digests=_SDIST), wheel])


# When these bytes change, raise RENDERER_VERSION: pages kept from before must count no more.
_RENDERED_BY = 2
_SMALL_PAGE_AS_JSON = f"""\
{{"meta":{{"api-version":"1.4","_last-serial":77}},\
"name":"foo-bar",\
"project-status":{{"status":"deprecated","reason":"use <baz>"}},\
"versions":["1.0","1!1.1+local"],\
"files":[\
{{"filename":"foo_bar-1.0.tar.gz",\
"url":"../../packages/0f/0f/{"0f" * 30}/foo_bar-1.0.tar.gz",\
"hashes":{{"sha256":"{"0e" * 32}"}},\
"requires-python":null,\
"size":4661,\
"upload-time":"2026-11-02T10:11:12.123456Z",\
"yanked":"broken & unsafe",\
"core-metadata":false,\
"provenance":null}},\
{{"filename":"foo_bar-1!1.1+local-py3-none-any.whl",\
"url":"../../packages/3f/3f/{"3f" * 30}/foo_bar-1%211.1%2Blocal-py3-none-any.whl",\
"hashes":{{"sha256":"{"3e" * 32}"}},\
"requires-python":">=3.9,<4",\
"size":4661,\
"upload-time":"2026-11-02T10:11:12.123456Z",\
"yanked":false,\
"core-metadata":{{"sha256":"{"41" * 32}"}},\
"provenance":null}}\
]}}"""
_SMALL_PAGE_AS_HTML = f"""\
<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8">
<meta name="pypi:repository-version" content="1.4">
<meta name="pypi:project-status" content="deprecated">
<meta name="pypi:project-status-reason" content="use &lt;baz&gt;">
<title>Links for foo-bar</title></head>
<body><h1>Links for foo-bar</h1>
<a href="../../packages/0f/0f/{"0f" * 30}/foo_bar-1.0.tar.gz#sha256={"0e" * 32}" \
data-yanked="broken &amp; unsafe">foo_bar-1.0.tar.gz</a><br>
<a href="../../packages/3f/3f/{"3f" * 30}/foo_bar-1%211.1%2Blocal-py3-none-any.whl#sha256={"3e" * 32}" \
data-requires-python="&gt;=3.9,&lt;4" data-core-metadata="sha256={"41" * 32}" \
data-dist-info-metadata="sha256={"41" * 32}">foo_bar-1!1.1+local-py3-none-any.whl</a><br>
</body></html>
<!--SERIAL 77-->
"""


def test_a_small_page_renders_to_these_bytes() -> None:
    assert RENDERER_VERSION == _RENDERED_BY
    assert detail_as_json(_small_page()).decode() == _SMALL_PAGE_AS_JSON
    assert detail_as_html(_small_page()).decode() == _SMALL_PAGE_AS_HTML


def test_a_nasty_yank_reason_is_escaped_in_html_and_raw_in_json() -> None:
    detail = _page_of(_file("foo_bar-1.0.tar.gz", yank=Yank(_NASTY)))

    assert _json_of(detail)["files"][0]["yanked"] == _NASTY
    assert b'data-yanked="&quot;&gt;&lt;script&gt;"' in detail_as_html(detail)
    assert b"<script" not in detail_as_html(detail)


def test_a_yank_without_reason_is_true_in_json_and_an_empty_attribute_in_html() -> None:
    detail = _page_of(_file("foo_bar-1.0.tar.gz", yank=Yank()))

    assert _json_of(detail)["files"][0]["yanked"] is True
    assert b' data-yanked=""' in detail_as_html(detail)


def test_a_file_that_is_not_yanked_is_false_in_json_and_unmarked_in_html() -> None:
    detail = _page_of(_file("foo_bar-1.0.tar.gz"))

    assert _json_of(detail)["files"][0]["yanked"] is False
    assert b"data-yanked" not in detail_as_html(detail)


def test_a_file_shows_its_own_yank_before_its_releases() -> None:
    yanked = _release("1.0", yank=Yank("release"))
    plain, own = _file("foo_bar-1.0.tar.gz"), _file("foo_bar-1.0-py3-none-any.whl", yank=Yank("file"))

    detail = project_detail(_project(), [yanked], [plain, own])

    assert [file["yanked"] for file in _json_of(detail)["files"]] == ["release", "file"]


def test_a_nasty_status_reason_is_escaped() -> None:
    detail = project_detail(_project(status=ProjectStatus(Status.ARCHIVED, _NASTY)), [], [])

    assert _json_of(detail)["project-status"] == {"status": "archived", "reason": _NASTY}
    html = detail_as_html(detail)
    assert b'<meta name="pypi:project-status-reason" content="&quot;&gt;&lt;script&gt;">' in html
    assert b"<script" not in html


def test_an_active_project_has_a_status_and_no_reason() -> None:
    detail = project_detail(_project(), [], [])

    assert _json_of(detail)["project-status"] == {"status": "active"}
    assert b"project-status-reason" not in detail_as_html(detail)


def test_a_quarantined_project_keeps_its_page_and_offers_no_files() -> None:
    quarantined = _project(status=ProjectStatus(Status.QUARANTINED, "malware"))

    detail = project_detail(quarantined, [_release("1.0")], [_file("foo_bar-1.0.tar.gz")])

    assert _json_of(detail)["files"] == []
    assert _json_of(detail)["versions"] == ["1.0"]
    assert _json_of(detail)["project-status"] == {"status": "quarantined", "reason": "malware"}
    assert _anchors(detail) == []


def test_a_project_without_files_has_empty_lists() -> None:
    page = _json_of(project_detail(_project(), [], []))

    assert (page["name"], page["versions"], page["files"]) == ("foo-bar", [], [])


def test_versions_are_canonical_and_include_those_without_a_file() -> None:
    detail = project_detail(_project(), [_release("1.0-RC1"), _release("v2.0", number=2)], [])

    assert _json_of(detail)["versions"] == ["1.0rc1", "2.0"]


def test_urls_are_relative_and_percent_encoded_once() -> None:
    digests = digests_of(b"content")
    name = "foo_bar-1!1.0+abc-py3-none-any.whl"
    address = digests.blake2_256
    url = f"../../packages/{address[:2]}/{address[2:4]}/{address[4:]}/foo_bar-1%211.0%2Babc-py3-none-any.whl"

    detail = _page_of(_file(name, digests=digests))

    assert _json_of(detail)["files"][0]["url"] == url
    assert _anchors(detail)[0].attrib["href"] == f"{url}#sha256={digests.sha256}"
    assert _anchors(detail)[0].text == name


@pytest.mark.parametrize(
    ("uploaded", "shown"),
    [
        (datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC), "2026-01-02T03:04:05.000000Z"),
        (
            datetime(2026, 1, 2, 3, 4, 5, 67, tzinfo=timezone(timedelta(hours=2))),
            "2026-01-02T01:04:05.000067Z",
        ),
    ],
)
def test_upload_times_are_utc_with_z_and_microseconds(uploaded: datetime, shown: str) -> None:
    detail = _page_of(_file("foo_bar-1.0.tar.gz", uploaded=uploaded))

    assert _json_of(detail)["files"][0]["upload-time"] == shown


def test_core_metadata_goes_by_two_names_in_html_and_never_in_json() -> None:
    detail = _page_of(_file("foo_bar-1.0-py3-none-any.whl", metadata_sha256="ab" * 32))

    attributes = _anchors(detail)[0].attrib
    assert attributes["data-core-metadata"] == attributes["data-dist-info-metadata"] == f"sha256={'ab' * 32}"
    assert _json_of(detail)["files"][0]["core-metadata"] == {"sha256": "ab" * 32}
    assert b"dist-info-metadata" not in detail_as_json(detail)


def test_an_empty_requires_python_is_omitted() -> None:
    detail = _page_of(_file("foo_bar-1.0.tar.gz", requires_python=""))

    assert _json_of(detail)["files"][0]["requires-python"] is None
    assert b"data-requires-python" not in detail_as_html(detail)


def test_characters_illegal_in_xml_are_replaced_in_both_forms() -> None:
    detail = _page_of(_file("foo_bar-1.0.tar.gz", yank=Yank("a\x00b\ud800c\x0cd\uffffe")))

    shown = "a\ufffdb\ufffdc\ufffdd\ufffde"
    assert _json_of(detail)["files"][0]["yanked"] == shown
    assert _anchors(detail)[0].attrib["data-yanked"] == shown


def test_the_html_ends_with_the_serial() -> None:
    assert detail_as_html(_page_of(_file("foo_bar-1.0.tar.gz"))).endswith(b"<!--SERIAL 77-->\n")


_TEXTS = st.text(max_size=30)
_FILES = st.builds(
    _file,
    st.sampled_from(
        ["foo_bar-1.0.tar.gz", "foo_bar-1!1.0+a-py3-none-any.whl", "foo_bar-1.0-1-cp311-abi3-win_amd64.whl"]
    ),
    yank=st.none() | st.builds(Yank, _TEXTS),
    requires_python=st.none() | st.just(">=3.9,<4,!=3.10") | _TEXTS,
    metadata_sha256=st.none() | st.just("0f" * 32),
    size=st.integers(min_value=0, max_value=2**40),
)


@given(files=st.lists(_FILES, max_size=4), reason=_TEXTS, release_yank=st.none() | st.builds(Yank, _TEXTS))
@example(
    files=[
        _file("foo_bar-1.0.tar.gz", yank=Yank("line\r\nend\t&amp;&#13;<!-- '\x85\u2028")),
        _file("foo_bar-1.0.tar.gz", yank=Yank(_NASTY), requires_python=_NASTY),
    ],
    reason="--><\n\"'",
    release_yank=None,
)
def test_both_forms_agree_file_by_file(files: list[File], reason: str, release_yank: Yank | None) -> None:
    project = _project(status=ProjectStatus(Status.DEPRECATED, reason))
    detail = project_detail(project, [_release("1.0", yank=release_yank)], files)

    from_json = ProjectPage.from_json_data(_json_of(detail), _PAGE_URL)
    from_html = ProjectPage.from_html("foo-bar", detail_as_html(detail), _PAGE_URL, from_encoding="utf-8")

    assert _shown(from_html) == _shown(from_json)
    assert len(_anchors(detail)) == len(files)
    assert all(file.url.startswith("https://index.example/i/test/packages/") for file in from_json.packages)


def _shown(page: ProjectPage) -> tuple[Any, ...]:
    return (
        page.project,
        page.repository_version,
        page.status,
        page.status_reason,
        [
            # HTML cannot tell an empty reason from none, nor "no metadata" from "not said".
            (
                file.filename,
                file.url,
                file.version,
                file.package_type,
                file.digests,
                file.requires_python,
                file.is_yanked,
                file.yanked_reason or "",
                bool(file.has_metadata),
                file.metadata_digests,
                file.provenance_url,
            )
            for file in page.packages
        ],
    )


def test_an_entity_tag_is_quoted_and_follows_the_bytes() -> None:
    assert re.fullmatch(r'"[0-9a-f]{32}"', strong_etag(b"a"))
    assert strong_etag(b"a") == strong_etag(b"a") != strong_etag(b"b")
