"""An application driven through ASGI itself: no server, no client that tidies requests up."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import json
from collections.abc import Callable, Coroutine, Iterable, Mapping, Sequence
from typing import Any
from urllib.parse import unquote

import msgspec
import pytest

from pypi_contracts.assembly import InMemorySite
from pypi_contracts.builders import BuiltDistribution
from pypi_core.domain.accounts import OPERATOR
from pypi_core.domain.entities import Serial
from pypi_core.domain.indexes import DEFAULT_INDEX, IndexSettings, Reading
from pypi_http_api import HttpSettings, build_application

BOUNDARY = "a-boundary"


class Answer(msgspec.Struct, frozen=True, kw_only=True, eq=False):
    """
    What came back; *bodies_read* counts how often the application asked for the body.

    Two that differ only in their *request_id* are equal.
    """

    status: int
    headers: Mapping[str, str]
    body: bytes
    bodies_read: int
    request_id: str

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Answer) and self._compared == other._compared

    def __hash__(self) -> int:
        return hash(self.status)

    @property
    def _compared(self) -> tuple[int, Mapping[str, str], bytes]:
        return self.status, self.headers, self.body.replace(self.request_id.encode(), b"")

    @property
    def text(self) -> str:
        return self.body.decode()

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def phrase(self) -> str:
        """What our server writes into the first line."""
        return self.headers["x-reason-phrase"]


class Wire:
    """
    Sends requests to all indexes of *memory*, byte for byte as they are given.

    The application is new for each wire and the same for all its requests.
    """

    def __init__(self, memory: InMemorySite, settings: HttpSettings, **options: Any) -> None:
        self.memory = memory
        self.application = build_application(
            site=memory.site,
            change_signal=memory.database.change_signal,
            settings=settings,
            **options,
        )
        self._token: str | None = None

    @property
    def token(self) -> str:
        """A token of the account ``alice``."""
        self._token = self._token or self.memory.token("alice")
        return self._token

    def get(self, target: str, headers: Mapping[str, str] | None = None) -> Answer:
        return self.request("GET", target, headers)

    def request(self, *words: Any, **more: Any) -> Answer:
        """Send one request, see `exchange`."""
        return asyncio.run(self.exchange(*words, **more))

    async def exchange(
        self,
        method: str,
        target: str,
        headers: Mapping[str, str] | Sequence[tuple[str, str]] | None = None,
        body: bytes | Iterable[bytes] = b"",
        *,
        client: str = "127.0.0.1",
        leaves: bool = False,
        scope: Mapping[str, Any] | None = None,
    ) -> Answer:
        """Send one request; a client that *leaves* does so in place of the end of its body."""
        pieces = [body] if isinstance(body, bytes) else list(body)
        messages = [{"type": "http.request", "body": each, "more_body": True} for each in pieces]
        messages[-1]["more_body"] = leaves
        started: dict[str, Any] = {}
        sent = bytearray()
        read = 0

        async def receive() -> Any:
            nonlocal read
            if messages:
                read += 1
                return messages.pop(0)
            if leaves or started.get("complete"):
                return {"type": "http.disconnect"}
            return await asyncio.Event().wait()

        async def send(message: Any) -> None:
            if message["type"] == "http.response.start":
                assert not started
                started.update(message)
            else:
                sent.extend(message.get("body", b""))
                started["complete"] = not message.get("more_body", False)

        complete: Any = {**_scope(method, target, headers, client), **(scope or {})}
        await self.application(complete, receive, send)
        assert started["complete"]
        names = [name.decode() for name, _ in started["headers"]]
        assert len(set(names)) == len(names), f"a header is there twice: {names}"
        answered = {name.decode(): value.decode("latin-1") for name, value in started["headers"]}
        if method != "HEAD" and "content-length" in answered:
            assert int(answered["content-length"]) == len(sent)
        return Answer(
            status=started["status"],
            request_id=answered.pop("x-request-id"),
            headers=answered,
            body=bytes(sent),
            bodies_read=read,
        )

    def upload(self, distribution: BuiltDistribution, **more: Any) -> Answer:
        """Upload as common tools do, see `uploading`."""
        return asyncio.run(self.uploading(distribution, **more))

    @staticmethod
    def together(*exchanges: Coroutine[Any, Any, Answer]) -> list[Answer]:
        """Carry out all at the same time, as clients of one server do."""

        async def gathered() -> list[Answer]:
            return await asyncio.gather(*exchanges)

        return asyncio.run(gathered())

    async def uploading(
        self,
        distribution: BuiltDistribution,
        *,
        to: str = "/legacy/",
        fields: Sequence[tuple[str, str]] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """Upload as common tools do: all fields, then the file."""
        form = self.multipart(
            distribution.form_fields() if fields is None else fields,
            [self.file_part(f'filename="{distribution.filename}"', distribution.content)],
        )
        return await self.sending(form, to=to, headers=headers)

    def send_form(self, form: bytes | Iterable[bytes], **more: Any) -> Answer:
        """Send a form in alice's name, see `sending`."""
        return asyncio.run(self.sending(form, **more))

    async def sending(
        self,
        form: bytes | Iterable[bytes],
        *,
        to: str = "/legacy/",
        headers: Mapping[str, str] | None = None,
        leaves: bool = False,
    ) -> Answer:
        """Send a form in alice's name."""
        content_type = {"content-type": f"multipart/form-data; boundary={BOUNDARY}"}
        all_headers = {**self.basic("__token__", self.token), **content_type, **(headers or {})}
        return await self.exchange("POST", to, all_headers, form, leaves=leaves)

    @staticmethod
    def multipart(
        fields: Iterable[tuple[str, str]] = (), parts: Iterable[bytes] = (), *, end: str = "--\r\n"
    ) -> bytes:
        """Return the body of a form: the fields, then further parts, then the end."""
        texts = [
            f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
            for name, value in fields
        ]
        return b"".join([*texts, *parts]) + f"--{BOUNDARY}{end}".encode()

    @staticmethod
    def file_part(
        parameters: str, content: bytes = b"bytes", *, name: str = "content", head: str = ""
    ) -> bytes:
        """Return a part with a file; *parameters* stand in its head as they are, *head* behind them."""
        disposition = f'Content-Disposition: form-data; name="{name}"; {parameters}'
        return f"--{BOUNDARY}\r\n{disposition}\r\n{head}\r\n".encode() + content + b"\r\n"

    @staticmethod
    def basic(username: str, password: str) -> dict[str, str]:
        """Return the header that shows a user name and a password."""
        encoded = base64.b64encode(f"{username}:{password}".encode()).decode()
        return {"authorization": f"Basic {encoded}"}

    def make_private(self) -> None:
        """Let only those read the index ``pypi`` who are known."""
        private = IndexSettings(reading=Reading.PRIVATE)
        self.memory.site.configure_index(OPERATOR, DEFAULT_INDEX, private)

    def holds_nothing(self) -> bool:
        """Return whether there is neither a file on the index nor anything left over in staging."""
        late = self.memory.clock.now().replace(year=9000)
        return not self.memory.index.journal.since(OPERATOR, Serial(0)) and not self.memory.staging.sweep(
            late
        )


def _scope(
    method: str, target: str, headers: Mapping[str, str] | Sequence[tuple[str, str]] | None, client: str
) -> dict[str, Any]:
    path, _, query = target.partition("?")
    pairs = list(headers.items()) if isinstance(headers, Mapping) else list(headers or ())
    pairs = [("host", "index.example"), *pairs]
    return {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": unquote(path),
        "raw_path": path.encode("latin-1"),
        "query_string": query.encode("latin-1"),
        "root_path": "",
        "headers": [(name.encode(), value.encode("latin-1")) for name, value in pairs],
        "client": (client, 1234),
        "server": ("127.0.0.1", 8000),
        "state": {},
    }


@pytest.fixture
def memory() -> InMemorySite:
    return InMemorySite()


@pytest.fixture
def wire(memory: InMemorySite) -> Wire:
    return Wire(memory, HttpSettings())


@pytest.fixture
def wired(memory: InMemorySite) -> Callable[..., Wire]:
    def build(settings: HttpSettings | None = None, **options: Any) -> Wire:
        return Wire(memory, settings or HttpSettings(), **options)

    return build


class Uploads:
    """Uploads through *wire* and sees what became of it: in the answer, on pages, in the stores."""

    def __init__(self, wire: Wire) -> None:
        self.wire = wire
        self.memory = wire.memory

    def accepted(
        self, distribution: BuiltDistribution, *, fields: Sequence[tuple[str, str]] | None = None
    ) -> Answer:
        """Upload what is in order, and find it listed with its digest; verifying says the same before."""
        before = self.state()
        verified = self.verified(distribution, fields)
        assert self.state() == before
        answer = self.wire.upload(distribution, fields=fields)
        assert (verified.status, verified.text) == (answer.status, answer.text)
        self.assert_accepted(answer, distribution)
        return answer

    def assert_accepted(self, answer: Answer, distribution: BuiltDistribution) -> None:
        """Find *distribution* listed as one file, and nothing left over of its upload."""
        assert answer.status == 200, answer.text
        assert self.listed().get(distribution.filename) == distribution.sha256
        assert self.leftovers() == 0

    def refused(
        self,
        distribution: BuiltDistribution,
        *words: str,
        fields: Sequence[tuple[str, str]] | None = None,
        status: int = 400,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """
        Upload what is refused with a sentence that has all *words*, and leaves nothing behind.

        Verifying it is refused in the same words.
        """
        answer = self.refused_form(self._form(distribution, fields), *words, status=status, headers=headers)
        before = self.state()
        verified = self.verified(distribution, fields, headers)
        assert (verified.status, verified.text) == (answer.status, answer.text)
        assert self.state() == before
        return answer

    def verified(
        self,
        distribution: BuiltDistribution,
        fields: Sequence[tuple[str, str]] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """Send the form with the action ``verify``."""
        given = distribution.form_fields() if fields is None else fields
        verifying = [(name, "verify" if name == ":action" else value) for name, value in given]
        return self.wire.send_form(self._form(distribution, verifying), headers=headers)

    def _form(self, distribution: BuiltDistribution, fields: Sequence[tuple[str, str]] | None) -> bytes:
        return self.wire.multipart(
            distribution.form_fields() if fields is None else fields,
            [self.wire.file_part(f'filename="{distribution.filename}"', distribution.content)],
        )

    def refused_form(
        self,
        form: bytes | Iterable[bytes],
        *words: str,
        status: int = 400,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """Send a form as it is, which is refused."""
        before = self.state()
        answer = self.wire.send_form(form, headers=headers)
        assert answer.status == status, (answer.status, answer.text)
        self.assert_sentence(answer)
        missing = [each for each in words if each.lower() not in answer.text.lower()]
        assert not missing, f"{missing} not in {answer.text!r}"
        assert self.state() == before
        return answer

    def assert_sentence(self, answer: Answer) -> None:
        """Read the same printable sentence in the first line and in the body."""
        assert answer.phrase.isprintable()
        assert answer.phrase
        assert "Traceback" not in answer.text
        shown = "".join(each if each.isprintable() else " " for each in answer.text[: len(answer.phrase) + 1])
        assert answer.phrase.startswith(
            " ".join(shown.split()).encode("latin-1", "replace").decode("latin-1")
        )

    def listed(self) -> dict[str, str]:
        """Return the files on all project pages of the index, with their digests."""
        accept = {"accept": "application/vnd.pypi.simple.v1+json"}
        names = [each["name"] for each in self.wire.get("/simple/", accept).json["projects"]]
        pages = [self.wire.get(f"/simple/{name}/", accept).json for name in names]
        return {file["filename"]: file["hashes"]["sha256"] for page in pages for file in page["files"]}

    def stored(self) -> dict[str, bytes]:
        """Return the bytes of all files on the index."""
        contents = {}
        for each in self.memory.blobs.all():
            with self.memory.blobs.open(each.key) as stream:
                content = stream.read()
            contents[hashlib.sha256(content).hexdigest()] = content
        return {filename: contents[digest] for filename, digest in self.listed().items()}

    def projects(self) -> set[str]:
        """Return the names on the project list."""
        accept = {"accept": "application/vnd.pypi.simple.v1+json"}
        return {each["name"] for each in self.wire.get("/simple/", accept).json["projects"]}

    def journal(self) -> list[str]:
        """Return the actions of the journal."""
        return [each.action for each in self.memory.index.journal.since(OPERATOR, Serial(0))]

    def leftovers(self) -> int:
        """Forget what is in staging, and tell how much it was."""
        return self.memory.staging.sweep(self.memory.clock.now().replace(year=9000))

    def state(self) -> tuple[object, ...]:
        """Return everything that a refused upload must not change."""
        return (
            sorted(self.projects()),
            self.listed(),
            self.journal(),
            sorted(each.key.path for each in self.memory.blobs.all()),
            self.leftovers(),
        )

    @staticmethod
    def form_with(distribution: BuiltDistribution, **fields: str | Sequence[str]) -> list[tuple[str, str]]:
        """Return the form of *distribution* with other values of some fields; ``()`` leaves one out."""
        kept = [each for each in distribution.form_fields() if each[0] not in fields]
        for name, values in fields.items():
            kept += [(name, each) for each in ([values] if isinstance(values, str) else values)]
        return kept


@pytest.fixture
def uploads(wire: Wire) -> Uploads:
    return Uploads(wire)


@pytest.fixture
def uploads_to() -> Callable[[InMemorySite], Uploads]:
    """Return a function that uploads to another site than `memory`."""
    return lambda memory: Uploads(Wire(memory, HttpSettings()))
