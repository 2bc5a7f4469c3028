"""Requests and replies, credentials, and which address is answered by what."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from urllib.parse import parse_qs, unquote

import httpx

from second_server.state import FAMILIES, FORBIDDEN, UNAUTHENTICATED, Actor, Index, Refusal, now

ROOT = "http://127.0.0.1/"


@dataclass
class Request:
    method: str
    path: str
    query: dict[str, str]
    headers: httpx.Headers
    body: bytes
    actor: Actor = field(default_factory=Actor)

    @property
    def reads(self) -> bool:
        return self.method in {"GET", "HEAD"}


@dataclass
class Reply:
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    # What comes piece by piece, such as server-sent events.
    stream: Iterable[bytes] | None = None
    phrase: str = ""


Endpoint = Callable[[Index, Request], Reply]


def as_json(value: object, status: int = 200, **headers: str) -> Reply:
    named = {name.replace("_", "-"): each for name, each in headers.items()}
    return Reply(status, {"content-type": "application/json", **named}, json.dumps(value).encode())


def text(sentence: str, status: int = 200, **headers: str) -> Reply:
    named = {name.replace("_", "-"): each for name, each in headers.items()}
    return Reply(status, {"content-type": "text/plain; charset=utf-8", **named}, sentence.encode())


def missing() -> Reply:
    return text("There is nothing here.", 404)


def refused(refusal: Refusal) -> Reply:
    """Return a refusal by HTTP, with a body for people."""
    reply = as_json({"message": refusal.message}, FAMILIES[refusal.family])
    if reply.status == 401:
        reply.headers["www-authenticate"] = 'Basic realm="second"'
    return reply


def actor_of(index: Index, header: str | None) -> Actor:
    """Return who calls by the header Authorization."""
    bad = Actor(refused=Refusal(UNAUTHENTICATED, "invalid-credentials", "The credentials are not good."))
    scheme, _, value = (header or "").strip().partition(" ")
    if not scheme:
        return Actor()
    if scheme.lower() == "bearer" and not index.fault("credentials: no Bearer"):
        secret = value.strip()
    elif scheme.lower() == "basic":
        try:
            username, colon, secret = base64.b64decode(value.strip(), validate=True).decode().partition(":")
        except ValueError:
            return bad
        if not colon:
            return bad
        if not username and not secret:
            return Actor()
        if username != "__token__":
            sentence = "Send a token as __token__, not a password."
            return Actor(refused=Refusal(FORBIDDEN, "password-not-accepted", sentence))
    else:
        return bad
    token = index.tokens.get(secret)
    if token is None:
        return bad
    if token.is_revoked and not index.fault("tokens: revoked ones are good"):
        if index.fault("tokens: revoked ones say so"):
            return Actor(refused=Refusal(UNAUTHENTICATED, "token-revoked", "The token was revoked."))
        return bad
    if token.expires is not None and token.expires <= now():
        return bad
    return Actor(token.username, token)


class Server:
    """The index as a transport of httpx: no socket, no thread."""

    def __init__(self, index: Index, endpoints: dict[str, Endpoint]) -> None:
        self.index = index
        self._endpoints = endpoints

    def __call__(self, asked: httpx.Request) -> httpx.Response:
        query = {name: values[-1] for name, values in parse_qs(asked.url.query.decode(), True).items()}
        path = unquote(asked.url.raw_path.partition(b"?")[0].decode())
        request = Request(asked.method, path, query, asked.headers, asked.read())
        request.actor = actor_of(self.index, asked.headers.get("authorization"))
        first = path.split("/")[1]
        endpoint = self._endpoints.get(first)
        try:
            reply = endpoint(self.index, request) if endpoint else missing()
        except Refusal as refusal:
            reply = refused(refusal)
        headers = {**reply.headers}
        if reply.stream is None:
            headers.setdefault("content-length", str(len(reply.body)))
        body = b"" if request.method == "HEAD" else reply.body
        return httpx.Response(
            reply.status,
            headers=headers,
            stream=_Pieces(reply.stream) if reply.stream is not None else httpx.ByteStream(body),
            extensions={"reason_phrase": reply.phrase.encode("latin-1", "replace")} if reply.phrase else {},
        )


class _Pieces(httpx.SyncByteStream):
    def __init__(self, pieces: Iterable[bytes]) -> None:
        self._pieces = pieces

    def __iter__(self):  # type: ignore[no-untyped-def]
        return iter(self._pieces)
