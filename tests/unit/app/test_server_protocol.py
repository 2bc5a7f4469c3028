"""The server's protocol class against clients that keep to no rule, byte for byte and second for second."""

from __future__ import annotations

import asyncio
import tracemalloc
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from fake_connection import FakeConnection, FakeServer
from pypi_app.settings import ConnectionLimits

KIBIBYTE = 1024
MEBIBYTE = 1024 * KIBIBYTE
GET = b"GET / HTTP/1.1\r\nHost: index.example\r\n\r\n"
CHUNKED = b"POST / HTTP/1.1\r\nHost: index.example\r\nTransfer-Encoding: chunked\r\n"


class Recorder:
    """An application that reads bodies, and answers with the number of the request when it may."""

    def __init__(self) -> None:
        self.scopes: list[Any] = []
        self.bodies: list[bytes] = []
        self.is_answering = True
        self.reads_bodies = True
        self.answer = b"answered"
        self.endings: list[str] = []

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        self.scopes.append(scope)
        more, body = self.reads_bodies, b""
        while more:
            message = await receive()
            if message["type"] == "http.disconnect":
                self.endings.append("disconnected")
                return
            body += message["body"]
            more = message["more_body"]
        self.bodies.append(body)
        if not self.is_answering:
            while (await receive())["type"] != "http.disconnect":
                pass
            self.endings.append("disconnected")
            return
        headers = [(b"content-length", b"%d" % len(self.answer))]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": self.answer, "more_body": False})
        self.endings.append("answered")

    def headers(self, name: bytes) -> list[bytes]:
        """Return the values of a header of the last request."""
        return [value for known, value in self.scopes[-1]["headers"] if known == name]


@pytest.fixture
def recorder() -> Recorder:
    return Recorder()


Serve = Callable[..., FakeServer]


@pytest.fixture
def serve(recorder: Recorder) -> Iterator[Serve]:
    """Return a function that starts a server before the recorder."""
    running: list[FakeServer] = []

    def start(*, trusted_proxies: tuple[str, ...] = (), **limits: Any) -> FakeServer:
        running.append(FakeServer(recorder, ConnectionLimits(**limits), trusted_proxies))
        return running[-1]

    yield start
    for each in running:
        each.close()


@pytest.fixture
def client(serve: Serve) -> FakeConnection:
    return serve().connect()


def memory_of(act: Callable[[], None]) -> int:
    """Return how many bytes were allocated at the most while *act* ran."""
    tracemalloc.start()
    try:
        act()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


# ---------------------------------------------------------------- trailers and what else surrounds a body


@pytest.mark.parametrize("together", [True, False])
def test_trailers_are_dropped_and_never_count_as_headers(
    client: FakeConnection, recorder: Recorder, together: bool
) -> None:
    head = CHUNKED + b"\r\n"
    rest = b"1\r\nx\r\n0\r\nAuthorization: Bearer stolen\r\nX-Forwarded-For: 192.0.2.1\r\nHost: other\r\n\r\n"
    for piece in [head + rest] if together else [head, rest]:
        client.send(piece)

    assert client.statuses == [200]
    assert recorder.bodies == [b"x"]
    assert recorder.headers(b"authorization") == []
    assert recorder.headers(b"x-forwarded-for") == []
    assert recorder.headers(b"host") == [b"index.example"]


def test_a_trailer_does_not_become_a_header_of_the_next_request(
    client: FakeConnection, recorder: Recorder
) -> None:
    client.send(CHUNKED + b"\r\n0\r\nAuthorization: Bearer stolen\r\n\r\n")
    client.send(GET)

    assert client.statuses == [200, 200]
    assert [name for name, _value in recorder.scopes[1]["headers"]] == [b"host"]


def test_a_request_right_behind_trailers_is_answered_without_them(
    client: FakeConnection, recorder: Recorder
) -> None:
    client.send(CHUNKED + b"\r\n0\r\nAuthorization: Bearer stolen\r\n\r\n" + GET)

    assert client.statuses == [200, 200]
    assert [name for name, _value in recorder.scopes[1]["headers"]] == [b"host"]


def test_rubbish_behind_a_request_does_not_spoil_its_answer(
    client: FakeConnection, recorder: Recorder
) -> None:
    client.send(CHUNKED + b"\r\n0\r\n\r\nrubbish\r\n\r\n")

    assert client.statuses == [200]
    assert not client.is_open()


@pytest.mark.parametrize(
    "endless",
    [
        pytest.param(b"0\r\n" + b"X-Trailer: value\r\n", id="many trailers"),
        pytest.param(b"0\r\nX-Trailer: ", id="one trailer"),
        pytest.param(b"0\r\nX", id="the name of a trailer"),
        pytest.param(b"1;extension=", id="a chunk extension"),
        pytest.param(b"1;", id="the name of a chunk extension"),
        pytest.param(b"0", id="the size of a chunk"),
    ],
)
def test_what_surrounds_a_body_is_bounded(client: FakeConnection, recorder: Recorder, endless: bytes) -> None:
    repeated = endless[-len(b"X-Trailer: value\r\n") :] if b"value" in endless else endless[-1:] * 64
    client.send(CHUNKED + b"\r\n" + endless)
    sent = 0

    def flood() -> None:
        nonlocal sent
        while client.is_open() and sent < 2 * MEBIBYTE:
            client.deliver(repeated * 64)
            sent += len(repeated) * 64

    memory = memory_of(flood)

    assert not client.is_open()
    assert sent <= 80 * KIBIBYTE
    assert memory < MEBIBYTE
    assert client.statuses == [400]
    assert recorder.endings == ["disconnected"]


def test_chunks_of_one_byte_are_accepted(client: FakeConnection, recorder: Recorder) -> None:
    client.send(CHUNKED + b"\r\n")
    for _ in range(200):
        client.deliver(b"1\r\nx\r\n" * 100)
    client.send(b"0\r\n\r\n")

    assert client.statuses == [200]
    assert recorder.bodies == [b"x" * 20_000]


# ---------------------------------------------------------------- heads


@pytest.mark.parametrize(
    ("start", "endless"),
    [
        pytest.param(b"", b"\r\n", id="empty lines"),
        pytest.param(b"GET /", b"x", id="a target"),
        pytest.param(b"GET ", b" ", id="spaces before a target"),
        pytest.param(b"GET / HTTP/1.1\r\nX: ", b"x", id="a value"),
        pytest.param(b"GET / HTTP/1.1\r\nX:", b" ", id="spaces before a value"),
        pytest.param(b"GET / HTTP/1.1\r\nX", b"x", id="a name"),
    ],
)
def test_a_head_without_an_end_is_refused(client: FakeConnection, start: bytes, endless: bytes) -> None:
    client.send(start)
    sent = 0

    def flood() -> None:
        nonlocal sent
        while client.is_open() and sent < 2 * MEBIBYTE:
            client.deliver(endless * 1000)
            sent += len(endless) * 1000

    memory = memory_of(flood)

    assert not client.is_open()
    assert sent <= 80 * KIBIBYTE
    assert memory < MEBIBYTE
    assert client.statuses in ([431], [400])


def test_a_head_with_very_many_headers_is_refused(client: FakeConnection, recorder: Recorder) -> None:
    client.send(b"GET / HTTP/1.1\r\nHost: index.example\r\n" + b"a:\r\n" * 10_000 + b"\r\n")

    assert client.statuses == [431]
    assert b"The request has more than 128 headers: send fewer." in client.answer
    assert recorder.scopes == []


def test_a_head_as_proxies_send_it_is_accepted(client: FakeConnection, recorder: Recorder) -> None:
    headers = b"".join(b"X-Header-%d: value\r\n" % number for number in range(100))
    client.send(GET[:-2] + headers + b"Cookie: " + b"x" * 32 * KIBIBYTE + b"\r\n\r\n")

    assert client.statuses == [200]
    assert len(recorder.scopes[0]["headers"]) == 102


@pytest.mark.parametrize(
    ("head", "sentence"),
    [
        (b"GET / HTTP/1.1\r\n\r\n", b"The request has no Host header"),
        (b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", b"more than one Host header"),
        (b"GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n", b"more than one Host header"),
        (b"GET / HTTP/1.0\r\nHost: a\r\nHost: b\r\n\r\n", b"more than one Host header"),
        (b"GET / HTTP/1.1\r\nHost: a b\r\n\r\n", b"The Host header is not a host name"),
        (b"GET / HTTP/1.1\r\nHost: a,b\r\n\r\n", b"The Host header is not a host name"),
        (b"GET / HTTP/1.1\r\nHost: a/b\r\n\r\n", b"The Host header is not a host name"),
        (b"GET / HTTP/1.1\r\nHost: user@a\r\n\r\n", b"The Host header is not a host name"),
        (b"GET / HTTP/1.1\r\nHost: a:port\r\n\r\n", b"The Host header is not a host name"),
        (b"GET / HTTP/1.1\r\nHost: [::1\r\n\r\n", b"The Host header is not a host name"),
        (b"GET http://user@a/ HTTP/1.1\r\nHost: a\r\n\r\n", b"does not name a host"),
        (b"GET http:///x HTTP/1.1\r\nHost: a\r\n\r\n", b""),
    ],
)
def test_a_request_that_does_not_say_which_host_it_is_for_is_refused(
    client: FakeConnection, recorder: Recorder, head: bytes, sentence: bytes
) -> None:
    assert sentence in client.send(head)

    assert client.statuses == [400]
    assert recorder.scopes == []


@pytest.mark.parametrize(
    "host", [b"a", b"a_b.example:8080", b"[::1]:80", b"127.0.0.1", b"", b"xn--bcher-kva.example"]
)
def test_a_sound_host_is_accepted(client: FakeConnection, recorder: Recorder, host: bytes) -> None:
    client.send(b"GET / HTTP/1.1\r\nHost: %s\r\n\r\n" % host)

    assert client.statuses == [200]
    assert recorder.headers(b"host") == [host]


def test_an_old_client_need_not_name_the_host(client: FakeConnection) -> None:
    client.send(b"GET / HTTP/1.0\r\n\r\n")

    assert client.statuses == [200]


@pytest.mark.parametrize(
    ("target", "path", "query"),
    [
        (b"http://target.example/simple/?a=b", "/simple/", b"a=b"),
        (b"http://target.example", "/", b""),
        (b"HTTPS://target.example?a=b", "/", b"a=b"),
    ],
)
def test_the_host_of_an_absolute_target_goes_before_the_header(
    client: FakeConnection, recorder: Recorder, target: bytes, path: str, query: bytes
) -> None:
    client.send(b"GET %s HTTP/1.1\r\nHost: header.example\r\n\r\n" % target)

    assert client.statuses == [200]
    assert recorder.headers(b"host") == [b"target.example"]
    assert (recorder.scopes[0]["path"], recorder.scopes[0]["query_string"]) == (path, query)


@pytest.mark.parametrize(
    "framing",
    [
        b"Content-Length: 1\r\nContent-Length: 2\r\n",
        b"Content-Length: 1\r\nContent-Length: 1\r\n",
        b"Content-Length: 1, 1\r\n",
        b"Content-Length: +1\r\n",
        b"Content-Length: 1_0\r\n",
        b"Content-Length: -1\r\n",
        b"Content-Length: 99999999999999999999999\r\n",
        b"Content-Length: 1\r\nTransfer-Encoding: chunked\r\n",
        b"Transfer-Encoding: chunked\r\nContent-Length: 1\r\n",
        b"Transfer-Encoding: identity\r\n",
        b"Transfer-Encoding: chunked, identity\r\n",
        b"Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n",
        b"Transfer-Encoding : chunked\r\n",
        b" folded: x\r\n",
    ],
)
def test_a_body_whose_end_can_be_read_in_two_ways_is_refused(
    client: FakeConnection, recorder: Recorder, framing: bytes
) -> None:
    client.send(b"POST / HTTP/1.1\r\nHost: a\r\n" + framing + b"\r\n1\r\nx\r\n0\r\n\r\n" + GET)

    assert client.statuses == [400]
    assert not client.is_open()
    assert b"GET" not in b"".join(recorder.bodies)


def test_another_version_of_http_is_refused(client: FakeConnection) -> None:
    client.send(b"GET / HTTP/2.0\r\nHost: a\r\n\r\n")

    assert client.statuses in ([505], [400])


def test_a_wish_for_another_protocol_is_passed_over(client: FakeConnection, recorder: Recorder) -> None:
    wish = GET[:-2] + b"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: x\r\n\r\n"

    client.send(wish + GET)

    assert client.statuses == [200, 200]
    assert recorder.bodies == [b"", b""]


# ---------------------------------------------------------------- requests sent ahead


def test_requests_sent_ahead_are_answered_one_after_the_other(
    client: FakeConnection, recorder: Recorder
) -> None:
    with_body = b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 12\r\n\r\n\r\n\r\nGET / H\r\n"[:-1]
    client.deliver((GET + with_body) * 3)
    client.wait()

    assert client.statuses == [200] * 6
    assert recorder.bodies == [b"", b"\r\n\r\nGET / H\r"] * 3


def test_requests_sent_ahead_wait_unparsed_while_the_first_is_answered(
    client: FakeConnection, recorder: Recorder
) -> None:
    recorder.is_answering = False
    sent = 0

    def flood() -> None:
        nonlocal sent
        while client.transport.reads and sent < 24 * MEBIBYTE:
            client.deliver(GET * 1600)
            sent += len(GET) * 1600

    memory = memory_of(flood)

    assert not client.transport.reads
    assert sent < 512 * KIBIBYTE
    assert memory < MEBIBYTE
    assert len(recorder.scopes) == 1


def test_reading_stays_paused_while_requests_wait_to_be_parsed(
    client: FakeConnection, recorder: Recorder
) -> None:
    recorder.answer = b"x"
    client.deliver(GET * 5000)
    answered = len(client.statuses)

    assert 0 < answered < 5000
    assert not client.transport.reads


def test_reading_goes_on_when_what_waited_is_parsed(client: FakeConnection) -> None:
    client.deliver(GET * 3)
    client.wait()

    assert client.statuses == [200] * 3
    assert client.transport.reads


def test_requests_behind_a_body_in_chunks_are_bounded_too(client: FakeConnection, recorder: Recorder) -> None:
    recorder.is_answering = False

    def flood() -> None:
        client.deliver(CHUNKED + b"\r\n0\r\n\r\n" + GET * 5000)

    memory = memory_of(flood)

    assert memory < MEBIBYTE
    assert len(client.protocol.pipeline) < 32


# ---------------------------------------------------------------- clients that keep silent


def test_a_connection_on_which_nothing_is_asked_is_closed(serve: Serve) -> None:
    server = serve(head_timeout=20)
    client = server.connect()

    server.advance(19)
    assert client.is_open()
    server.advance(2)
    assert not client.is_open()
    assert client.answer == b""


def test_half_a_head_is_refused_after_a_while_however_slowly_it_comes(serve: Serve) -> None:
    server = serve(head_timeout=20)
    client = server.connect()
    client.send(b"GET / HTTP/1.1\r\n")
    for _ in range(21):
        server.advance(1)
        client.deliver(b"X: y\r\n")

    assert not client.is_open()
    assert client.statuses == [408]
    assert b"The head of the request did not arrive in time" in client.answer


def test_half_a_head_behind_a_whole_request_is_refused_too(serve: Serve) -> None:
    server = serve(head_timeout=20)
    client = server.connect()
    client.send(GET)
    client.send(b"GET")
    server.advance(30)

    assert client.statuses == [200, 408]
    assert not client.is_open()


def test_a_body_that_stops_is_refused(serve: Serve, recorder: Recorder) -> None:
    server = serve(body_timeout=60)
    client = server.connect()
    client.send(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\n")
    server.advance(59)
    assert client.is_open()
    server.advance(30)

    assert not client.is_open()
    assert client.statuses == [408]
    assert recorder.endings == ["disconnected"]


def test_a_slow_body_may_take_as_long_as_it_takes(serve: Serve, recorder: Recorder) -> None:
    server = serve(body_timeout=60)
    client = server.connect()
    client.send(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 20\r\n\r\n")
    for _ in range(20):
        server.advance(50)
        client.deliver(b"x")

    assert client.statuses == [200]
    assert recorder.bodies == [b"x" * 20]


def test_a_client_is_not_to_blame_while_the_server_does_not_read(serve: Serve, recorder: Recorder) -> None:
    recorder.reads_bodies = False
    recorder.is_answering = False
    server = serve(body_timeout=60)
    client = server.connect()
    # The application reads once, and then no more.
    client.send(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\n")
    client.protocol.flow.pause_reading()
    server.advance(300)

    assert client.is_open()


def test_a_client_that_waits_to_be_told_to_continue_is_not_to_blame(serve: Serve, recorder: Recorder) -> None:
    async def busy(scope: Any, receive: Any, send: Any) -> None:
        await asyncio.get_running_loop().create_future()

    server = FakeServer(busy)
    client = server.connect()
    client.deliver(b"POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 9\r\n\r\n")
    server.advance(300)

    assert client.is_open()
    server.close()


def test_a_body_that_nobody_reads_must_go_on_or_end(serve: Serve, recorder: Recorder) -> None:
    recorder.reads_bodies = False
    server = serve(body_timeout=60)
    client = server.connect()
    client.send(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\n")
    client.send(b"x")
    assert client.statuses == [200]
    server.advance(120)

    assert not client.is_open()


def test_an_idle_connection_is_closed_whatever_its_last_request_was(serve: Serve, recorder: Recorder) -> None:
    recorder.reads_bodies = False
    server = serve()
    client = server.connect()
    client.send(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\n")
    client.send(b"x")
    server.advance(60)

    assert not client.is_open()


def test_an_answer_that_is_long_in_coming_is_waited_for(serve: Serve, recorder: Recorder) -> None:
    recorder.is_answering = False
    server = serve()
    client = server.connect()
    client.send(GET)
    server.advance(3600)

    assert client.is_open()


# ---------------------------------------------------------------- clients that do not take their answer


def test_a_client_that_does_not_take_its_answer_is_dropped(serve: Serve, recorder: Recorder) -> None:
    recorder.answer = b"x" * 100_000
    server = serve(answer_timeout=60)
    client = server.connect(takes_all=False)
    client.send(GET)
    server.advance(50)
    assert not client.transport.was_aborted
    server.advance(120)

    assert client.transport.was_aborted


def test_a_small_answer_that_is_not_taken_does_not_hold_the_connection(serve: Serve) -> None:
    server = serve(answer_timeout=60)
    client = server.connect(takes_all=False)
    client.send(GET)
    server.advance(200)

    assert client.transport.was_aborted


def test_a_client_that_takes_its_answer_slowly_gets_it_whole(serve: Serve, recorder: Recorder) -> None:
    recorder.answer = b"x" * 100_000
    server = serve(answer_timeout=60)
    client = server.connect(takes_all=False)
    client.send(GET)
    while client.transport.unsent:
        server.advance(50)
        client.transport.take(2_000)

    assert not client.transport.was_aborted


def test_answers_that_wait_are_bounded_and_the_slowest_clients_are_dropped_first(
    serve: Serve, recorder: Recorder
) -> None:
    recorder.answer = b"x" * MEBIBYTE
    server = serve(unsent=8 * MEBIBYTE - 200_000)
    reading = server.connect(takes_all=False)
    reading.send(GET)
    silent = [server.connect(f"127.0.0.{number}", takes_all=False) for number in range(3, 9)]
    for each in silent:
        each.send(GET)
    server.advance(10)
    reading.transport.take(100_000)
    late = server.connect("127.0.0.20", takes_all=False)
    late.send(GET)

    assert not reading.transport.was_aborted
    assert not late.transport.was_aborted
    assert [each.transport.was_aborted for each in silent] == [True] + [False] * 5


# ---------------------------------------------------------------- too many connections


def test_connections_of_one_address_are_bounded(serve: Serve) -> None:
    server = serve(total=100, per_address=3)
    admitted = [server.connect("127.0.0.2") for _ in range(3)]
    over = server.connect("127.0.0.2")
    other = server.connect("127.0.0.3")

    assert over.send(GET).startswith(b"HTTP/1.1 503 There are too many connections from your address")
    assert b"retry-after: 5\r\n" in over.answer
    assert not over.is_open()
    assert [each.send(GET)[:12] for each in [*admitted, other]] == [b"HTTP/1.1 200"] * 4


def test_a_place_is_free_again_when_a_connection_ends(serve: Serve) -> None:
    server = serve(total=1)
    server.connect().leave()
    client = server.connect()
    client.send(GET)

    assert client.statuses == [200]


def test_all_connections_are_bounded(serve: Serve) -> None:
    server = serve(total=3, per_address=3)
    for number in range(3):
        server.connect(f"127.0.0.{number + 2}")
    over = server.connect("127.0.0.9")

    assert over.send(GET).startswith(b"HTTP/1.1 503 The server has no free connections")


def test_an_upload_that_has_no_place_is_told_so(serve: Serve, recorder: Recorder) -> None:
    server = serve(total=1)
    server.connect()
    over = server.connect()
    over.send(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\n")
    assert over.statuses == [503]
    assert over.is_open()
    over.send(b"body")

    assert not over.is_open()
    assert recorder.scopes == []


def test_a_silent_connection_over_the_limit_is_closed_soon(serve: Serve) -> None:
    server = serve(total=1)
    server.connect()
    over = server.connect()
    server.advance(6)

    assert not over.is_open()
    assert over.answer == b""


def test_connections_over_the_limit_are_bounded_too(serve: Serve) -> None:
    server = serve(total=1)
    server.connect()
    over = [server.connect() for _ in range(100)]

    assert sum(each.is_open() for each in over) == 64


def test_an_ipv6_network_counts_as_one_address(serve: Serve) -> None:
    server = serve(per_address=1)
    server.connect("2001:db8::1")
    same = server.connect("2001:db8::2")
    other = server.connect("2001:db8:0:1::1")

    assert same.send(GET).startswith(b"HTTP/1.1 503 ")
    assert other.send(GET).startswith(b"HTTP/1.1 200 ")


def behind_proxy(address: str) -> bytes:
    return GET[:-2] + b"X-Forwarded-For: %s\r\n\r\n" % address.encode()


def test_connections_of_a_trusted_proxy_count_in_all_only(serve: Serve) -> None:
    server = serve(per_address=1, total=5, trusted_proxies=("127.0.0.1",))
    clients = [server.connect("127.0.0.1") for _ in range(5)]
    for number, each in enumerate(clients):
        each.send(behind_proxy(f"192.0.2.{number}"))

    assert [each.statuses for each in clients] == [[200]] * 5
    assert server.connect("127.0.0.1").send(GET).startswith(b"HTTP/1.1 503 ")


def test_requests_of_one_client_behind_a_trusted_proxy_are_bounded(serve: Serve, recorder: Recorder) -> None:
    recorder.is_answering = False
    server = serve(per_address=2, trusted_proxies=("127.0.0.1",))
    for _ in range(2):
        server.connect("127.0.0.1").send(behind_proxy("192.0.2.1"))
    over, other = server.connect("127.0.0.1"), server.connect("127.0.0.1")
    recorder.is_answering = True

    assert over.send(behind_proxy("192.0.2.1")).startswith(
        b"HTTP/1.1 503 Too many requests from your address"
    )
    assert over.is_open()
    assert other.send(behind_proxy("192.0.2.2")).startswith(b"HTTP/1.1 200 ")


def test_a_client_without_a_proxy_cannot_name_another_address(serve: Serve) -> None:
    server = serve(per_address=1)
    server.connect("127.0.0.2")
    over = server.connect("127.0.0.2")

    assert over.send(behind_proxy("192.0.2.1")).startswith(b"HTTP/1.1 503 ")


# ---------------------------------------------------------------- the end of the server, and what is counted


def test_a_server_that_ends_answers_once_more_and_says_so(serve: Serve) -> None:
    server = serve()
    client, silent = server.connect(), server.connect()
    assert b"connection: close" not in client.send(GET)

    server.connections.are_ending = True
    client.send(GET)

    assert client.statuses == [200, 200]
    assert client.answer.count(b"connection: close") == 1
    assert not client.is_open()
    assert silent.is_open()


def test_connections_and_refusals_are_counted(serve: Serve) -> None:
    server = serve(per_address=1)
    server.connect("192.0.2.1")
    server.connect("192.0.2.1").send(GET)
    server.connect("192.0.2.2").send(b"nonsense\r\n\r\n")

    samples = server.connections.samples()
    assert samples["pypi_refused_total", "503"] == 1
    assert samples["pypi_refused_total", "400"] == 1
    assert samples["pypi_connections",] == 1
