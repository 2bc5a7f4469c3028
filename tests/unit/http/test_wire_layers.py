"""What every request passes: addresses, credentials, errors; and the probes."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from unittest.mock import Mock

import pytest
from litestar import Request, get

from pypi_contracts.assembly import InMemorySite
from pypi_contracts.builders import build_wheel
from pypi_core import errors
from pypi_core.domain.indexes import DEFAULT_INDEX
from pypi_core.errors import PackageIndexError
from pypi_http_api import HttpSettings, build_application
from pypi_http_api.addressed import ADDRESSED
from pypi_http_api.disposition import parse_filename_parameter
from pypi_http_api.problems import STATUSES, Family, status_of
from pypi_http_api.watching import Shortcoming, Watched
from pypi_xmlrpc_api import XmlRpcEndpoint

if TYPE_CHECKING:
    from tests.unit.http.conftest import Wire


def all_errors(base: type[PackageIndexError] = PackageIndexError) -> Iterator[type[PackageIndexError]]:
    for each in base.__subclasses__():
        yield each
        yield from all_errors(each)


@pytest.mark.parametrize("family", list(Family))
@pytest.mark.parametrize("error", sorted(set(all_errors()), key=str))
def test_every_table_has_a_status_for_every_error(family: Family, error: type[PackageIndexError]) -> None:
    nearest = next(each for each in error.__mro__ if each in STATUSES[family])

    assert nearest is not PackageIndexError, f"{error.__name__} belongs to no family that has a status"
    assert status_of(error, family) >= 400


@pytest.mark.parametrize(
    ("error", "family", "status"),
    [
        (errors.FileAlreadyExists, Family.UPLOAD, 400),
        (errors.FilenamePreviouslyUsed, Family.UPLOAD, 400),
        (errors.FileTooLarge, Family.UPLOAD, 400),
        (errors.ConcurrentChange, Family.UPLOAD, 503),
        (errors.ConcurrentChange, Family.JSON, 409),
        (errors.InvalidName, Family.UPLOAD, 400),
        (errors.InvalidName, Family.SIMPLE, 404),
        (errors.ProjectNotFound, Family.SIMPLE, 404),
        (errors.PasswordNotAccepted, Family.UPLOAD, 403),
        (errors.InvalidCredentials, Family.SIMPLE, 401),
    ],
)
def test_each_family_of_endpoints_has_its_own_answer_to_an_error(
    error: type[PackageIndexError], family: Family, status: int
) -> None:
    assert status_of(error, family) == status


def frontend_handlers(seen: dict[str, Any]) -> list[Any]:
    @get("/", sync_to_thread=False)
    def front(request: Request[Any, Any, Any]) -> str:
        seen.update(request.scope["state"])
        seen["root_path"] = request.scope["root_path"]
        return "front"

    @get("/broken", sync_to_thread=True)
    def broken() -> str:
        raise RuntimeError("the secret cause")

    @get("/refusing/{name:str}", sync_to_thread=True)
    def refusing(request: Request[Any, Any, Any]) -> str:
        name = request.path_params["name"]
        raise errors.TooMany(f"Too many\r\nof \u2028 {name}\x00 \u20ac.", retry_after=30)

    return [front, broken, refusing]


@pytest.mark.parametrize(
    ("target", "name", "root", "base_url"),
    [
        ("/", "pypi", "", "http://index.example"),
        ("/i/test/", "test", "/i/test", "http://index.example/i/test"),
        ("/?x=/i/test/", "pypi", "", "http://index.example"),
    ],
)
def test_the_frontend_gets_its_address_and_the_actor(
    wired: Callable[..., Wire], target: str, name: str, root: str, base_url: str
) -> None:
    seen: dict[str, Any] = {}
    wire = wired(frontend=frontend_handlers(seen))

    assert wire.get(target, {"authorization": f"Bearer {wire.token}"}).text == "front"

    addressed = seen[ADDRESSED]
    assert addressed.index is wire.memory.site.index(name)  # type: ignore[arg-type]
    assert (addressed.name, addressed.root, addressed.base_url) == (name, root, base_url)
    assert seen["root_path"] == root
    assert addressed.actor.username == "alice"


def test_a_prefix_of_the_server_itself_is_kept(wired: Callable[..., Wire]) -> None:
    seen: dict[str, Any] = {}
    wire = wired(frontend=frontend_handlers(seen))
    wire.memory.publish(wire.memory.actor("alice"), build_wheel("pypi", "1.0"))
    scope = {"root_path": "/pypi"}

    assert wire.request("GET", "/pypi/i/test/", scope=scope).text == "front"
    assert (seen[ADDRESSED].root, seen[ADDRESSED].base_url) == (
        "/pypi/i/test",
        "http://index.example/pypi/i/test",
    )
    moved = wire.request("GET", "/pypi/simple/PyPI", scope=scope)
    assert moved.headers["location"] == "/pypi/simple/pypi/"
    document = wire.request("GET", "/pypi/pypi/pypi/json", scope=scope)
    assert document.json["urls"][0]["url"].startswith("http://index.example/pypi/packages/")


@pytest.mark.parametrize(
    ("trusted", "client", "base_url"),
    [
        ((), "127.0.0.1", "http://index.example"),
        (("127.0.0.1",), "127.0.0.1", "https://public.example:8443"),
        (("10.0.0.0/8", "::1"), "10.1.2.3", "https://public.example:8443"),
        (("10.0.0.0/8", "::1"), "::1", "https://public.example:8443"),
        (("10.0.0.0/8", "::1"), "192.0.2.1", "http://index.example"),
        (("10.0.0.0/8",), "unix:", "http://index.example"),
    ],
)
def test_only_trusted_proxies_set_the_public_address(
    wired: Callable[..., Wire], trusted: tuple[str, ...], client: str, base_url: str
) -> None:
    seen: dict[str, Any] = {}
    wire = wired(HttpSettings(trusted_proxies=trusted), frontend=frontend_handlers(seen))
    headers = {"x-forwarded-proto": "https", "x-forwarded-host": "public.example:8443, inner.example"}

    wire.request("GET", "/", headers, client=client)

    assert seen[ADDRESSED].base_url == base_url


@pytest.mark.parametrize("forwarded", ["javascript", "", "https\r\n"])
def test_an_unknown_scheme_is_ignored(wired: Callable[..., Wire], forwarded: str) -> None:
    seen: dict[str, Any] = {}
    wire = wired(HttpSettings(trusted_proxies=("127.0.0.1",)), frontend=frontend_handlers(seen))

    wire.get("/", {"x-forwarded-proto": forwarded, "x-forwarded-host": "evil.example/<script>"})

    assert seen[ADDRESSED].base_url in {"http://127.0.0.1:8000", "https://127.0.0.1:8000"}


def test_an_invalid_proxy_address_is_an_error_at_start_up(memory: InMemorySite) -> None:
    with pytest.raises(ValueError, match="proxy"):
        build_application(
            site=memory.site,
            change_signal=memory.database.change_signal,
            settings=HttpSettings(trusted_proxies=("proxy",)),
        )


@pytest.mark.parametrize("target", ["/legacy/", "/i/test/legacy/"])
def test_a_bad_token_or_a_password_cannot_write(wired: Callable[..., Wire], target: str) -> None:
    wire = wired(json_rpc=Mock())

    unknown = wire.request("POST", target, {"authorization": "Bearer pidx_nonsense"})
    password = wire.request("POST", target, wire.basic("alice", "correct horse"))

    assert (unknown.status, unknown.headers["www-authenticate"]) == (401, 'Basic realm="package index"')
    assert (password.status, "www-authenticate" in password.headers) == (403, False)
    assert "__token__" in password.phrase


@pytest.mark.parametrize("target", ["/simple/", "/", "/pypi/x/json", "/changes", "/i/test/simple/"])
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_bad_credentials_read_a_public_index_anonymously(
    wired: Callable[..., Wire], method: str, target: str
) -> None:
    wire = wired(frontend=frontend_handlers({}))
    without = wire.request(method, target)

    for bad in ({"authorization": "Bearer pidx_nonsense"}, wire.basic("alice", "correct horse")):
        assert wire.request(method, target, bad) == without


@pytest.mark.parametrize("target", ["/pypi", "/RPC2"])
def test_bad_credentials_call_legacy_methods_anonymously(wired: Callable[..., Wire], target: str) -> None:
    wire = wired(xml_rpc=XmlRpcEndpoint())
    bad = {"content-type": "text/xml", "authorization": "Bearer pidx_nonsense"}
    call = b"<methodCall><methodName>changelog_last_serial</methodName></methodCall>"

    assert b"<int>0</int>" in wire.request("POST", target, bad, call).body
    wire.make_private()
    refused = wire.request("POST", target, bad, call)
    assert (refused.status, "mistyped" in refused.phrase) == (401, True)


@pytest.mark.parametrize("target", ["/simple/", "/simple/x/", "/pypi/x/json", "/changes"])
def test_bad_credentials_on_a_private_index_are_explained(wire: Wire, target: str) -> None:
    wire.make_private()

    unknown = wire.get(target, {"authorization": "Bearer pidx_nonsense"})
    password = wire.get(target, wire.basic("alice", "correct horse"))

    # With 401, so that installers try what else they have.
    assert (unknown.status, password.status) == (401, 401)
    assert {"www-authenticate"} <= {*unknown.headers} & {*password.headers}
    assert "mistyped" in unknown.phrase
    assert "__token__" in password.phrase


def test_the_realm_is_quoted(wired: Callable[..., Wire]) -> None:
    wire = wired(HttpSettings(realm='our "own" index'))

    refused = wire.request("POST", "/legacy/", {"authorization": "Bearer x"})

    assert refused.headers["www-authenticate"] == 'Basic realm="our own index"'


def test_an_unexpected_error_is_logged_and_not_revealed(
    wired: Callable[..., Wire], caplog: pytest.LogCaptureFixture
) -> None:
    wire = wired(frontend=frontend_handlers({}))

    answer = wire.get("/broken")

    assert answer.status == 500
    assert "secret" not in answer.text + str(answer.headers)
    assert "the secret cause" in caplog.text
    assert len([each for each in caplog.records if each.levelno >= logging.ERROR]) == 1


def test_an_error_in_a_layer_is_not_revealed(
    wire: Wire, memory: InMemorySite, caplog: pytest.LogCaptureFixture
) -> None:
    memory.site.authenticate = None  # type: ignore[assignment]

    answer = wire.get("/simple/", {"authorization": "Bearer x"})

    assert answer.status == 500
    assert "Traceback" not in answer.text
    assert "Traceback" in caplog.text


def test_a_reason_phrase_has_no_control_characters(wired: Callable[..., Wire]) -> None:
    answer = wired(frontend=frontend_handlers({})).get("/refusing/x%0D%0AX-Fake:y")

    assert (answer.status, answer.headers["retry-after"]) == (429, "30")
    assert answer.phrase == "Too many of x X-Fake:y ?."
    assert "x-fake" not in answer.headers


def test_a_good_answer_has_no_reason_phrase(wire: Wire) -> None:
    assert "x-reason-phrase" not in wire.get("/simple/").headers
    assert "x-reason-phrase" not in wire.get("/simple").headers


def test_liveness_needs_neither_index_nor_database(wired: Callable[..., Wire]) -> None:
    wire = wired()
    wire.memory.site.index = wire.memory.site.known_index = None  # type: ignore[assignment]

    for target in ("/health/live", "/health/ready"):
        assert wire.get(target).status == 200
        assert wire.get(target).headers["cache-control"] == "no-store"
        assert wire.request("HEAD", target).status == 200


def broken_look() -> Sequence[Shortcoming]:
    raise RuntimeError("no database")


MISSING = Shortcoming(
    part="database",
    sentence="The database is gone.",
    since=datetime(2026, 12, 1, tzinfo=UTC),
    stops_serving=True,
)


@pytest.mark.parametrize("look", [lambda: [MISSING], broken_look])
def test_a_server_that_cannot_serve_is_not_ready(
    wired: Callable[..., Wire], look: Callable[[], Sequence[Shortcoming]]
) -> None:
    wire = wired(watched=Watched(look=look))

    answer = wire.get("/health/ready")

    assert answer.status == 503
    assert answer.phrase == answer.text.strip()
    assert wire.get("/health/live").status == 200


def test_a_server_without_its_default_index_lives_and_says_404(wired: Callable[..., Wire]) -> None:
    wire = wired()

    def refuse(name: str) -> None:
        raise errors.IndexNotFound(name)

    wire.memory.site.index = refuse  # type: ignore[assignment]
    wire.memory.site.known_index = lambda name: None  # type: ignore[method-assign]

    assert wire.get("/simple/").status == 404
    assert wire.get("/simple/").phrase == f"There is no index {DEFAULT_INDEX!r} on this server."
    assert wire.get("/health/live").status == 200


@pytest.mark.parametrize(
    ("header", "filename"),
    [
        ("form-data; name=content", None),
        ('form-data; name="content"; filename="a b.whl"', "a b.whl"),
        ("form-data; name=content; filename=a.whl; x=y", "a.whl"),
        (r'form-data; filename="a\"b\\c\d.whl"', r'a"b\c\d.whl'),
        ('form-data; filename="a%22b%0D%0A%41.whl"', 'a"b\r\n%41.whl'),
        ("form-data; filename=\"plain\"; filename*=UTF-8''na%C3%AFve", "naïve"),
        ("form-data; filename*=iso-8859-1'en'na%EFve; filename=plain", "naïve"),
        ("form-data; filename*=utf-7''x; filename=plain", "plain"),
        ("form-data; filename*=broken; filename=plain", "plain"),
        ('form-data; name="filename=x"', None),
        ('form-data; name="a; filename=\\"x\\""', None),
        ('form-data; filename="unterminated', None),
        ("", None),
    ],
)
def test_a_file_name_is_read_as_it_was_sent(header: str, filename: str | None) -> None:
    assert parse_filename_parameter(header) == filename
