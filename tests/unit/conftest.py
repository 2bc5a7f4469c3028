"""An application over a site in memory, asked without a network."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, cast

import httpx
import keyring
import pytest
from keyring.backends.fail import Keyring as NoKeyring

from pypi_api_client import AsyncClient, Client
from pypi_contracts.assembly import InMemorySite
from pypi_contracts.builders import build_sdist, build_wheel
from pypi_http_api import HttpSettings, build_application
from pypi_jsonrpc_api import JsonRpcEndpoint
from pypi_terminal.exit_codes import ExitCode
from pypi_tool.running import run
from pypi_tool.transport import carrier
from pypi_web import frontend

Ask = Callable[..., httpx.Response]


@pytest.fixture
def memory() -> InMemorySite:
    """Return a site with the indexes ``pypi`` and ``test``, nothing in them."""
    return InMemorySite()


@pytest.fixture
def ask(memory: InMemorySite) -> Ask:
    """Return a function that sends one request to the whole application over *memory*."""
    application = build_application(
        site=memory.site,
        change_signal=memory.database.change_signal,
        json_rpc=JsonRpcEndpoint(memory.site),
        frontend=frontend(),
        settings=HttpSettings(trusted_proxies=("10.1.0.0/16",), largest_form=100_000, most_form_parts=200),
    )

    def send(
        method: str,
        path: str,
        *,
        headers: dict[str, str] | None = None,
        content: bytes | AsyncIterator[bytes] | None = None,
        client: str = "192.0.2.7",
        **options: Any,
    ) -> httpx.Response:
        async def request() -> httpx.Response:
            transport = httpx.ASGITransport(app=application, client=(client, 1234))  # type: ignore[arg-type]
            async with httpx.AsyncClient(transport=transport, base_url="http://index.example") as session:
                # Our defaults, not those of the library: each test says what it sends.
                session.headers.clear()
                return await session.request(method, path, headers=headers, content=content, **options)

        return asyncio.run(request())

    return send


class _InStep:
    """An `AsyncClient` whose methods wait for their end, so that one suite holds for both clients."""

    def __init__(self, runner: asyncio.Runner, index: object, **options: Any) -> None:
        if "sleep" in options:
            sleep = options["sleep"]

            async def pause(seconds: float) -> None:
                sleep(seconds)

            options["sleep"] = pause
        self._runner = runner
        self._client = AsyncClient(index, **options)  # type: ignore[arg-type]

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._client, name)
        if not callable(found):
            return found

        def wait(*arguments: Any, **options: Any) -> Any:
            result = found(*arguments, **options)
            return self._each(result) if inspect.isasyncgen(result) else self._runner.run(result)

        return wait

    def _each(self, items: AsyncIterator[object]) -> Iterator[object]:
        async def following() -> object:
            return await anext(items)

        while True:
            try:
                yield self._runner.run(following())
            except StopAsyncIteration:
                return


MakeClient = Callable[..., Client]


@pytest.fixture(params=["waiting", "asynchronous"])
def make_client(request: pytest.FixtureRequest) -> Iterator[MakeClient]:
    """Return what makes a client: the one that waits, or the other in the same shape."""
    with asyncio.Runner() as runner:

        def make(index: Any, **options: Any) -> Client:
            if isinstance(transport := options.get("transport"), httpx.MockTransport):
                options["transport"] = httpx.MockTransport(_fresh(transport.handler))
            if request.param == "waiting":
                return Client(index, **options)
            return cast("Client", _InStep(runner, index, **options))

        yield make


def _fresh(handler: Callable[[httpx.Request], Any]) -> Callable[[httpx.Request], httpx.Response]:
    """Answer with a copy: a client binds the answer it was given, which a table of answers gives again."""

    def handle(request: httpx.Request) -> httpx.Response:
        answer: httpx.Response = handler(request)
        if not answer.is_stream_consumed and not hasattr(answer, "_content"):
            return answer
        kept = {key: value for key, value in answer.extensions.items() if key == "reason_phrase"}
        # What was read was decoded too.
        headers = [
            (k, v) for k, v in answer.headers.multi_items() if k not in {"content-encoding", "content-length"}
        ]
        return httpx.Response(answer.status_code, headers=headers, content=answer.content, extensions=kept)

    return handle


@pytest.fixture
def carry(ask: Ask) -> Iterator[httpx.MockTransport]:
    """Return a transport for clients to the application of `ask`, at ``https://index.example/``."""
    with ThreadPoolExecutor(1) as thread:

        def handle(request: httpx.Request) -> httpx.Response:
            # In a thread, as the client may have an event loop of its own in this one.
            return thread.submit(
                ask,
                request.method,
                request.url.raw_path.decode("ascii"),
                headers=dict(request.headers),
                content=request.read(),
            ).result()

        yield httpx.MockTransport(_fresh(handle))


@pytest.fixture
def command_line(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, carry: httpx.MockTransport
) -> Iterator[None]:
    """Let commands run in an empty folder, configured by nothing but the URL of the index of *carry*."""
    for name in ("NETRC", "PIP_INDEX_URL", "PYPI_PASSWORD", "PYPI_TOKEN", "TWINE_PASSWORD"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("PYPI_CLI_CONFIG", str(tmp_path / "config"))
    monkeypatch.setenv("PYPI_REPOSITORY", "https://index.example/")
    monkeypatch.chdir(tmp_path)
    before = keyring.get_keyring()
    keyring.set_keyring(NoKeyring())  # type: ignore[no-untyped-call]
    reset = carrier.set(carry)
    yield
    carrier.reset(reset)
    keyring.set_keyring(before)


@pytest.fixture
def published(memory: InMemorySite, monkeypatch: pytest.MonkeyPatch) -> InMemorySite:
    """Return a site with ``Sample`` 1.0, which is ada's; her token is in the environment."""
    ada = memory.actor("ada")
    for each in (build_wheel("Sample", "1.0"), build_sdist("Sample", "1.0")):
        memory.publish(ada, each)
    monkeypatch.setenv("PYPI_TOKEN", memory.token("ada"))
    return memory


@pytest.fixture
def cli(
    command_line: None, published: InMemorySite, capsys: pytest.CaptureFixture[str]
) -> Callable[..., str]:
    """Return a function that runs a command, which has to end with *code*, and returns what it printed."""

    def call(*arguments: str, code: ExitCode = ExitCode.DONE) -> str:
        ended = run(list(arguments))
        out, err = capsys.readouterr()
        assert ended == code, err
        return out if code is ExitCode.DONE else err

    return call
