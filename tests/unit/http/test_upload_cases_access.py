"""
Nasty uploads: who uploads, with which credentials, and how.

See docs/reference/standards/nasty-inputs.md#cases-47-to-52.
Of cases 51 and 52 `test_wire_uploads` proves most: fields, parts and bodies that never end,
a form cut off, refusals before the body is read; `test_http_on_the_wire` in the integration
tests proves `100 Continue` and chunked bodies on a real connection.
"""

from __future__ import annotations

import json
from base64 import b64encode
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from pypi_contracts.assembly import InMemorySite
from pypi_contracts.builders import build_sdist, build_wheel
from pypi_core.domain.accounts import OPERATOR, Action, TokenScope
from pypi_core.domain.entities import ProjectStatus, Status
from pypi_core.domain.indexes import IndexName
from pypi_core.domain.names import parse_project_name

if TYPE_CHECKING:
    from tests.unit.http.conftest import Uploads

MEBIBYTE = 1 << 20


@pytest.mark.parametrize("status", [Status.ARCHIVED, Status.QUARANTINED])
def test_case_47_a_closed_project_takes_no_uploads(
    uploads: Uploads, memory: InMemorySite, status: Status
) -> None:
    uploads.accepted(build_wheel("sample", "1.0"))
    with memory.database.index(IndexName("pypi")).open_unit_of_work(OPERATOR) as uow:
        project = uow.projects.get(parse_project_name("sample"))
        uow.projects.update(replace(project, status=ProjectStatus(status, "gone fishing")))
        uow.commit()

    uploads.refused(build_wheel("sample", "1.1"), "sample", status.value, status=403)


# Case 47b, a name in somebody else's namespace (PEP 752), comes with namespaces.


def test_case_48_a_token_for_one_project_cannot_create_another(
    uploads: Uploads, memory: InMemorySite
) -> None:
    uploads.accepted(build_wheel("sample", "1.0"))
    only = TokenScope(projects=frozenset({parse_project_name("sample")}))
    token = memory.site.issue_token(OPERATOR, "alice", "of sample", only).secret

    headers = uploads.wire.basic("__token__", token)
    uploads.refused(build_wheel("other", "1.0"), "other", status=403, headers=headers)

    further = build_wheel("sample", "1.1")
    uploads.assert_accepted(uploads.wire.upload(further, headers=headers), further)


@pytest.mark.parametrize(
    "scope",
    [
        TokenScope(actions=frozenset({Action.READ})),
        TokenScope(actions=frozenset({Action.YANK})),
        TokenScope(indexes=frozenset({IndexName("test")})),
        TokenScope(actions=frozenset()),
        TokenScope(projects=frozenset()),
    ],
)
def test_case_48_a_token_of_another_scope_is_refused(
    uploads: Uploads, memory: InMemorySite, scope: TokenScope
) -> None:
    assert uploads.wire.token
    token = memory.site.issue_token(OPERATOR, "alice", "limited", scope).secret

    uploads.refused(build_wheel(), status=403, headers=uploads.wire.basic("__token__", token))


def test_case_48_an_expired_token_is_refused(uploads: Uploads, memory: InMemorySite) -> None:
    assert uploads.wire.token
    soon = memory.clock.now() + timedelta(hours=1)
    token = memory.site.issue_token(OPERATOR, "alice", "short", expires=soon).secret
    memory.clock.advance(timedelta(hours=1))

    answer = uploads.refused(build_wheel(), status=401, headers=uploads.wire.basic("__token__", token))

    assert "www-authenticate" in answer.headers


def test_case_48_a_revoked_token_is_refused(uploads: Uploads, memory: InMemorySite) -> None:
    assert uploads.wire.token
    issued = memory.site.issue_token(OPERATOR, "alice", "revoked")
    memory.site.revoke_token(OPERATOR, issued.token.id)

    uploads.refused(build_wheel(), status=401, headers=uploads.wire.basic("__token__", issued.secret))


@pytest.mark.parametrize(
    "credentials",
    [
        b"__token__:pypi-AgEIcHlwaS5vcmcCJDAwMDAwMDAwLTAwMDAtMDAwMC0wMDAwLTAwMDAwMDAwMDAwMAAGIA",
        b"__token__:pidx_" + b"0" * 49,
        b"__token__:pidx_" + b"0" * 50_000,
        b"__token__:",
        b"__token__",
        b":",
        b"",
        b"\xff\xfe:\xff",
        b"__token__:\0",
        b"__token__:pidx_\xd9\xa3" * 9,
        b"alice:correct horse",
        b"nobody:whatever",
    ],
)
def test_case_48_unknown_credentials_are_refused(uploads: Uploads, credentials: bytes) -> None:
    assert uploads.wire.token
    headers = {"authorization": f"Basic {b64encode(credentials).decode()}"}

    answer = uploads.wire.upload(build_wheel(), headers=headers)

    assert answer.status in {401, 403}
    uploads.assert_sentence(answer)
    assert uploads.listed() == {}
    assert uploads.leftovers() == 0


@pytest.mark.parametrize(
    "header",
    ["Basic ***", "Basic ====", "Basic a", "Basic \xff", "Basic", "Bearer", "Bearer \x01", "", "x" * 9000],
)
def test_case_48_a_garbled_header_is_refused(uploads: Uploads, header: str) -> None:
    assert uploads.wire.token

    answer = uploads.wire.upload(build_wheel(), headers={"authorization": header})

    assert answer.status in {401, 403, 431}
    uploads.assert_sentence(answer)
    assert uploads.listed() == {}


def attestation(predicate: str, filename: str) -> dict[str, object]:
    """Return something of the form of an attestation, whose signature nobody made."""
    statement = {
        "_type": "https://in-toto.io/Statement/v1",
        "subject": [{"name": filename, "digest": {"sha256": "0" * 64}}],
        "predicateType": predicate,
        "predicate": None,
    }
    return {
        "version": 1,
        "verification_material": {"certificate": "AAAA", "transparency_entries": [{}]},
        "envelope": {
            "statement": b64encode(json.dumps(statement).encode()).decode(),
            "signature": "AAAA",
        },
    }


PUBLISH = attestation("https://docs.index.example/attestations/publish/v1", "sample-1.0-py3-none-any.whl")
SLSA = attestation("https://slsa.example/provenance/v1", "sample-1.0-py3-none-any.whl")
OTHER_FILE = attestation("https://docs.index.example/attestations/publish/v1", "other-1.0-py3-none-any.whl")

# Until attestations are verified all are refused: an index must not list what it did not look at.
ATTESTATIONS = {
    "none": "[]",
    "object": "{}",
    "no JSON": "nonsense",
    "three": json.dumps([PUBLISH, SLSA, PUBLISH]),
    "two of one kind": json.dumps([PUBLISH, PUBLISH]),
    "of another file": json.dumps([OTHER_FILE]),
    "of this file": json.dumps([PUBLISH]),
    "null": "null",
    "deep": "[" * 10_000,
}


@pytest.mark.parametrize("attestations", ATTESTATIONS)
@pytest.mark.parametrize("last", [True, False])
def test_case_49_and_50_attestations_are_refused_until_they_are_verified(
    uploads: Uploads, attestations: str, last: bool
) -> None:
    wheel, wire = build_wheel("sample", "1.0"), uploads.wire
    part = wire.file_part(f'filename="{wheel.filename}"', wheel.content)
    field = ("attestations", ATTESTATIONS[attestations])
    if last:
        # As uv sends them: behind the file.
        beginning = wire.multipart(wheel.form_fields(), [part], end="\r\n").removesuffix(b"--a-boundary\r\n")
        form = beginning + wire.multipart([field])
    else:
        form = wire.multipart([*wheel.form_fields(), field], [part])

    uploads.refused_form(
        form, "attestations are not verified by this index yet", "upload without them", "--no-attestations"
    )


def test_case_49_an_empty_attestations_field_is_accepted(uploads: Uploads) -> None:
    wheel = build_wheel()

    uploads.accepted(wheel, fields=uploads.form_with(wheel, attestations=""))


@pytest.mark.parametrize("at", ["field", "head", "file", "before the end", "in the end"])
def test_case_51_a_body_that_ends_early_leaves_nothing_behind(uploads: Uploads, at: str) -> None:
    wheel, wire = build_wheel("large", "1.0", padding=3 * MEBIBYTE), uploads.wire
    form = wire.multipart(
        wheel.form_fields(), [wire.file_part(f'filename="{wheel.filename}"', wheel.content)]
    )
    content = form.index(wheel.content)
    end = {
        "field": 100,
        "head": content - 10,
        "file": content + 2 * MEBIBYTE,
        "before the end": content + len(wheel.content),
        "in the end": len(form) - 3,
    }[at]

    uploads.refused_form([form[i : min(i + 65536, end)] for i in range(0, end, 65536)], "cut off")


def test_case_51_100_000_parts_are_refused(uploads: Uploads) -> None:
    wheel = build_wheel()
    part = b'--a-boundary\r\nContent-Disposition: form-data; name="classifiers"\r\n\r\n\r\n'
    end = uploads.wire.multipart(wheel.form_fields())

    uploads.refused_form([*(part * 1000 for _ in range(100)), end], "too many parts")


@pytest.mark.parametrize("piece", [1, 7, 4096])
def test_case_52_a_chunked_body_is_accepted(uploads: Uploads, piece: int) -> None:
    wheel, wire = build_wheel(), uploads.wire
    form = wire.multipart(
        wheel.form_fields(), [wire.file_part(f'filename="{wheel.filename}"', wheel.content)]
    )

    answer = wire.send_form(
        [form[at : at + piece] for at in range(0, len(form), piece)], headers={"transfer-encoding": "chunked"}
    )

    uploads.assert_accepted(answer, wheel)


@pytest.mark.parametrize("headers", [{"authorization": "Basic Og=="}, {"content-type": "text/plain"}])
def test_case_52_a_refused_client_is_not_asked_to_continue(uploads: Uploads, headers: dict[str, str]) -> None:
    sdist, wire = build_sdist(), uploads.wire
    form = wire.multipart(
        sdist.form_fields(), [wire.file_part(f'filename="{sdist.filename}"', sdist.content)]
    )

    answer = wire.send_form(form, headers={"expect": "100-continue", **headers})

    assert answer.status in {400, 401}
    assert answer.bodies_read == 0
