"""
The legacy upload API over HTTP.

See docs/reference/standards/upload-form.md#fields and docs/reference/standards/upload-form.md#answers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from pypi_contracts.assembly import TEST_INDEX, InMemorySite
from pypi_contracts.builders import BuiltDistribution, build_sdist, build_wheel
from pypi_core.domain.accounts import OPERATOR
from pypi_core.domain.entities import Serial
from pypi_core.domain.indexes import DEFAULT_INDEX, IndexSettings
from pypi_core.domain.names import parse_project_name
from pypi_http_api import HttpSettings

if TYPE_CHECKING:
    from tests.unit.http.conftest import Wire

JSON = "application/vnd.pypi.simple.v1+json"
MEBIBYTE = 1024 * 1024

Fields = list[tuple[str, str]]


def form_of(wire: Wire, distribution: BuiltDistribution, piece: int = 65536) -> list[bytes]:
    """Return the whole form of *distribution* in pieces."""
    part = wire.file_part(f'filename="{distribution.filename}"', distribution.content)
    form = wire.multipart(distribution.form_fields(), [part])
    return [form[at : at + piece] for at in range(0, len(form), piece)]


def with_field(distribution: BuiltDistribution, name: str, *values: str) -> Fields:
    """Return the form of *distribution* with other values of one field, or without it."""
    kept = [each for each in distribution.form_fields() if each[0] != name]
    return kept + [(name, value) for value in values]


def large_wheel() -> BuiltDistribution:
    """A wheel of several pieces."""
    return build_wheel("large", "1.0", padding=3 * MEBIBYTE)


@pytest.mark.parametrize("distribution", [build_wheel("Sample", "1.0"), build_sdist("Sample", "1.0")])
def test_an_upload_can_be_installed_from_the_next_request(
    wire: Wire, distribution: BuiltDistribution
) -> None:
    answer = wire.upload(distribution)

    assert (answer.status, answer.body) == (200, b"")
    files = wire.get("/simple/sample/", {"accept": JSON}).json["files"]
    assert [each["filename"] for each in files] == [distribution.filename]
    assert files[0]["hashes"] == {"sha256": distribution.sha256}
    assert wire.memory.staging.sweep(wire.memory.clock.now().replace(year=9000)) == 0


@pytest.mark.parametrize("size", [1, 1000, 64 * 1024, MEBIBYTE])
def test_a_large_file_arrives_in_pieces_of_any_size(wire: Wire, size: int) -> None:
    large = build_wheel("large", "1.0") if size == 1 else large_wheel()

    answer = wire.send_form(form_of(wire, large, size))

    assert answer.status == 200
    assert wire.get("/simple/large/", {"accept": JSON}).json["files"][0]["hashes"] == {"sha256": large.sha256}


@pytest.mark.parametrize("distribution", [build_wheel("sample", "1.0"), large_wheel()])
def test_the_parts_come_in_any_order(wire: Wire, distribution: BuiltDistribution) -> None:
    fields = distribution.form_fields()
    part = wire.file_part(f'filename="{distribution.filename}"', distribution.content)
    first = wire.multipart(fields[:3], [part], end="\r\n").removesuffix(b"--a-boundary\r\n")

    answer = wire.send_form([first, wire.multipart([*fields[3:], ("comment", "At last.")])])

    assert answer.status == 200


@pytest.mark.parametrize("where", ["query", "form", "both"])
def test_the_action_stands_in_the_query_or_in_the_form(wire: Wire, where: str) -> None:
    wheel = build_wheel()
    fields = wheel.form_fields() if where != "query" else with_field(wheel, ":action")

    answer = wire.upload(
        wheel, fields=fields, to="/legacy/" if where == "form" else "/legacy/?:action=file_upload"
    )

    assert answer.status == 200


@pytest.mark.parametrize(
    ("action", "status"),
    [
        ("submit", 410),
        ("submit_pkg_info", 410),
        ("list_classifiers", 400),
        ("", 400),
        ("unheard-of", 400),
    ],
)
@pytest.mark.parametrize("in_query", [False, True])
def test_other_actions_are_refused_with_a_sentence(
    wire: Wire, action: str, status: int, in_query: bool
) -> None:
    form = wire.multipart([] if in_query else [(":action", action), ("name", "sample")])

    answer = wire.send_form(form, to=f"/legacy/?:action={action}" if in_query else "/legacy/")

    assert answer.status == status
    assert answer.text.strip() == answer.phrase
    assert answer.phrase.endswith(".")


def test_a_form_without_an_action_is_refused(wire: Wire) -> None:
    wheel = build_wheel()

    assert wire.upload(wheel, fields=with_field(wheel, ":action")).status == 400
    assert wire.holds_nothing()


def test_verify_checks_and_stores_nothing(wire: Wire) -> None:
    right = [(":action", "verify"), ("metadata_version", "1.0"), ("name", "sample"), ("version", "1.0")]

    assert wire.send_form(wire.multipart(right)).status == 200
    assert wire.send_form(wire.multipart([*right[:3], ("version", "one")])).status == 400
    answer = wire.send_form(wire.multipart([*right, ("summary", "a\u2028b"), ("classifiers", "Weather")]))
    assert answer.status == 400
    assert "Classifier" in answer.text
    assert "Summary" in answer.text
    assert wire.holds_nothing()


def test_the_slash_at_the_end_is_asked_for_with_an_absolute_address(wire: Wire) -> None:
    answer = wire.send_form(wire.multipart(), to="/i/test/legacy?a=b")

    assert answer.status == 308
    assert answer.headers["location"] == "http://index.example/i/test/legacy/?a=b"
    assert "http://index.example/i/test/legacy/" in answer.text


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "DELETE"])
def test_other_methods_are_refused(wire: Wire, method: str) -> None:
    answer = wire.request(method, "/legacy/")

    assert answer.status == 405
    assert "POST" in answer.headers["allow"]


@pytest.mark.parametrize(
    ("authorization", "status"),
    [
        (None, 401),
        ("Basic", 401),
        ("Basic ***", 401),
        ("Basic /////w==", 401),
        ("Basic Og==", 401),
        ("Bearer", 401),
        ("Digest username=alice", 401),
        ("Bearer pidx_unknown", 401),
        ("Basic X190b2tlbl9fOg==", 401),
        ("Basic YWxpY2U6Y29ycmVjdCBob3JzZQ==", 403),
    ],
)
def test_an_unauthorized_upload_is_refused_before_the_body_is_read(
    wire: Wire, authorization: str | None, status: int
) -> None:
    headers = {"content-type": "multipart/form-data; boundary=b", "expect": "100-continue"}
    if authorization is not None:
        headers["authorization"] = authorization

    answer = wire.request("POST", "/legacy/", headers, b"never read")

    assert answer.status == status
    assert answer.bodies_read == 0
    assert ("www-authenticate" in answer.headers) == (status == 401)
    assert wire.holds_nothing()


@pytest.mark.parametrize("form", ["Bearer {}", "bearer   {} ", "token {}", "ToKeN {}"])
def test_a_token_is_accepted_in_every_form(wire: Wire, form: str) -> None:
    headers = {"authorization": form.format(wire.token)}

    assert wire.upload(build_wheel(), headers=headers).status == 200


def test_white_space_around_a_token_is_dropped(wire: Wire) -> None:
    assert wire.upload(build_wheel(), headers=wire.basic("__token__", f" {wire.token}\n")).status == 200


@pytest.mark.parametrize(
    ("parameters", "filename"),
    [
        (r'filename="..\..\x-1.0.tar.gz"', "path separator"),
        ('filename="../../etc/x-1.0.tar.gz"', "path separator"),
        (r'filename="C:\x-1.0.tar.gz"', "path separator"),
        (r'filename="\\server\x-1.0.tar.gz"', "path separator"),
        ("filename*=UTF-8''..%2Fx-1.0.tar.gz", "path separator"),
        ('filename="x-1.0.tar.gz%0D%0AX-Fake: header"', "control character"),
        ("filename*=UTF-8''x-1.0%0D%0AX-Fake:%20header.tar.gz", "control character"),
        ('filename=""', "no file name"),
        (f'filename="x-{"1" * 238}.tar.gz"', "too long"),
        ('filename="x-1.0.exe"', "extension"),
        ('filename="x%22-1.0.exe"', "extension"),
    ],
)
def test_a_file_name_that_could_not_be_stored_is_refused(wire: Wire, parameters: str, filename: str) -> None:
    sdist = build_sdist("x", "1.0")
    form = wire.multipart(sdist.form_fields(), [wire.file_part(parameters, sdist.content)])

    answer = wire.send_form(form)

    assert answer.status == 400
    assert filename in answer.text
    assert answer.phrase.isprintable()
    assert wire.holds_nothing()


@pytest.mark.parametrize(
    "parameters", ['filename="{}"', "filename={}", "filename*=UTF-8''{}", 'FileName = "{}"; size=3']
)
def test_a_file_name_may_be_sent_in_every_form(wire: Wire, parameters: str) -> None:
    wheel = build_wheel("sample", "1!1.0")
    part = wire.file_part(parameters.format(wheel.filename), wheel.content)

    assert wire.send_form(wire.multipart(wheel.form_fields(), [part])).status == 200


@pytest.mark.parametrize(
    ("head", "status"),
    [
        ("", 200),
        ("Content-Type: application/octet-stream\r\n", 200),
        ("Content-Type: \r\n", 400),
        ("Content-Type: image/png\r\n", 400),
    ],
)
def test_a_content_type_may_be_missing_but_not_empty(wire: Wire, head: str, status: int) -> None:
    wheel = build_wheel()
    part = wire.file_part(f'filename="{wheel.filename}"', wheel.content, head=head)

    assert wire.send_form(wire.multipart(wheel.form_fields(), [part])).status == status


WRONG_FIELDS = [
    *[("name", (name,)) for name in ("foo\n", "-foo", "foo.", "", "föö", "\u017fix", "\u212aelvin")],
    ("name", ("sample", "sample")),
    ("version", ("1" * 5000,)),
    ("version", ("one",)),
    ("version", ("2.0",)),
    ("sha256_digest", ("0" * 64,)),
    ("blake2_256_digest", ("0" * 63,)),
    ("blake2_256_digest", ("x" * 64,)),
    ("filetype", ("bdist_egg",)),
    ("filetype", ("sdist",)),
    ("protocol_version", ("2",)),
    ("metadata_version", ()),
    ("pyversion", ()),
]


@pytest.mark.parametrize(("field", "values"), WRONG_FIELDS)
def test_a_wrong_field_is_refused(wire: Wire, field: str, values: tuple[str, ...]) -> None:
    wheel = build_wheel("sample", "1.0")

    answer = wire.upload(wheel, fields=with_field(wheel, field, *values))

    assert answer.status == 400
    assert answer.phrase.isprintable()
    assert "Traceback" not in answer.text
    assert wire.holds_nothing()


def test_a_missing_digest_is_refused_and_upper_case_accepted(wire: Wire) -> None:
    wheel = build_wheel()
    without = [each for each in wheel.form_fields() if not each[0].endswith("_digest")]

    assert wire.upload(wheel, fields=without).status == 400
    assert wire.upload(wheel, fields=[*without, ("sha256_digest", wheel.sha256.upper())]).status == 200


def test_repeated_keywords_are_accepted_and_unknown_fields_ignored(wire: Wire) -> None:
    wheel = build_wheel()
    extra = [("keywords", "one"), ("keywords", "two"), ("Description-Content-Type", "x"), ("unheard_of", "y")]

    assert wire.upload(wheel, fields=wheel.form_fields() + extra).status == 200


@pytest.mark.parametrize("field", ["summary", "description", "home_page", "author", "license"])
def test_a_field_for_one_value_may_not_be_repeated(wire: Wire, field: str) -> None:
    wheel = build_wheel()

    answer = wire.upload(wheel, fields=[*with_field(wheel, field), (field, "one"), (field, "two")])

    assert answer.status == 400
    assert field in answer.text


def test_a_file_in_place_of_text_is_refused(wire: Wire) -> None:
    wheel = build_wheel()
    parts = [wire.file_part('filename="x"', name="name")]

    answer = wire.send_form(wire.multipart(with_field(wheel, "name"), parts))

    assert answer.status == 400
    assert "should not be a tuple" in answer.phrase


def test_a_signature_is_accepted_and_dropped(wire: Wire) -> None:
    wheel = build_wheel()
    parts = [
        wire.file_part(f'filename="{wheel.filename}.asc"', b"signature", name="gpg_signature"),
        wire.file_part(f'filename="{wheel.filename}"', wheel.content),
    ]

    assert wire.send_form(wire.multipart(wheel.form_fields(), parts)).status == 200


def test_text_in_place_of_the_file_and_no_file_are_refused(wire: Wire) -> None:
    fields = build_wheel().form_fields()

    assert "does not have a file" in wire.send_form(wire.multipart(fields)).phrase
    assert "has no file name" in wire.send_form(wire.multipart([*fields, ("content", "x")])).phrase


def test_two_files_are_refused(wire: Wire) -> None:
    wheel = build_wheel()
    part = wire.file_part(f'filename="{wheel.filename}"', wheel.content)

    assert wire.send_form(wire.multipart(wheel.form_fields(), [part, part])).status == 400
    assert wire.holds_nothing()


def test_the_same_file_twice_is_a_success_and_one_entry(wire: Wire) -> None:
    wheel = build_wheel()

    first, second = wire.upload(wheel), wire.upload(wheel)

    assert (first.status, second.status) == (200, 200)
    changes = wire.memory.index.journal.since(OPERATOR, Serial(0))
    assert sum(each.action.startswith("add py3 file") for each in changes) == 1


def test_a_duplicate_is_refused_in_the_words_that_tools_recognize(wire: Wire) -> None:
    wheel = build_wheel("sample", "1.0")
    wire.upload(wheel)
    other_bytes = replace(build_wheel("sample", "1.0", summary="Another"), filename=wheel.filename)
    other_name = replace(wheel, filename="sample-1.0-1-py3-none-any.whl")

    for again in (other_bytes, other_name):
        answer = wire.upload(again)
        assert answer.status == 400
        assert answer.phrase.startswith("File already exists (")
        assert answer.text.startswith("File already exists (")


def test_a_deleted_name_is_refused_in_other_words(wire: Wire) -> None:
    wheel = build_wheel("sample", "1.0")
    wire.upload(wheel)
    wire.memory.index.delete_file(OPERATOR, parse_project_name("sample"), wheel.filename)

    answer = wire.upload(wheel)

    assert answer.status == 400
    assert "previously used" in answer.phrase
    assert "already exist" not in answer.text


def test_the_same_file_may_be_on_two_indexes(wire: Wire) -> None:
    wheel = build_wheel()

    assert wire.upload(wheel).status == 200
    assert wire.upload(wheel, to="/i/test/legacy/").status == 200
    assert len(wire.memory.site.index(TEST_INDEX).journal.since(OPERATOR, Serial(0))) == 4


def test_a_foreign_project_is_refused_before_a_large_file_is_read(wire: Wire, memory: InMemorySite) -> None:
    memory.publish(memory.actor("bob"), build_wheel("large", "0.1"))
    large = large_wheel()

    answer = wire.send_form(form_of(wire, large))

    assert answer.status == 403
    assert answer.bodies_read < 20
    assert memory.staging.sweep(memory.clock.now().replace(year=9000)) == 0


@pytest.mark.parametrize("announced", [False, True])
def test_a_file_over_the_limit_is_refused_before_it_is_read_whole(wire: Wire, announced: bool) -> None:
    settings = IndexSettings(largest_file=20 * MEBIBYTE)
    wire.memory.site.configure_index(OPERATOR, DEFAULT_INDEX, settings)
    wheel = build_wheel("large", "1.0")
    head = wire.multipart(
        wheel.form_fields(), [wire.file_part(f'filename="{wheel.filename}"', b"")], end=""
    ).removesuffix(b"\r\n--a-boundary")
    headers = {"content-length": str(60 * MEBIBYTE)} if announced else {"transfer-encoding": "chunked"}

    answer = wire.send_form([head, *(bytes(65536) for _ in range(960))], headers=headers)

    assert answer.status == 400
    assert answer.phrase == "File too large. Limit for project 'large' is 20 MiB."
    assert answer.bodies_read < (20 if announced else 350)
    assert wire.holds_nothing()


def test_a_small_file_over_the_limit_is_refused_too(wire: Wire) -> None:
    wire.memory.site.configure_index(OPERATOR, DEFAULT_INDEX, IndexSettings(largest_file=10))

    assert wire.upload(build_wheel()).status == 400
    assert wire.holds_nothing()


def endless_field() -> Iterator[bytes]:
    yield b'--a-boundary\r\nContent-Disposition: form-data; name="summary"\r\n\r\n'
    for _ in range(1000):
        yield b"x" * 65536


def endless_signature() -> Iterator[bytes]:
    yield b'--a-boundary\r\nContent-Disposition: form-data; name="gpg_signature"; filename="x"\r\n\r\n'
    for _ in range(1000):
        yield b"x" * 65536


def endless_head() -> Iterator[bytes]:
    yield b"--a-boundary\r\nContent-Disposition: form-data; name="
    for _ in range(1000):
        yield b"x" * 65536


def endless_preamble() -> Iterator[bytes]:
    for _ in range(1000):
        yield b"x" * 65536


def endless_epilogue() -> Iterator[bytes]:
    yield b'--a-boundary\r\nContent-Disposition: form-data; name="summary"\r\n\r\nx\r\n--a-boundary--\r\n'
    for _ in range(1000):
        yield b"x" * 65536


def many_parts() -> Iterator[bytes]:
    part = b'--a-boundary\r\nContent-Disposition: form-data; name="classifiers"\r\n\r\nx\r\n'
    for _ in range(200):
        yield part * 500


@pytest.mark.parametrize(
    "body",
    [endless_field, endless_signature, endless_head, endless_preamble, endless_epilogue, many_parts],
)
def test_every_part_of_a_form_is_bounded(
    wired: Callable[..., Wire], body: Callable[[], Iterator[bytes]]
) -> None:
    wire = wired(HttpSettings(largest_form=MEBIBYTE))

    answer = wire.send_form(body())

    assert answer.status == 400
    assert answer.bodies_read < 30


@pytest.mark.parametrize(
    "content_type",
    [
        "",
        "application/json",
        "application/x-www-form-urlencoded",
        "multipart/form-data",
        "multipart/form-data; boundary=",
        'multipart/form-data; boundary="a\\\nb"',
        f"multipart/form-data; boundary={'x' * 300}",
        "multipart/form-data; boundary=b\xe9",
    ],
)
def test_a_body_that_is_not_a_form_is_refused(wire: Wire, content_type: str) -> None:
    answer = wire.send_form(b"x" * 100, headers={"content-type": content_type})

    assert answer.status == 400


@pytest.mark.parametrize("distribution", [build_wheel("sample", "1.0"), large_wheel()])
@pytest.mark.parametrize("end", ["", "\r\n", "-"])
def test_a_form_without_its_final_boundary_is_refused(
    wire: Wire, distribution: BuiltDistribution, end: str
) -> None:
    part = wire.file_part(f'filename="{distribution.filename}"', distribution.content)
    form = wire.multipart(distribution.form_fields(), [part], end=end)

    answer = wire.send_form([form[at : at + 65536] for at in range(0, len(form), 65536)])

    assert answer.status == 400
    assert "cut off" in answer.phrase
    assert wire.holds_nothing()


@pytest.mark.parametrize(
    "body",
    [
        b"--a-boundary\n",
        b'--a-boundary\r\nContent-Disposition: form-data; name="x"\n\nvalue\n--a-boundary--\n',
        b"--a-boundary\r\n\r\nno head\r\n--a-boundary--\r\n",
        b"--a-boundary\r\nnonsense\r\n\r\nx\r\n--a-boundary--\r\n",
        b'--a-boundary\r\nContent-Disposition: attachment; name="x"\r\n\r\nx\r\n--a-boundary--\r\n',
        b'--a-boundary\r\nContent-Disposition: form-data; name="\xff"\r\n\r\nx\r\n--a-boundary--\r\n',
        b"",
    ],
)
def test_a_malformed_form_is_refused_with_a_sentence(wire: Wire, body: bytes) -> None:
    answer = wire.send_form(body)

    assert answer.status == 400
    assert answer.phrase.endswith(".")
    assert answer.phrase.isprintable()


@pytest.mark.parametrize("distribution", [build_wheel("sample", "1.0"), large_wheel()])
def test_bytes_of_a_client_that_hung_up_are_discarded(wire: Wire, distribution: BuiltDistribution) -> None:
    form = b"".join(form_of(wire, distribution))
    pieces = [form[at : at + 65536] for at in range(0, len(form) - 50, 65536)]

    wire.send_form(pieces, leaves=True)

    assert wire.holds_nothing()


@pytest.mark.parametrize(
    ("accept", "content_type"),
    [
        ("*/*", "text/plain; charset=utf-8"),
        ("application/json;q=0.9, text/plain;q=0.8, text/html;q=0.7", "application/json"),
        ("text/plain, application/json;q=0.1", "text/plain; charset=utf-8"),
        ("application/problem+json", "application/problem+json"),
        ("application/json;q=0", "text/plain; charset=utf-8"),
    ],
)
def test_a_refusal_comes_in_the_form_that_the_client_reads(
    wire: Wire, accept: str, content_type: str
) -> None:
    wheel = build_wheel()

    answer = wire.upload(wheel, fields=with_field(wheel, "filetype", "bdist_egg"), headers={"accept": accept})

    assert answer.headers["content-type"] == content_type
    assert answer.status == 400
    if content_type == "application/json":
        sentence = answer.phrase
        assert answer.json == {
            "message": sentence,
            "code": f"400 {sentence}",
            "title": "Bad Request",
            "request_id": answer.request_id,
        }
    if content_type == "application/problem+json":
        assert (answer.json["status"], answer.json["code"]) == (400, "invalid-form")
        assert answer.json["errors"][0]["field"] == "filetype"
