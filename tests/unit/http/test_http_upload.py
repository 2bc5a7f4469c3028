"""The legacy upload API over HTTP: what is taken, what is refused, and that refusals leave nothing."""

from __future__ import annotations

import asyncio
import json
from base64 import b64encode
from collections.abc import AsyncIterator, Callable, Iterator
from datetime import timedelta

import httpx
import pytest

from pypi_contracts.assembly import TEST_INDEX, InMemorySite
from pypi_contracts.builders import BuiltDistribution, build_sdist, build_wheel
from pypi_core.domain.accounts import OPERATOR, Action, TokenScope
from pypi_core.domain.entities import Serial
from pypi_core.domain.indexes import DEFAULT_INDEX, IndexSettings
from pypi_core.domain.names import NormalizedName
from pypi_http_api import build_application

Ask = Callable[..., httpx.Response]
Part = tuple[str, str | None, str | None, bytes]

BOUNDARY = "b1"
WHEEL = build_wheel("sample", "1.0", requires_dist=["click>=8"])
SDIST = build_sdist("sample", "1.0")
TWENTY = ".".join(f"t{number}" for number in range(20))
MANY_TAGS = f"sample-1.0-{TWENTY}-{TWENTY}-{TWENTY}.whl"


def text(name: str, value: str) -> Part:
    return (name, None, None, value.encode())


def content(
    distribution: BuiltDistribution, filename: str | None = None, content_type: str | None = None
) -> Part:
    return ("content", filename or distribution.filename, content_type, distribution.content)


def parts_of(distribution: BuiltDistribution, **changed: str | None) -> list[Part]:
    """Return the parts of an upload; fields in *changed* are replaced, or left out for ``None``."""
    names = {name.replace("action_", ":action"): value for name, value in changed.items()}
    fields = [(name, value) for name, value in distribution.form_fields() if name not in names]
    fields += [(name, value) for name, value in names.items() if value is not None]
    return [*(text(name, value) for name, value in fields), content(distribution)]


def encode(parts: list[Part]) -> bytes:
    body = b""
    for name, filename, content_type, value in parts:
        disposition = f'form-data; name="{name}"' + (
            f'; filename="{filename}"' if filename is not None else ""
        )
        kind = f"Content-Type: {content_type}\r\n" if content_type is not None else ""
        body += f"--{BOUNDARY}\r\nContent-Disposition: {disposition}\r\n{kind}\r\n".encode() + value + b"\r\n"
    return body + f"--{BOUNDARY}--\r\n".encode()


@pytest.fixture
def token(memory: InMemorySite) -> str:
    return memory.token("alice")


@pytest.fixture
def send(ask: Ask, token: str) -> Callable[..., httpx.Response]:
    """Return a function that posts parts as a form."""

    def post(parts: list[Part] | bytes, path: str = "/legacy/", **headers: str) -> httpx.Response:
        given = {
            "Content-Type": f"multipart/form-data; boundary={BOUNDARY}",
            "Authorization": f"Bearer {token}",
        } | {name.replace("_", "-"): value for name, value in headers.items()}
        return ask("POST", path, headers=given, content=parts if isinstance(parts, bytes) else encode(parts))

    return post


@pytest.fixture(autouse=True)
def nothing_is_left_staged(memory: InMemorySite) -> Iterator[None]:
    yield
    memory.clock.advance(timedelta(days=365))
    assert memory.staging.sweep(memory.clock.now()) == 0


def journal(memory: InMemorySite) -> int:
    return len(memory.index.journal.since(OPERATOR, Serial(0)))


class TestTaken:
    @pytest.mark.parametrize("distribution", [WHEEL, build_sdist("sample", "1.0")])
    def test_a_file_is_published(
        self, send: Callable[..., httpx.Response], memory: InMemorySite, distribution: BuiltDistribution
    ) -> None:
        response = send(parts_of(distribution))

        assert response.status_code == 200
        [file] = memory.index.projects.read(OPERATOR, NormalizedName("sample")).files
        assert file.digests.sha256 == distribution.sha256

    def test_parts_may_come_in_any_order(self, send: Callable[..., httpx.Response]) -> None:
        assert send(list(reversed(parts_of(WHEEL)))).status_code == 200

    def test_the_action_may_stand_in_the_address(self, send: Callable[..., httpx.Response]) -> None:
        parts = [each for each in parts_of(WHEEL) if each[0] != ":action"]

        assert send(parts, "/legacy/?:action=file_upload").status_code == 200

    def test_the_same_file_again_is_a_success(
        self, send: Callable[..., httpx.Response], memory: InMemorySite
    ) -> None:
        send(parts_of(WHEEL))
        before = journal(memory)

        assert send(parts_of(WHEEL)).status_code == 200
        assert journal(memory) == before

    @pytest.mark.parametrize(
        "changed",
        [
            {"protocol_version": None},
            {"md5_digest": None, "blake2_256_digest": None},
            {"sha256_digest": WHEEL.sha256.upper()},
            {"metadata_version": "1.0"},
            {"requires_python": ""},
            {"summary": "UNKNOWN"},
            {"a_field_nobody_knows": "x"},
        ],
    )
    def test_requests_of_real_clients_are_accepted(
        self, send: Callable[..., httpx.Response], changed: dict[str, str | None]
    ) -> None:
        assert send(parts_of(WHEEL, **changed)).status_code == 200

    def test_an_sdist_may_leave_its_python_version_empty(self, send: Callable[..., httpx.Response]) -> None:
        assert send(parts_of(build_sdist("sample", "1.0"), pyversion="")).status_code == 200

    def test_keywords_may_be_repeated_and_a_signature_is_dropped(
        self, send: Callable[..., httpx.Response]
    ) -> None:
        signature = ("gpg_signature", "x.asc", "text/plain", b"signature")
        extra = [text("keywords", "one"), text("keywords", "two"), signature]

        assert send([*extra, *parts_of(WHEEL)]).status_code == 200

    def test_the_longest_file_name_has_room_for_its_metadata(
        self, send: Callable[..., httpx.Response], memory: InMemorySite
    ) -> None:
        filename = f"sample-1.0-{'a' * 222}-none-any.whl"

        assert send([*parts_of(WHEEL)[:-1], content(WHEEL, filename)]).status_code == 200
        [file] = memory.index.projects.read(OPERATOR, NormalizedName("sample")).files
        assert len(f"{file.filename}.metadata") == 255

    def test_any_spelling_of_a_name_is_the_same_project(
        self, send: Callable[..., httpx.Response], memory: InMemorySite
    ) -> None:
        send(parts_of(build_wheel("flask-admin", "1.0")))

        assert send(parts_of(build_wheel("Flask_Admin", "2.0"))).status_code == 200
        assert len(memory.index.projects.read(OPERATOR, NormalizedName("flask-admin")).releases) == 2

    def test_an_epoch_is_escaped_in_addresses(self, send: Callable[..., httpx.Response], ask: Ask) -> None:
        assert send(parts_of(build_wheel("sample", "1!2.0"))).status_code == 200

        assert "sample-1%212.0-py3-none-any.whl#sha256=" in ask("GET", "/simple/sample/").text
        assert ask("GET", "/pypi/sample/1%212/json").json()["info"]["version"] == "1!2.0"

    def test_to_the_test_index_it_goes_there_alone(
        self, send: Callable[..., httpx.Response], memory: InMemorySite
    ) -> None:
        assert send(parts_of(WHEEL), "/i/test/legacy/").status_code == 200

        assert journal(memory) == 0
        assert memory.site.index(TEST_INDEX).projects.read(OPERATOR, NormalizedName("sample")).files

    def test_a_body_in_tiny_pieces_is_put_together(self, memory: InMemorySite, token: str) -> None:
        wheel = build_wheel("large", "1.0", padding=3 * 1024 * 1024)
        body = encode(parts_of(wheel))
        pieces = [body[at : at + 7001] for at in range(0, len(body), 7001)]

        status = upload_in_pieces(memory, token, pieces, then_hang_up=False)

        assert status == 200
        [file] = memory.index.projects.read(OPERATOR, NormalizedName("large")).files
        assert file.digests.sha256 == wheel.sha256


class TestRefused:
    REFUSALS: tuple[tuple[list[Part] | bytes, int, str], ...] = (
        (parts_of(WHEEL, name="-x"), 400, "invalid value for Name"),
        (parts_of(WHEEL, name="foo\n"), 400, "invalid value for Name"),
        (parts_of(WHEEL, name="foo."), 400, "invalid value for Name"),
        (parts_of(WHEEL, name="f\u00f6\u00f6"), 400, "invalid value for Name"),
        (parts_of(WHEEL, name="\u212aelvin"), 400, "invalid value for Name"),
        (parts_of(WHEEL, name="\u017fix"), 400, "invalid value for Name"),
        (parts_of(WHEEL, name=""), 400, "name: This field is required"),
        (parts_of(WHEEL, version="9" * 5000), 400, "invalid value for Version"),
        (parts_of(WHEEL, version=None), 400, "version: This field is required"),
        (parts_of(WHEEL, metadata_version=None), 400, "metadata_version"),
        (parts_of(WHEEL, sha256_digest="0" * 64), 400, "digest of the file"),
        (parts_of(WHEEL, blake2_256_digest="0" * 63), 400, "hexadecimal digits"),
        (parts_of(WHEEL, blake2_256_digest="g" * 64), 400, "hexadecimal digits"),
        (parts_of(WHEEL, md5_digest="", sha256_digest="", blake2_256_digest=""), 400, "at least one digest"),
        (parts_of(WHEEL, filetype="bdist_egg"), 400, "filetype"),
        (parts_of(WHEEL, filetype="sdist", pyversion="source"), 400, "extension"),
        (parts_of(WHEEL, pyversion=""), 400, "Python version is required"),
        (parts_of(WHEEL, protocol_version="2"), 400, "protocol_version"),
        (parts_of(WHEEL, requires_dist="click>=7"), 400, "Requires-Dist"),
        (parts_of(WHEEL, requires_dist="not a requirement !"), 400, "Requires-Dist"),
        (parts_of(WHEEL, requires_python="not a specifier"), 400, "Requires-Python"),
        (parts_of(WHEEL, action_="fly"), 400, "Unknown :action 'fly'"),
        (parts_of(WHEEL, action_=None), 400, "Unknown :action"),
        (parts_of(WHEEL, action_="submit"), 410, "need not be registered"),
        (parts_of(WHEEL)[:-1], 400, "does not have a file"),
        ([*parts_of(WHEEL), text("name", "again")], 400, "2 values for name"),
        ([("name", "x.txt", None, b"sample"), *parts_of(WHEEL, name=None)], 400, "should not be a tuple"),
        ([*parts_of(WHEEL), content(WHEEL)], 400, "two parts named 'content'"),
        ([*parts_of(WHEEL)[:-1], text("content", "no file")], 400, "no file name"),
        ([*parts_of(WHEEL)[:-1], content(WHEEL, content_type="")], 400, "content type"),
        ([*parts_of(WHEEL)[:-1], content(WHEEL, content_type="image/png")], 400, "content type"),
        ([*parts_of(WHEEL)[:-1], content(WHEEL, "../../etc/sample-1.0.tar.gz")], 400, "path separator"),
        ([*parts_of(WHEEL)[:-1], content(WHEEL, "a\\\\sample-1.0-py3-none-any.whl")], 400, "path separator"),
        ([*parts_of(WHEEL)[:-1], content(WHEEL, "C:\\\\sample-1.0-py3-none-any.whl")], 400, "path separator"),
        ([*parts_of(WHEEL)[:-1], content(WHEEL, f"{'x' * 243}.whl")], 400, "too long"),
        ([*parts_of(WHEEL)[:-1], content(WHEEL, "Sample-1.0-py3-none-any.whl")], 400, "Invalid distribution"),
        ([*parts_of(WHEEL)[:-1], content(WHEEL, f"sample-1.0-py3-none-{'a' * 223}.whl")], 400, "too long"),
        ([*parts_of(WHEEL)[:-1], content(WHEEL, "x%0d%0aX-Evil: 1-1.0-py3-none-any.whl")], 400, "control"),
        ([*parts_of(WHEEL)[:-1], content(WHEEL, "sample-1.0-py3-none-any-x86_64_v3.whl")], 400, "PEP 825"),
        ([*parts_of(WHEEL)[:-1], content(WHEEL, MANY_TAGS)], 400, "8000 tags"),
        ([*parts_of(SDIST)[:-1], content(SDIST, "sample-1.0.zip")], 400, "'sample-1.0.tar.gz'"),
        ([*parts_of(SDIST)[:-1], content(SDIST, "Sample-1.0.tar.gz")], 400, "'sample-1.0.tar.gz'"),
        (encode(parts_of(WHEEL))[:-10], 400, "cut off"),
        (encode(parts_of(WHEEL))[:200], 400, "cut off"),
        (b"", 400, "cut off"),
        (b"no form at all", 400, "multipart|cut off"),
        ([text(f"field{each}", "x") for each in range(201)], 400, "too many"),
        ([text("description", "x" * 100_001)], 400, "more than 100000 bytes"),
        ([("name", None, None, b"\xff\xfe")], 400, "not UTF-8"),
    )  # fmt: skip

    @pytest.mark.parametrize(("parts", "status", "sentence"), REFUSALS)
    def test_a_bad_upload_gets_a_sentence_and_stores_nothing(
        self,
        send: Callable[..., httpx.Response],
        memory: InMemorySite,
        parts: list[Part] | bytes,
        status: int,
        sentence: str,
    ) -> None:
        response = send(parts)

        assert response.status_code == status
        assert any(words in response.text for words in sentence.split("|"))
        phrase = response.headers["x-reason-phrase"]
        assert phrase
        assert all(character.isprintable() for character in phrase)
        assert journal(memory) == 0
        assert list(memory.blobs.all()) == []

    def test_a_file_above_the_limit(self, send: Callable[..., httpx.Response], memory: InMemorySite) -> None:
        memory.site.configure_index(OPERATOR, DEFAULT_INDEX, IndexSettings(largest_file=1000))

        response = send(parts_of(build_wheel("sample", "1.0", padding=5000)))

        assert response.status_code == 400
        assert "File too large. Limit for project 'sample' is 1000 bytes." in response.text

    def test_a_changed_file_is_refused_in_the_words_that_tools_recognize(
        self, send: Callable[..., httpx.Response]
    ) -> None:
        send(parts_of(WHEEL))

        response = send(parts_of(build_wheel("sample", "1.0", summary="Other")))

        assert response.status_code == 400
        assert response.text.startswith("File already exists (sample-1.0-py3-none-any.whl)")
        assert response.headers["x-reason-phrase"].startswith("File already exists")

    @pytest.mark.parametrize(
        ("accept", "content_type"),
        [
            ("application/json;q=0.9, text/plain;q=0.8", "application/json"),
            ("application/problem+json", "application/problem+json"),
            ("*/*", "text/plain; charset=utf-8"),
        ],
    )
    def test_a_refusal_has_the_representation_asked_for(
        self, send: Callable[..., httpx.Response], accept: str, content_type: str
    ) -> None:
        response = send(parts_of(WHEEL, name="-x"), Accept=accept)

        assert response.headers["content-type"] == content_type
        assert "invalid value for Name" in response.text
        if content_type == "application/json":
            # uv shows the code alone.
            assert response.json()["code"].startswith("400 '-x' is an invalid value for Name")

    def test_every_problem_of_a_form_is_named_at_once(self, send: Callable[..., httpx.Response]) -> None:
        response = send(
            parts_of(WHEEL, name="-x", version="no", sha256_digest="y"), Accept="application/problem+json"
        )

        assert [each["field"] for each in json.loads(response.text)["errors"]] == [
            "name",
            "version",
            "sha256_digest",
        ]

    @pytest.mark.parametrize(
        "field", ["name", "version", "filetype", "protocol_version", "requires_python", "requires_dist",
                  "metadata_version", "pyversion", "sha256_digest", "action_"],
    )  # fmt: skip
    def test_a_refusal_is_short_whatever_was_sent(
        self, send: Callable[..., httpx.Response], field: str
    ) -> None:
        response = send(parts_of(WHEEL, **{field: "!" * 80_000}))

        assert len(response.content) < 1000

    def test_a_client_that_hangs_up_leaves_nothing(self, memory: InMemorySite, token: str) -> None:
        body = encode(parts_of(build_wheel("sample", "1.0", padding=3_000_000)))

        upload_in_pieces(memory, token, [body[:2_500_000]], then_hang_up=True)

        assert journal(memory) == 0


class TestAddress:
    def test_without_its_slash_names_the_absolute_address(self, send: Callable[..., httpx.Response]) -> None:
        for prefix in ("", "/i/test"):
            response = send(parts_of(WHEEL), f"{prefix}/legacy")

            assert response.status_code == 308
            assert response.headers["location"] == f"http://index.example{prefix}/legacy/"
            assert "with a slash" in response.text

    @pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
    def test_takes_posts_alone(self, ask: Ask, method: str) -> None:
        response = ask(method, "/legacy/")

        assert response.status_code == 405
        assert "POST" in response.headers["allow"]

    def test_the_page_that_hatch_asks_for_first_is_404(self, ask: Ask) -> None:
        assert ask("GET", "/legacy/%2Bsimple/sample/").status_code == 404

    def test_another_content_type_is_refused(self, send: Callable[..., httpx.Response]) -> None:
        for content_type in ("application/json", "multipart/form-data", "multipart/form-data; boundary="):
            assert send(parts_of(WHEEL), Content_Type=content_type).status_code == 400


class TestCredentials:
    def test_without_any_they_are_asked_for_before_the_body_is_read(self, ask: Ask) -> None:
        was_read = []

        async def body() -> AsyncIterator[bytes]:
            was_read.append(True)
            yield b""

        response = ask("POST", "/legacy/", content=body())

        assert response.status_code == 401
        assert not was_read
        assert response.headers["www-authenticate"].startswith("Basic ")

    def test_a_token_is_taken_in_every_usual_form(
        self, send: Callable[..., httpx.Response], token: str
    ) -> None:
        basic = b64encode(f"__token__: {token}\n".encode()).decode()
        for authorization in (f"Bearer {token}", f"bearer  {token} ", f"token {token}", f"Basic {basic}"):
            assert send(parts_of(WHEEL), Authorization=authorization).status_code == 200

    @pytest.mark.parametrize(
        "garbage", ["Basic %%%", "Basic /w==", "Basic", "Digest x", "Bearer", "Basic Og=="]
    )
    def test_a_garbled_header_counts_as_missing(
        self, send: Callable[..., httpx.Response], garbage: str
    ) -> None:
        assert send(parts_of(WHEEL), Authorization=garbage).status_code == 401

    @pytest.mark.parametrize("token_text", ["pidx_nonsense", "pypi-AgEIcHlwaS5vcmc", "x" * 1000])
    def test_an_unknown_token_is_refused(self, send: Callable[..., httpx.Response], token_text: str) -> None:
        assert send(parts_of(WHEEL), Authorization=f"Bearer {token_text}").status_code == 401

    def test_a_password_is_refused_without_a_look_at_it(self, send: Callable[..., httpx.Response]) -> None:
        response = send(parts_of(WHEEL), Authorization=f"Basic {b64encode(b'alice:secret').decode()}")

        assert response.status_code == 403
        assert "__token__" in response.text

    def test_a_token_of_another_scope_is_refused(
        self, send: Callable[..., httpx.Response], memory: InMemorySite
    ) -> None:
        scope = TokenScope(actions=frozenset({Action.YANK}))
        limited = memory.site.issue_token(OPERATOR, "alice", "yanks", scope).secret

        response = send(parts_of(WHEEL), Authorization=f"Bearer {limited}")

        assert response.status_code == 403
        assert "scope" in response.text

    def test_a_project_of_another_account_is_refused(
        self, send: Callable[..., httpx.Response], memory: InMemorySite
    ) -> None:
        send(parts_of(WHEEL))

        response = send(parts_of(build_wheel("sample", "2.0")), Authorization=f"Bearer {memory.token('bob')}")

        assert response.status_code == 403
        assert "isn't allowed to upload to project 'sample'" in response.text


def upload_in_pieces(
    memory: InMemorySite, token: str, pieces: list[bytes], *, then_hang_up: bool
) -> int | None:
    """Send a body as a server does, message by message; return the status, if one was sent."""
    application = build_application(site=memory.site, change_signal=memory.database.change_signal)
    messages = [{"type": "http.request", "body": each, "more_body": True} for each in pieces]
    messages.append({"type": "http.disconnect"} if then_hang_up else {"type": "http.request", "body": b""})
    sent: list[dict[str, object]] = []

    async def receive() -> dict[str, object]:
        return messages.pop(0)

    async def send(message: dict[str, object]) -> None:
        sent.append(message)

    scope = {
        "type": "http", "method": "POST", "path": "/legacy/", "raw_path": b"/legacy/", "query_string": b"",
        "http_version": "1.1", "scheme": "http", "server": ("index.example", 80), "client": ("192.0.2.7", 1),
        "headers": [
            (b"content-type", f"multipart/form-data; boundary={BOUNDARY}".encode()),
            (b"authorization", f"Bearer {token}".encode()),
        ],
    }  # fmt: skip
    asyncio.run(application(scope, receive, send))  # type: ignore[arg-type]
    status = sent[0]["status"] if sent else None
    assert status is None or isinstance(status, int)
    return status
