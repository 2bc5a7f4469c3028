"""
Nasty uploads: repeated files and digests.

See docs/reference/standards/nasty-inputs.md#cases-9-to-14.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from pypi_contracts.builders import BuiltDistribution, build_sdist, build_wheel
from pypi_core.domain.accounts import OPERATOR
from pypi_core.domain.names import parse_project_name

if TYPE_CHECKING:
    from tests.unit.http.conftest import Uploads

DIGESTS = ("md5_digest", "sha256_digest", "blake2_256_digest")
EITHER = pytest.mark.parametrize("distribution", [build_wheel("sample", "1.0"), build_sdist("sample", "1.0")])


@EITHER
@pytest.mark.parametrize("at_once", [False, True])
def test_case_09_the_same_file_again_is_a_success_and_one_entry(
    uploads: Uploads, distribution: BuiltDistribution, at_once: bool
) -> None:
    wire = uploads.wire
    assert wire.token

    if at_once:
        answers = wire.together(*(wire.uploading(distribution) for _ in range(4)))
    else:
        answers = [wire.upload(distribution) for _ in range(2)]

    for each in answers:
        uploads.assert_accepted(each, distribution)
    assert len([each for each in uploads.journal() if each.startswith("add") and "file" in each]) == 1


@EITHER
def test_case_10_other_bytes_under_a_name_that_is_taken_are_refused(
    uploads: Uploads, distribution: BuiltDistribution
) -> None:
    uploads.accepted(distribution)
    # Its last byte is in the end record or the trailer: what is wrong with it is not asked.
    changed = replace(distribution, content=distribution.content[:-1] + bytes([distribution.content[-1] ^ 1]))

    answer = uploads.refused(changed, "file already exists")

    assert answer.phrase.startswith("File already exists")
    assert answer.text.startswith("File already exists")


def test_case_11_the_same_bytes_under_another_name_are_refused(uploads: Uploads) -> None:
    wheel = build_wheel("sample", "1.0")
    uploads.accepted(wheel)

    answer = uploads.refused(replace(wheel, filename="sample-1.0-1-py3-none-any.whl"))

    assert answer.phrase.startswith("File already exists")


@pytest.mark.parametrize("summary", ["The same", "Another"])
def test_case_12_the_name_of_a_deleted_file_is_not_used_again(uploads: Uploads, summary: str) -> None:
    wheel = build_wheel("sample", "1.0", summary="The same")
    uploads.accepted(wheel)
    uploads.memory.index.delete_file(OPERATOR, parse_project_name("sample"), wheel.filename)

    answer = uploads.refused(
        build_wheel("sample", "1.0", summary=summary), "previously used", "use a different version"
    )

    assert "already exist" not in answer.text


@EITHER
@pytest.mark.parametrize("wrong", DIGESTS)
def test_case_13_every_digest_that_is_given_must_be_right(
    uploads: Uploads, distribution: BuiltDistribution, wrong: str
) -> None:
    length = 32 if wrong == "md5_digest" else 64

    uploads.refused(distribution, "digest", fields=uploads.form_with(distribution, **{wrong: "0" * length}))


def test_case_13_a_file_without_any_digest_is_refused(uploads: Uploads) -> None:
    wheel = build_wheel()

    uploads.refused(wheel, "digest", fields=uploads.form_with(wheel, **dict.fromkeys(DIGESTS, ())))


@pytest.mark.parametrize("kept", [*DIGESTS, "all"])
def test_case_13_digests_may_be_in_upper_case(uploads: Uploads, kept: str) -> None:
    wheel = build_wheel()
    upper = {name: value.upper() for name, value in wheel.form_fields() if name in DIGESTS}
    if kept != "all":
        upper = {name: value for name, value in upper.items() if name == kept}
    without = uploads.form_with(wheel, **dict.fromkeys(DIGESTS, ()))

    uploads.accepted(wheel, fields=[*without, *upper.items()])


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("blake2_256_digest", "0" * 63),
        ("blake2_256_digest", "0" * 65),
        ("blake2_256_digest", "g" * 64),
        ("blake2_256_digest", "\u0665" * 64),
        ("sha256_digest", "0" * 63),
        ("sha256_digest", "0x" + "0" * 62),
        ("md5_digest", "d41d8cd98f00b204e9800998ecf8427"),
        ("md5_digest", "1B2M2Y8AsgTpgAmY7PhCfg=="),
    ],
)
def test_case_14_a_malformed_digest_is_refused(uploads: Uploads, field: str, value: str) -> None:
    wheel = build_wheel()

    uploads.refused(wheel, field, fields=uploads.form_with(wheel, **{field: value}))
