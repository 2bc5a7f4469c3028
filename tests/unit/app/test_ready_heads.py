"""Replies given before their request is parsed: the same bytes, never older, never too many."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fake_connection import FakeConnection, FakeServer
from pypi_app.server.ready_heads import ReadyHeads
from pypi_app.settings import ConnectionLimits
from ready_application import EchoingApplication, StubFreshness

HEAD = b"GET /simple/sample/ HTTP/1.1\r\nHost: index.example\r\nUser-Agent: pip/26\r\n\r\n"
OTHER = HEAD.replace(b"sample", b"other")
_servers: list[FakeServer] = []
_REQUEST_ID = re.compile(rb"(x-request-id: )[0-9a-f]{16}")


class Ready:
    """A server that gives replies again, and what it is made of."""

    def __init__(
        self,
        *,
        waits: bool = False,
        capacity: int = 1024 * 1024,
        body: Callable[[bytes], bytes] = lambda echo: echo,
        limits: ConnectionLimits = ConnectionLimits(),  # noqa: B008 - frozen
        trusted_proxies: tuple[str, ...] = (),
    ) -> None:
        self.freshness = StubFreshness()
        self.heads = ReadyHeads(self.freshness, capacity)
        self.application = EchoingApplication(self.freshness.validities, body)
        self.server = FakeServer(self.application, limits, trusted_proxies, ready=self.heads)
        self.freshness.loop = None if waits else self.server.loop
        _servers.append(self.server)

    def connect(self, peer: str = "127.0.0.2", *, takes_all: bool = True) -> FakeConnection:
        return self.server.connect(peer, takes_all=takes_all)

    def warm(self, *heads: bytes, peer: str = "127.0.0.2") -> None:
        """Ask until the replies are ready, and forget that it was asked."""
        for head in heads:
            for _ in range(2):
                self.connect(peer).send(head)
        assert len(self.application.asked) == 2 * len(heads)
        self.application.asked.clear()


def close_servers() -> None:
    while _servers:
        _servers.pop().close()


@pytest.fixture(autouse=True)
def _ending() -> Iterator[None]:
    yield
    close_servers()


@pytest.fixture
def ready() -> Ready:
    ready = Ready()
    ready.warm(HEAD, OTHER)
    return ready


@pytest.fixture
def waiting() -> Ready:
    ready = Ready(waits=True)
    ready.warm(HEAD, OTHER)
    return ready


def without_ids(answer: bytes) -> bytes:
    return _REQUEST_ID.sub(rb"\1", answer)


def plain(stream: bytes) -> bytes:
    """Return what a server answers that parses everything."""
    connection = connect_to_plain()
    connection.send(stream)
    connection.wait()
    return without_ids(connection.answer)


def connect_to_plain() -> FakeConnection:
    server = FakeServer(EchoingApplication(StubFreshness().validities))
    _servers.append(server)
    return server.connect()


class TestTheSameBytes:
    def test_a_head_that_was_seen_twice_is_answered_without_the_application(self, ready: Ready) -> None:
        answer = ready.connect().send(HEAD)

        assert without_ids(answer) == plain(HEAD)
        assert ready.application.asked == []

    def test_a_head_that_was_seen_once_is_not_kept(self) -> None:
        ready = Ready()
        ready.connect().send(HEAD)

        assert ready.heads.size == 0

    def test_each_reply_has_an_id_of_its_own(self, ready: Ready) -> None:
        answer = ready.connect().send(HEAD * 3)

        assert len(set(re.findall(rb"x-request-id: ([0-9a-f]{16})", answer))) == 3

    def test_a_reply_has_the_date_of_when_it_is_given(self, ready: Ready) -> None:
        ready.server.state.default_headers = [(b"date", b"Fri, 02 Jan 1970 00:00:00 GMT")]

        assert b"date: Fri, 02 Jan 1970 00:00:00 GMT\r\n" in ready.connect().send(HEAD)

    def test_what_the_application_does_not_offer_is_not_kept(self) -> None:
        ready = Ready()
        head = HEAD.replace(b"/simple", b"/private")
        for _ in range(3):
            ready.connect().send(head)

        assert len(ready.application.asked) == 3

    @pytest.mark.parametrize(
        "header",
        ["Connection: keep-alive", "Authorization: Bearer x", "Cookie: a=b", "Expect: 100-continue",
         "Content-Length: 0", "Upgrade: h2c", "X-Request-Id: 0123456789abcdef", "Range: bytes=0-1",
         "Long: " + 2048 * "x"],
    )  # fmt: skip
    def test_a_head_with_a_header_that_matters_is_not_kept(self, header: str) -> None:
        ready = Ready()
        head = HEAD.removesuffix(b"\r\n") + header.encode() + b"\r\n\r\n"
        for _ in range(3):
            ready.connect().send(head)

        assert (len(ready.application.asked), ready.heads.size) == (3, 0)

    def test_a_proxy_and_a_stranger_do_not_share_replies(self) -> None:
        ready = Ready(trusted_proxies=("127.0.0.9",))
        ready.warm(HEAD)

        ready.connect("127.0.0.9").send(HEAD)

        assert len(ready.application.asked) == 1

    def test_a_body_that_looks_like_a_request_is_not_answered(self, ready: Ready) -> None:
        post = b"POST /legacy/ HTTP/1.1\r\nHost: index.example\r\nContent-Length: %d\r\n\r\n" % len(HEAD)
        connection = ready.connect()
        connection.send(post)
        connection.send(HEAD)

        assert connection.statuses == [200]
        assert ready.application.asked == ["/legacy/"]

    def test_the_rest_of_a_head_is_not_answered(self, ready: Ready) -> None:
        connection = ready.connect()
        connection.send(b"GET / HTTP/1.1\r\nX-Rest: ")
        connection.send(HEAD)

        assert ready.application.asked == ["/"]

    def test_a_server_that_ends_closes_after_the_last_request(self, ready: Ready) -> None:
        connection = ready.connect()
        ready.server.connections.are_ending = True

        assert b"connection: close" in connection.send(HEAD)
        assert not connection.is_open()


class TestNeverOlder:
    def test_a_reply_is_not_given_after_a_change(self, ready: Ready) -> None:
        ready.freshness.commit("/simple/sample/")

        ready.connect().send(HEAD)
        ready.connect().send(OTHER)

        assert ready.application.asked == ["/simple/sample/"]

    def test_the_database_is_asked_once_for_all_that_arrived_together(self, ready: Ready) -> None:
        ready.freshness.asked = 0

        connection = ready.connect()
        connection.send((HEAD + OTHER) * 5)

        assert connection.statuses == [200] * 10
        assert ready.freshness.asked == 1

    def test_the_application_answers_while_the_database_does_not(self, ready: Ready) -> None:
        ready.freshness.is_away = True

        ready.connect().send(HEAD)

        assert ready.application.asked == ["/simple/sample/"]

    def test_a_reply_waits_for_the_database(self, waiting: Ready) -> None:
        connection = waiting.connect()
        connection.send(HEAD)
        assert connection.answer == b""

        waiting.freshness.answer()

        assert without_ids(connection.answer) == plain(HEAD)
        assert waiting.application.asked == []

    def test_what_arrives_while_the_database_is_asked_is_answered_in_order(self, waiting: Ready) -> None:
        post = b"POST /legacy/ HTTP/1.1\r\nHost: index.example\r\nContent-Length: 2\r\n\r\nhi"
        connection = waiting.connect()
        for each in (HEAD + OTHER[:20], OTHER[20:], post, HEAD):
            connection.send(each)
        while waiting.freshness.is_waited_for:
            waiting.freshness.answer()
            connection.wait()

        assert without_ids(connection.answer) == plain(HEAD + OTHER + post + HEAD)
        assert waiting.application.asked == ["/legacy/"]

    def test_what_arrives_after_the_database_was_asked_has_it_asked_again(self, waiting: Ready) -> None:
        waiting.freshness.asked = 0
        connection = waiting.connect()
        connection.send(HEAD + OTHER)
        connection.send(HEAD)
        waiting.freshness.answer()
        assert (len(connection.statuses), waiting.freshness.asked) == (2, 2)

        waiting.freshness.commit("/simple/sample/")
        waiting.freshness.answer()
        connection.wait()

        assert (len(connection.statuses), waiting.application.asked) == (3, ["/simple/sample/"])

    def test_a_database_that_fails_lets_the_application_answer(self, waiting: Ready) -> None:
        connection = waiting.connect()
        connection.send(HEAD)
        waiting.freshness.is_away = True
        waiting.freshness.answer()
        connection.wait()

        assert waiting.application.asked == ["/simple/sample/"]

    def test_nothing_happens_when_the_client_has_left_meanwhile(self, waiting: Ready) -> None:
        connection = waiting.connect()
        connection.send(HEAD + OTHER)
        connection.leave()
        waiting.freshness.answer()

        assert (connection.answer, waiting.application.asked) == (b"", [])

    def test_a_client_is_not_sent_away_while_the_database_is_asked(self, waiting: Ready) -> None:
        connection = waiting.connect()
        connection.send(HEAD)
        waiting.server.advance(100)
        assert connection.is_open()
        waiting.freshness.answer()

        assert connection.statuses == [200]

    def test_a_server_that_ends_answers_what_the_database_is_asked_about(self, waiting: Ready) -> None:
        connection = waiting.connect()
        connection.send(HEAD)
        waiting.server.connections.are_ending = True
        connection.protocol.shutdown()
        waiting.freshness.answer()
        connection.wait()

        assert (connection.statuses, connection.is_open()) == ([200], False)


class TestBookkeeping:
    def test_what_is_given_is_counted_and_logged(self, ready: Ready) -> None:
        answer = ready.connect("127.0.0.3").send(HEAD + OTHER + HEAD)
        ready.heads.count()

        assert ready.application.given == {"/simple/sample/": 2, "/simple/other/": 1}
        ids = [each.decode() for each in re.findall(rb"x-request-id: ([0-9a-f]{16})", answer)]
        assert ready.application.logged == [(("127.0.0.3", 50000), each) for each in ids]

    def test_counts_are_not_put_off_for_long(self, ready: Ready) -> None:
        ready.connect().send(HEAD)
        ready.server.advance(1)

        assert ready.application.given == {"/simple/sample/": 1}

    def test_a_silent_connection_is_closed_some_time_after_its_last_reply(self, ready: Ready) -> None:
        connection = ready.connect()
        for _ in range(5):
            connection.send(HEAD)
            ready.server.advance(4)
        assert connection.is_open()

        ready.server.advance(2)

        assert not connection.is_open()

    def test_a_connection_in_use_outlives_the_time_for_a_head(self, ready: Ready) -> None:
        connection = ready.connect()
        for _ in range(30):
            connection.send(HEAD)
            ready.server.advance(3)

        assert connection.is_open()


class TestNeverTooMany:
    def test_a_client_that_does_not_read_stops_the_server_from_sending(self) -> None:
        ready = Ready(body=lambda echo: echo.ljust(20_000), limits=ConnectionLimits(unsent=300_000))
        ready.warm(HEAD)
        connection = ready.connect(takes_all=False)
        for _ in range(20):
            connection.send(HEAD * 10)

        assert connection.transport.unsent < 65536 + 25_000
        assert not connection.transport.reads

    def test_one_connection_does_not_keep_the_loop(self, ready: Ready) -> None:
        connection = ready.connect()
        connection.send(HEAD * 200)
        connection.wait()

        assert len(connection.statuses) == 200
        assert 1 <= len(ready.application.asked) <= 3

    def test_memory_is_bounded(self) -> None:
        ready = Ready(capacity=100_000)
        connection, head = ready.connect(), b""
        for number in range(200):
            head = HEAD.replace(b"sample", b"%d" % number)
            connection.send(head)
            connection.send(head)
            assert ready.heads.size <= 100_000
        ready.application.asked.clear()

        connection.send(head)
        connection.send(HEAD.replace(b"sample", b"0"))

        assert ready.application.asked == ["/simple/0/"]

    def test_a_large_reply_is_not_kept(self) -> None:
        ready = Ready(capacity=100_000, body=lambda echo: echo.ljust(30_000))
        for _ in range(3):
            ready.connect().send(HEAD)

        assert (len(ready.application.asked), ready.heads.size) == (3, 0)

    def test_a_body_that_many_heads_ask_for_counts_once(self) -> None:
        body = b"x" * 40_000
        ready = Ready(body=lambda _echo: body)
        for number in range(20):
            ready.warm(HEAD.replace(b"pip/26", b"pip/%d" % number))
        assert ready.heads.size < 2 * len(body) + 20 * 3000

        ready.freshness.commit("/simple/sample/")
        for number in range(20):
            ready.connect().send(HEAD.replace(b"pip/26", b"pip/%d" % number))

        assert ready.heads.size < 2 * len(body) + 20 * 3000


# ------------------------------------------------------------ whatever strangers send

_SOUND = [
    HEAD,
    OTHER,
    HEAD.replace(b"GET", b"HEAD"),
    HEAD.replace(b"pip/26\r\n", b'pip/26\r\nIf-None-Match: "one"\r\n'),
    b"GET /simple/sample/?format=x HTTP/1.1\r\nhost:index.example\r\n\r\n",
]
_LAST = b"\r\n0\r\n\r\n"
_STRANGE = [
    b"\r\n",
    b"\r\n\r\n",
    b"\n",
    HEAD.replace(b"\r\n", b"\n"),
    HEAD.replace(b"\r\nUser", b"\nUser"),
    HEAD.replace(b"pip/26", b"pip\r\n /26"),
    HEAD.replace(b"pip/26", b"pip\0"),
    HEAD.replace(b"HTTP/1.1", b"HTTP/1.0"),
    HEAD.replace(b"Host: index.example\r\n", b""),
    HEAD.replace(b"Host: index.example", b"Host: a\r\nHost: b"),
    HEAD.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n"),
    HEAD.replace(b"\r\n\r\n", b"\r\nConnection: upgrade\r\nUpgrade: h2c\r\n\r\n"),
    HEAD.replace(b"\r\n\r\n", b"\r\nTransfer-Encoding: chunked\r\n\r\n") + b"0\r\n\r\n",
    HEAD.replace(b"\r\n\r\n", b"\r\nContent-Length: %d\r\n\r\n" % len(HEAD)) + HEAD,
    b"GET /a HTTP/1.1\nHost: a\n\n" + HEAD,
    b"POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n\r\n" % len(HEAD) + HEAD,
    b"POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\n" + HEAD,
    b"POST /a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n" + HEAD,
    b"POST /a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n%x\r\n" % len(HEAD) + HEAD + _LAST,
    b"POST /a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nX: y\r\n\r\n",
    b"OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n",
    b"GET http://index.example/simple/sample/ HTTP/1.1\r\nHost: a\r\n\r\n",
    b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
]  # fmt: skip


@st.composite
def streams(draw: st.DrawFn) -> tuple[bytes, list[int]]:
    """Return what a client sends on one connection, and where it is split."""
    parts = draw(st.lists(st.sampled_from(_SOUND * 3 + _STRANGE), min_size=1, max_size=6))
    stream = b"".join(parts)
    if draw(st.integers(0, 3)) == 0:
        at = draw(st.integers(0, len(stream) - 1))
        replacement = draw(st.sampled_from([b"", b"\r", b"\n", b"\r\n", b"\0", b" ", b":", b"\xff", b"GET "]))
        stream = stream[:at] + replacement + stream[at + 1 :]
    cuts = draw(st.lists(st.integers(0, len(stream)), max_size=4))
    return stream, sorted(cuts)


def pieces(stream: bytes, cuts: list[int]) -> Iterator[bytes]:
    for start, end in zip([0, *cuts], [*cuts, len(stream)], strict=True):
        yield stream[start:end]


def check_that_replies_are_the_same(stream: bytes, cuts: list[int], *, waits: bool) -> None:
    expected = connect_to_plain()
    for each in pieces(stream, cuts):
        expected.send(each)
    expected.wait()
    ready = Ready(waits=waits)
    ready.warm(*_SOUND)
    # What is kept of the first and the second time must not change the third.
    for _ in range(3):
        connection = ready.connect()
        for each in pieces(stream, cuts):
            connection.send(each)
        connection.wait()
        while ready.freshness.is_waited_for:
            ready.freshness.answer()
            connection.wait()
        assert without_ids(connection.answer) == without_ids(expected.answer)
        assert connection.is_open() == expected.is_open()
    close_servers()


_HYPOTHESIS = {"deadline": None, "suppress_health_check": [HealthCheck.too_slow]}


@pytest.mark.parametrize("waits", [False, True], ids=["at once", "later"])
@settings(max_examples=12, **_HYPOTHESIS)  # type: ignore[arg-type]
@given(sent=streams())
def test_replies_are_those_of_a_server_that_parses_everything(
    sent: tuple[bytes, list[int]], waits: bool
) -> None:
    check_that_replies_are_the_same(*sent, waits=waits)


@pytest.mark.slow
@pytest.mark.parametrize("waits", [False, True], ids=["at once", "later"])
@settings(max_examples=400, **_HYPOTHESIS)  # type: ignore[arg-type]
@given(sent=streams())
def test_replies_are_those_of_a_server_that_parses_everything_at_length(
    sent: tuple[bytes, list[int]], waits: bool
) -> None:
    check_that_replies_are_the_same(*sent, waits=waits)
