"""
Nasty uploads: file names and project names.

See docs/reference/standards/nasty-inputs.md#cases-1-to-8.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from damage.reworking import form_for, with_headers
from pypi_contracts.assembly import InMemorySite
from pypi_contracts.builders import BuiltDistribution, build_sdist, build_wheel
from pypi_core.domain.accounts import OPERATOR, TokenScope
from pypi_core.domain.names import parse_project_name

if TYPE_CHECKING:
    from tests.unit.http.conftest import Uploads

Build = Callable[..., BuiltDistribution]

LONG_NAME = "n" * 214


@pytest.mark.parametrize(
    "parameters",
    [
        'filename="../../etc/x-1.0.tar.gz"',
        r'filename="..\..\etc\x-1.0.tar.gz"',
        r'filename="..\\..\\etc\\x-1.0.tar.gz"',
        'filename="/etc/x-1.0.tar.gz"',
        "filename=../../etc/x-1.0.tar.gz",
        "filename*=UTF-8''..%2F..%2Fetc%2Fx-1.0.tar.gz",
        "filename*=UTF-8''..%5C..%5Cetc%5Cx-1.0.tar.gz",
    ],
)
def test_case_01_a_file_name_with_a_path_is_refused_before_anything_is_stored(
    uploads: Uploads, parameters: str
) -> None:
    sdist = build_sdist("x", "1.0")
    form = uploads.wire.multipart(sdist.form_fields(), [uploads.wire.file_part(parameters, sdist.content)])

    uploads.refused_form(form, "path separator")


@pytest.mark.parametrize(
    "parameters",
    [
        'filename="x-1.0.tar.gz%0D%0AX-Fake: header"',
        'filename="x-1.0%0D%0ASet-Cookie: a=b.tar.gz"',
        "filename*=UTF-8''x-1.0%0D%0AX-Fake:%20header.tar.gz",
        "filename*=UTF-8''x-1.0%0AX-Fake:%20header.tar.gz",
        "filename*=UTF-8''x-1.0%00.tar.gz",
        "filename*=UTF-8''x-1.0%7F.tar.gz",
    ],
)
def test_case_02_a_file_name_with_a_line_break_reaches_no_header(uploads: Uploads, parameters: str) -> None:
    sdist = build_sdist("x", "1.0")
    form = uploads.wire.multipart(sdist.form_fields(), [uploads.wire.file_part(parameters, sdist.content)])

    answer = uploads.refused_form(form, "control character")

    assert not {"x-fake", "set-cookie"} & set(answer.headers)
    assert "\r" not in answer.phrase
    assert "\n" not in answer.phrase


@pytest.mark.parametrize(("length", "accepted"), [(246, True), (247, False)])
def test_case_03_a_file_name_leaves_room_for_its_metadata(
    uploads: Uploads, length: int, accepted: bool
) -> None:
    ending = "-1.0-py3-none-any.whl"
    build = "1" + "b" * (length - len(LONG_NAME) - len(ending) - 2)
    wheel = build_wheel(LONG_NAME, "1.0", tag=f"{build}-py3-none-any")
    assert len(wheel.filename) == length

    if accepted:
        uploads.accepted(wheel)
    else:
        uploads.refused(wheel, "too long", "246")


NO_NAMES = ["-foo", "foo.", "", "föö", "\u017fix", "\u212aelvin"]


@pytest.mark.parametrize("name", [*NO_NAMES, "foo\n"])
def test_case_04_an_invalid_name_is_refused(uploads: Uploads, name: str) -> None:
    sdist = build_sdist("foo", "1.0")

    uploads.refused(sdist, "name", fields=uploads.form_with(sdist, name=name))


@pytest.mark.parametrize("build", [build_wheel, build_sdist])
@pytest.mark.parametrize("name", NO_NAMES)
def test_case_04_an_invalid_name_in_the_archive_is_refused(uploads: Uploads, name: str, build: Build) -> None:
    distribution = build("foo", "1.0")
    lying = with_headers(distribution, {"Name": name})

    uploads.refused(lying, "name", fields=form_for(lying, distribution))


def test_case_05_another_spelling_of_a_name_is_the_same_project(
    uploads: Uploads, memory: InMemorySite
) -> None:
    uploads.accepted(build_wheel("flask-admin", "1.0"))
    only = TokenScope(projects=frozenset({parse_project_name("flask-admin")}))
    token = memory.site.issue_token(OPERATOR, "alice", "of flask-admin", only).secret
    other_spelling = build_wheel("Flask_Admin", "1.1")

    answer = uploads.wire.upload(other_spelling, headers=uploads.wire.basic("__token__", token))

    uploads.assert_accepted(answer, other_spelling)
    assert len(uploads.projects()) == 1


@pytest.mark.parametrize("name", ["re", "os.path", "Re", "asyncio", "distutils"])
def test_case_06_a_new_project_is_not_named_as_the_standard_library(uploads: Uploads, name: str) -> None:
    uploads.refused(build_sdist(name, "1.0"), "standard library")


def test_case_06_a_name_that_contains_such_a_name_is_accepted(uploads: Uploads) -> None:
    uploads.accepted(build_sdist("importlib-metadata-x", "1.0"))


@pytest.mark.parametrize("name", ["0auth1ib", "oauthIib", "o.a.u.t.h.lib", "oauth-lib"])
def test_case_07_a_new_name_is_not_too_similar_to_another(uploads: Uploads, name: str) -> None:
    uploads.accepted(build_sdist("oauthlib", "1.0"))

    uploads.refused(build_sdist(name, "1.0"), "too similar")


@pytest.mark.parametrize("second_account", ["alice", "bob"])
def test_case_08_two_first_uploads_at_once_make_one_project(
    uploads: Uploads, memory: InMemorySite, second_account: str
) -> None:
    first, second = build_wheel("novel", "1.0"), build_wheel("novel", "1.1")
    wire = uploads.wire
    tokens = [wire.token, memory.token(second_account)]

    answers = wire.together(
        wire.uploading(first, headers=wire.basic("__token__", tokens[0])),
        wire.uploading(second, headers=wire.basic("__token__", tokens[1])),
    )

    statuses = sorted(each.status for each in answers)
    assert statuses == [200, 200] if second_account == "alice" else statuses in ([200, 403], [200, 409])
    assert uploads.projects() == {"novel"}
    assert uploads.journal().count("create") == 1
    assert len(uploads.listed()) == statuses.count(200)
