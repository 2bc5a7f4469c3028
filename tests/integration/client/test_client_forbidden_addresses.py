"""Where an index may lead a client: real connections, seen by a server that remembers who came."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import httpx
import pytest

from pypi_api_client import AsyncClient, Client, PackageIndex
from pypi_api_client.errors import ClientError, ForbiddenAddress
from pypi_api_client.models import RemoteFile
from pypi_api_client.neighbourhood import AddressGuard, Neighbourhood, neighbourhood_of

INDEX = "https://index.example/"


class Here(BaseHTTPRequestHandler):
    """Serves anything, and remembers what was asked."""

    asked: list[str]

    def do_GET(self) -> None:
        """Answer with a few bytes."""
        self.asked.append(self.path)
        self.send_response(200)
        self.send_header("Content-Length", "4")
        self.end_headers()
        self.wfile.write(b"here")

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def here() -> Iterator[tuple[int, list[str]]]:
    """Return the port of a server on this machine, and the paths that it was asked for."""
    asked: list[str] = []
    handler = type("Handler", (Here,), {"asked": asked})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever).start()
        yield server.server_address[1], asked
        server.shutdown()


class Redirecting(httpx.BaseTransport):
    """Is the index on the public internet, by word of a test; leads elsewhere, over the real network."""

    def __init__(self, target: str) -> None:
        self._target = target
        self._network = httpx.HTTPTransport()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        if request.url.host == "index.example":
            return httpx.Response(302, headers={"location": self._target})
        return self._network.handle_request(request)

    def close(self) -> None:
        self._network.close()


def listed(url: str) -> RemoteFile:
    return RemoteFile(filename="foo-1.0.tar.gz", url=url)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_a_file_link_to_this_machine_is_not_followed(
    here: tuple[int, list[str]], tmp_path: Path, host: str
) -> None:
    port, asked = here

    with Client(INDEX) as client, pytest.raises(ForbiddenAddress, match=f"leads to {host}, which is on this"):
        client.download(listed(f"http://{host}:{port}/foo-1.0.tar.gz"), tmp_path)

    assert asked == []
    assert list(tmp_path.iterdir()) == []


def test_a_file_link_to_this_machine_is_not_followed_by_the_asynchronous_client(
    here: tuple[int, list[str]], tmp_path: Path
) -> None:
    port, asked = here

    async def download() -> None:
        async with AsyncClient(INDEX) as client:
            await client.download(listed(f"http://localhost:{port}/foo-1.0.tar.gz"), tmp_path)

    with pytest.raises(ForbiddenAddress):
        asyncio.run(download())

    assert asked == []


@pytest.mark.parametrize("path", ["foo-1.0-py3-none-any.whl", "foo-1.0-py3-none-any.whl.metadata"])
def test_a_redirect_to_this_machine_is_not_followed(here: tuple[int, list[str]], path: str) -> None:
    port, asked = here
    file = RemoteFile(
        filename="foo-1.0-py3-none-any.whl", url=f"{INDEX}foo-1.0-py3-none-any.whl", core_metadata=True
    )

    with (
        Client(INDEX, transport=Redirecting(f"http://127.0.0.1:{port}/secret")) as client,
        pytest.raises(ForbiddenAddress),
    ):
        client.metadata(file) if path.endswith(".metadata") else client.metadata_in_wheel(file)

    assert asked == []


def test_a_host_that_is_permitted_may_be_on_this_machine(here: tuple[int, list[str]], tmp_path: Path) -> None:
    port, asked = here

    with Client(INDEX, redirect_hosts=["127.0.0.1"]) as client:
        path = client.download(listed(f"http://127.0.0.1:{port}/foo-1.0.tar.gz"), tmp_path).path

    assert path.read_bytes() == b"here"
    assert asked == ["/foo-1.0.tar.gz"]


def test_an_index_on_this_machine_may_lead_to_it(here: tuple[int, list[str]], tmp_path: Path) -> None:
    port, asked = here

    with Client("http://localhost:1/") as client:
        client.download(listed(f"http://127.0.0.1:{port}/foo-1.0.tar.gz"), tmp_path)

    assert asked == ["/foo-1.0.tar.gz"]


def test_a_name_is_judged_by_the_address_that_was_connected_to(
    here: tuple[int, list[str]], tmp_path: Path
) -> None:
    """The name of a link says nothing: what it resolves to does, as it is connected to."""
    port, _asked = here
    guard = AddressGuard(PackageIndex(INDEX).address)
    # Literal addresses in other spellings are names here: the system turns them into addresses.
    url = f"http://127.0.0.1:{port}/"
    watch = guard.watch("https://files.example/")
    events: list[str] = []

    def trace(event: str, info: dict[str, object]) -> None:
        events.append(event)
        watch.take(event.replace("127.0.0.1", "files.example"), {**info, "host": "files.example"})

    with httpx.Client(trust_env=False) as client:
        client.get(url, extensions={"trace": trace})

    assert "connection.connect_tcp.complete" in events
    assert watch.peer == "127.0.0.1"
    with pytest.raises(ForbiddenAddress, match=r"leads to files\.example, which is on this machine"):
        watch.check()


def test_a_forbidden_connection_is_closed_before_anything_is_sent(
    here: tuple[int, list[str]], tmp_path: Path
) -> None:
    # An address in a spelling of old: a name by the rules of URLs, this machine to the system.  TLS would
    # fail too: that it is not even begun is what the error tells.
    port, asked = here

    with Client(INDEX) as client, pytest.raises(ClientError) as caught:
        client.download(listed(f"https://127.1:{port}/foo-1.0.tar.gz"), tmp_path)

    assert isinstance(caught.value, ForbiddenAddress)
    assert asked == []


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("127.8.9.1", Neighbourhood.THIS_MACHINE),
        ("0.0.0.0", Neighbourhood.THIS_MACHINE),
        ("::1", Neighbourhood.THIS_MACHINE),
        ("::ffff:127.0.0.1", Neighbourhood.THIS_MACHINE),
        ("64:ff9b::7f00:1", Neighbourhood.THIS_MACHINE),
        ("2002:7f00:1::", Neighbourhood.THIS_MACHINE),
        ("LocalHost.", Neighbourhood.THIS_MACHINE),
        ("db.localhost", Neighbourhood.THIS_MACHINE),
        ("169.254.169.254", Neighbourhood.LINK_LOCAL),
        ("fe80::1%eth0", Neighbourhood.LINK_LOCAL),
        ("10.0.0.1", Neighbourhood.PRIVATE),
        ("172.16.0.1", Neighbourhood.PRIVATE),
        ("192.168.1.1", Neighbourhood.PRIVATE),
        ("100.64.0.1", Neighbourhood.PRIVATE),
        ("fd00::1", Neighbourhood.PRIVATE),
        ("224.0.0.1", Neighbourhood.PRIVATE),
        ("8.8.8.8", Neighbourhood.PUBLIC),
        ("2606:4700::1", Neighbourhood.PUBLIC),
        ("index.example", None),
    ],
)
def test_an_address_is_classified_by_its_network(host: str, expected: Neighbourhood | None) -> None:
    assert neighbourhood_of(host) is expected


@pytest.mark.parametrize(
    ("placed", "permitted"),
    [
        ("8.8.8.8", {"8.8.4.4"}),
        ("10.0.0.1", {"8.8.4.4", "10.1.1.1"}),
        ("169.254.0.1", {"8.8.4.4", "169.254.169.254"}),
        ("127.0.0.1", {"8.8.4.4", "10.1.1.1", "169.254.169.254", "127.0.0.2"}),
        ("", {"8.8.4.4"}),
    ],
)
def test_an_index_leads_to_where_it_is_and_to_the_public_internet(placed: str, permitted: set[str]) -> None:
    guard = AddressGuard(PackageIndex(INDEX).address)
    if placed:
        guard.place(placed)

    def is_permitted(address: str) -> bool:
        try:
            guard.check("https://files.example/", address)
        except ForbiddenAddress:
            return False
        return True

    addresses = ("8.8.4.4", "10.1.1.1", "169.254.169.254", "127.0.0.2")
    assert {each for each in addresses if is_permitted(each)} == permitted
