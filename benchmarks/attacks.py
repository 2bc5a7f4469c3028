"""
What anybody can send to make a server spend memory, time and places on nothing.

Each attack is one round on connections of its own, from one address of the loopback interface; all
are bounded in bytes, in connections and in time.  An answer of any kind, or the end of the
connection, is a good end: what counts is what happens to everybody else.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import secrets
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable

import msgspec

_MEBIBYTE = 1 << 20
_CHUNK = bytes(1 << 16).replace(b"\0", b"a")
# No round waits longer for an answer, nor holds a connection longer.
_LONGEST = 30.0


class Victim(msgspec.Struct, frozen=True, kw_only=True):
    """Where the server listens, and an index with one project of each of these names."""

    port: int
    small: str
    large: str


class Order(msgspec.Struct, frozen=True, kw_only=True):
    """Whom to attack with what, and for how many seconds."""

    victim: Victim
    attacks: tuple[str, ...]
    seconds: float


class Attack(msgspec.Struct, frozen=True, kw_only=True):
    """One round from *address*, again and again with a pause of *pause* seconds in between."""

    name: str
    round: Callable[[Victim, str], Awaitable[None]]
    pause: float
    address: str


async def attack(victim: Victim, attacks: Iterable[Attack], seconds: float) -> dict[str, int]:
    """Run all *attacks* at once for so long; return how many rounds of each were completed."""
    until = time.monotonic() + seconds
    rounds = {each.name: 0 for each in attacks}

    async def go_on(one: Attack) -> None:
        while (left := until - time.monotonic()) > 0:
            with contextlib.suppress(OSError, TimeoutError, asyncio.IncompleteReadError):
                async with asyncio.timeout(min(left, _LONGEST)):
                    await one.round(victim, one.address)
            rounds[one.name] += 1
            await asyncio.sleep(one.pause)

    await asyncio.gather(*(go_on(each) for each in attacks))
    return rounds


# ---------------------------------------------------------------- sending


@contextlib.asynccontextmanager
async def _connection(
    victim: Victim, address: str
) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    reader, writer = await asyncio.open_connection("127.0.0.1", victim.port, local_addr=(address, 0))
    try:
        yield reader, writer
    finally:
        writer.transport.abort()


async def _send(victim: Victim, address: str, *pieces: bytes, answer: bool = True) -> None:
    """Send *pieces* as fast as they are taken, then read what the server answers."""
    async with _connection(victim, address) as (reader, writer):
        for piece in pieces:
            writer.write(piece)
            await writer.drain()
        if answer:
            await reader.read(_MEBIBYTE)


def _request(method: str, path: str, body: bytes = b"", *headers: str) -> bytes:
    lines = [f"{method} {path} HTTP/1.1", "Host: localhost", *headers]
    if body:
        lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join([*lines, "", ""]).encode() + body


async def _call(victim: Victim, address: str, calls: object) -> None:
    body = json.dumps(calls).encode()
    await _send(victim, address, _request("POST", "/rpc", body, "Content-Type: application/json"))


async def _many(count: int, one: Callable[[], Awaitable[None]]) -> None:
    """Do the same on *count* connections at once; what becomes of each is its own business."""
    await asyncio.gather(*(one() for _ in range(count)), return_exceptions=True)


# ---------------------------------------------------------------- the wire


_CHUNKED = b"POST /rpc HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n1\r\n[\r\n0\r\n"


async def many_trailers(victim: Victim, address: str) -> None:
    """Send 16 MiB of trailers behind a chunked body."""
    trailers = b"".join(b"x-%d: %s\r\n" % (number, b"a" * 100) for number in range(600))
    await _send(victim, address, _CHUNKED, *[trailers] * (16 * _MEBIBYTE // len(trailers)))


async def endless_trailer(victim: Victim, address: str) -> None:
    """Send one trailer of 16 MiB behind a chunked body."""
    await _send(victim, address, _CHUNKED, b"x: ", *[_CHUNK] * (16 * _MEBIBYTE // len(_CHUNK)))


async def pipelining(victim: Victim, address: str) -> None:
    """Send 24 MiB of requests and read no answer."""
    requests = _request("GET", f"/simple/{victim.small}/") * 1000
    await _send(victim, address, *[requests] * (24 * _MEBIBYTE // len(requests)), answer=False)


async def silence(victim: Victim, address: str) -> None:
    """Open 400 connections and send nothing."""

    async def say_nothing() -> None:
        async with _connection(victim, address) as (reader, _):
            await reader.read()

    await _many(400, say_nothing)


async def half_heads(victim: Victim, address: str) -> None:
    """Begin 50 requests and send a byte of their heads every two seconds."""

    async def dawdle() -> None:
        async with _connection(victim, address) as (_, writer):
            writer.write(b"GET / HTTP/1.1\r\nHost: localhost\r\nx-slow: ")
            for _ in range(30):
                writer.write(b"a")
                await writer.drain()
                await asyncio.sleep(2)

    await _many(50, dawdle)


async def half_bodies(victim: Victim, address: str) -> None:
    """Begin 50 uploads of a gigabyte and stop after a kilobyte."""

    async def stop() -> None:
        head = b"POST /legacy/ HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1073741824\r\n"
        async with _connection(victim, address) as (reader, writer):
            writer.write(head + b"Content-Type: multipart/form-data; boundary=x\r\n\r\n" + _CHUNK[:1000])
            await writer.drain()
            await reader.read()

    await _many(50, stop)


async def event_streams(victim: Victim, address: str) -> None:
    """Open 100 event streams."""

    async def listen() -> None:
        async with _connection(victim, address) as (reader, writer):
            writer.write(_request("GET", "/changes", b"", "Accept: text/event-stream"))
            while await reader.read(_MEBIBYTE):
                pass

    await _many(100, listen)


async def unread_pages(victim: Victim, address: str) -> None:
    """Ask for a large page 40 times over on each of 40 connections, and read nothing."""

    async def ask() -> None:
        async with _connection(victim, address) as (_, writer):
            writer.write(_request("GET", f"/simple/{victim.large}/") * 40)
            await writer.drain()
            await asyncio.sleep(20)

    await _many(40, ask)


async def odd_heads(victim: Victim, address: str) -> None:
    """Send heads that no client sends: two hosts, none, bare lines, a thousand fields, a line of 1 MiB."""
    fields = "".join(f"x-{number}: {number}\r\n" for number in range(10_000))
    for head in (
        b"GET / HTTP/1.1\r\nHost: one.example\r\nHost: two.example\r\n\r\n",
        b"GET / HTTP/1.1\r\n\r\n",
        b"\r\n" * 100_000,
        f"GET / HTTP/1.1\r\nHost: localhost\r\n{fields}\r\n".encode(),
        b"GET /" + b"a" * _MEBIBYTE,
    ):
        with contextlib.suppress(OSError):
            await _send(victim, address, head)


# ---------------------------------------------------------------- calls


async def expanding_text(victim: Victim, address: str) -> None:
    """Have a description rendered that doubles twenty times."""
    lines = [".. |a0| replace:: lol lol"]
    lines += [f".. |a{n}| replace:: |a{n - 1}| |a{n - 1}|" for n in range(1, 20)]
    text = "\n".join([*lines, "", "|a19|"])
    head = "Metadata-Version: 2.1\nName: text\nVersion: 1.0\nDescription-Content-Type: text/x-rst\n\n"
    call = {"jsonrpc": "2.0", "method": "validate.metadata", "params": {"metadata": head + text}}
    await _call(victim, address, [{**call, "id": number} for number in range(20)])


async def long_lists(victim: Victim, address: str) -> None:
    """Ask for the list of all projects a hundred times in one call, in both protocols."""
    batch = [
        {"jsonrpc": "2.0", "id": number, "method": "project.list", "params": {"limit": 1000}}
        for number in range(100)
    ]
    await _call(victim, address, batch)
    entry = (
        "<value><struct><member><name>methodName</name><value><string>list_packages_with_serial</string>"
        "</value></member><member><name>params</name><value><array><data></data></array></value></member>"
        "</struct></value>"
    )
    body = (
        "<?xml version='1.0'?><methodCall><methodName>system.multicall</methodName><params><param><value>"
        f"<array><data>{entry * 100}</data></array></value></param></params></methodCall>"
    ).encode()
    await _send(victim, address, _request("POST", "/pypi", body, "Content-Type: text/xml"))


async def stale_tokens(victim: Victim, address: str) -> None:
    """Read 50 pages with tokens that were never valid."""
    async with _connection(victim, address) as (reader, writer):
        for _ in range(50):
            head = f"Authorization: Bearer pypi-{secrets.token_urlsafe(32)}"
            writer.write(_request("GET", f"/simple/{victim.small}/", b"", head))
            await writer.drain()
            await reader.read(1 << 16)


async def guessed_passwords(victim: Victim, address: str) -> None:
    """Try ten passwords."""
    calls = [
        {
            "jsonrpc": "2.0", "id": number, "method": "token.exchange",
            "params": {"username": "owner", "password": secrets.token_urlsafe(8), "description": ""},
        }
        for number in range(10)
    ]  # fmt: skip
    await _call(victim, address, calls)


async def deep_and_huge_calls(victim: Victim, address: str) -> None:
    """Send calls that nest deeply, that are larger than allowed, and whose numbers have no end."""
    deep = b"[" * _MEBIBYTE
    digits = b'{"jsonrpc":"2.0","id":1,"method":"changes.since","params":{"serial":' + b"9" * 900_000 + b"}}"
    elements = b"<a>" * 300_000
    for path, kind, body in (
        ("/rpc", "application/json", deep),
        ("/rpc", "application/json", digits),
        ("/rpc", "application/json", b"[" + b"1," * 500_000 + b"1]"),
        ("/pypi", "text/xml", elements),
    ):
        with contextlib.suppress(OSError):
            await _send(victim, address, _request("POST", path, body, f"Content-Type: {kind}"))


async def forms_of_strangers(victim: Victim, address: str) -> None:
    """Send an upload form of 30,000 fields without credentials, and one from a page of another site."""
    field = b'--x\r\nContent-Disposition: form-data; name="classifiers"\r\n\r\na\r\n'
    body = field * 30_000 + b"--x--\r\n"
    kind = "Content-Type: multipart/form-data; boundary=x"
    await _send(victim, address, _request("POST", "/legacy/", body, kind))
    site = ("Origin: https://other.example", "Sec-Fetch-Site: cross-site", "Authorization: Basic YTpi")
    await _send(victim, address, _request("POST", "/legacy/", field + b"--x--\r\n", kind, *site))


async def costly_searches(victim: Victim, address: str) -> None:
    """Search for many words that everything has, and for one that never ends."""
    for words in ("+".join(["p"] * 500), "a" * 6000, "%22" * 1000):
        with contextlib.suppress(OSError):
            await _send(victim, address, _request("GET", f"/search/?q={words}"))


ATTACKS = (
    Attack(name="trailers", round=many_trailers, pause=2, address="127.0.0.2"),
    Attack(name="one trailer", round=endless_trailer, pause=2, address="127.0.0.2"),
    Attack(name="pipelining", round=pipelining, pause=2, address="127.0.0.3"),
    Attack(name="silence", round=silence, pause=1, address="127.0.0.4"),
    Attack(name="half heads", round=half_heads, pause=1, address="127.0.0.5"),
    Attack(name="half bodies", round=half_bodies, pause=1, address="127.0.0.5"),
    Attack(name="event streams", round=event_streams, pause=1, address="127.0.0.6"),
    Attack(name="unread pages", round=unread_pages, pause=1, address="127.0.0.7"),
    Attack(name="odd heads", round=odd_heads, pause=1, address="127.0.0.8"),
    Attack(name="expanding text", round=expanding_text, pause=0.5, address="127.0.0.9"),
    Attack(name="long lists", round=long_lists, pause=0.5, address="127.0.0.10"),
    Attack(name="stale tokens", round=stale_tokens, pause=0.5, address="127.0.0.11"),
    Attack(name="guessed passwords", round=guessed_passwords, pause=0.5, address="127.0.0.12"),
    Attack(name="deep and huge calls", round=deep_and_huge_calls, pause=1, address="127.0.0.13"),
    Attack(name="forms", round=forms_of_strangers, pause=1, address="127.0.0.14"),
    Attack(name="searches", round=costly_searches, pause=0.5, address="127.0.0.15"),
)


def main() -> None:
    """Attack as the argument says, in JSON, and print how many rounds of each attack there were."""
    order = msgspec.json.decode(sys.argv[1], type=Order)
    chosen = [each for each in ATTACKS if each.name in order.attacks]
    rounds = asyncio.run(attack(order.victim, chosen, order.seconds))
    sys.stdout.buffer.write(msgspec.json.encode(rounds))


if __name__ == "__main__":
    main()
