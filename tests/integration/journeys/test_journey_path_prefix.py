"""Everything below a path of a host name that others share, behind proxies that strip it and that do not."""

from __future__ import annotations

import json
import ssl
import xmlrpc.client
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from link_walk import Fetched, walk_links
from path_proxies import ServedBelow, nginx, small_proxy
from pypi_contracts.builders import build_sdist, build_wheel

if TYPE_CHECKING:
    from certificates import Certificates
    from running_server import StartServer
    from tool_client import Client

Save = Callable[..., list[Path]]

# The first part of the legacy JSON's addresses, too: whether it was stripped cannot be seen from a path.
PREFIX = "/pypi"
DEEP = "/some/prefix"

# By which proxy, below which prefix, whether that is set at the server, and whether the proxy strips it.
WAYS = [
    pytest.param(("small", PREFIX, "set", "strips"), id="small-set-strips"),
    pytest.param(("small", DEEP, "set", "keeps"), id="small-set-keeps", marks=pytest.mark.slow),
    pytest.param(("small", PREFIX, "told", "strips"), id="small-told-strips", marks=pytest.mark.slow),
    pytest.param(("nginx", DEEP, "set", "strips"), id="nginx-set-strips", marks=pytest.mark.service),
    pytest.param(("nginx", PREFIX, "set", "keeps"), id="nginx-set-keeps", marks=pytest.mark.service),
    pytest.param(("nginx", PREFIX, "told", "strips"), id="nginx-told-strips", marks=pytest.mark.service),
]


@pytest.fixture(params=WAYS)
def below(
    request: pytest.FixtureRequest, start_server: StartServer, certificates: Certificates, tmp_path: Path
) -> Iterator[ServedBelow]:
    """Return a server behind a proxy."""
    proxy, prefix, prefix_is, proxy_does = request.param
    settings = tmp_path / "settings.toml"
    lines = ['trusted_proxies = ["127.0.0.1"]']
    if prefix_is == "set":
        lines += [
            f'root_path = "{prefix}"',
            f"proxy_strips_root_path = {str(proxy_does == 'strips').lower()}",
        ]
    settings.write_text("\n".join(lines))
    server = start_server("--settings", str(settings))
    how = {"strips": proxy_does == "strips", "says": prefix_is == "told"}
    with ExitStack() as stack:
        served = (
            small_proxy(server, prefix, **how)
            if proxy == "small"
            else nginx(tmp_path / "nginx", certificates, server, prefix, **how)
        )
        yield stack.enter_context(served)


@pytest.fixture
def tool(client: Client, below: ServedBelow) -> Callable[..., Any]:
    """Return what runs a tool that trusts the proxy."""
    trusted = str(below.authority) if below.authority else ""
    names = ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "PIP_CERT", "TWINE_CERT", "PYPI_CA_BUNDLE")
    trust = dict.fromkeys(names, trusted) if trusted else {}
    return lambda name, *arguments: client.run(name, *arguments, check=True, **trust)


@pytest.fixture
def session(below: ServedBelow) -> Iterator[httpx.Client]:
    """Return what asks for addresses below the path, without following where it is sent."""
    trusted = ssl.create_default_context(cafile=below.authority)
    with httpx.Client(base_url=below.url, trust_env=False, timeout=60, verify=trusted) as client:
        yield client


def test_everything_works_below_a_path(
    below: ServedBelow, session: httpx.Client, client: Client, tool: Callable[..., Any], save: Save
) -> None:
    wheel, sdist, newer, other = save(
        build_wheel("Below.Path", "1.0", requires_dist=["other"], summary="Lives below a path"),
        build_sdist("Below.Path", "1.0", requires_dist=["other"], summary="Lives below a path"),
        build_wheel("Below.Path", "2.0", requires_dist=["other"], summary="Lives below a path"),
        build_wheel("other", "1.0"),
    )
    documentation = client.home / "html"
    documentation.mkdir()
    (documentation / "index.html").write_text('<!DOCTYPE html><p>Hello <a href="guide.html">guide</a>')
    (documentation / "guide.html").write_text("<!DOCTYPE html><p>Guide")
    token = client.home / "token"
    token.write_text(below.token)

    tool(
        "twine", "upload", "--non-interactive", "--disable-progress-bar", "--repository-url",
        f"{below.url}legacy/", "-u", "__token__", "-p", below.token, wheel, sdist,
    )  # fmt: skip
    tool(
        "uv", "publish", "--publish-url", f"{below.url}legacy/", "--token", below.token,
        "--trusted-publishing", "never", other,
    )  # fmt: skip
    tool("pypi-cli", "--index", below.url, "upload", "--token-file", token, newer)
    # What tools write when they are pointed at another index of the same server.
    tool("pypi-cli", "--index", f"{below.url}i/test/", "upload", "--token-file", token, other)
    tool(
        "pypi-cli", "--index", below.url, "upload-docs", "--token-file", token,
        "--project", "below-path", "--version", "1.0", documentation,
    )  # fmt: skip

    install_with_pip_and_uv(below, client, tool)
    read_with_our_tool(below, tool, client.home / "loaded")
    call_by_rpc(below, session)
    follow_every_link(below, session)


def install_with_pip_and_uv(below: ServedBelow, client: Client, tool: Callable[..., Any]) -> None:
    for name in ("by-pip", "by-uv", "exactly"):
        folder = client.new_environment(name)
        python = folder / "bin" / "python"
        install: tuple[object, ...] = ("uv", "pip", "install", "--no-cache", "--python", python)
        if name == "by-pip":
            install = ("python", "-m", "pip", "--python", python, "install", "--no-cache-dir")
        wanted = "below-path==1.0" if name == "exactly" else "below.path"
        tool(*install, "--index-url", f"{below.url}simple/", wanted)
        installed = {each.name.partition("-")[0] for each in folder.glob("lib/*/site-packages/*.dist-info")}
        assert installed == {"below_path", "other"}


def read_with_our_tool(below: ServedBelow, tool: Callable[..., Any], folder: Path) -> None:
    # The worker fills the search; how long it takes is its own business.
    while "Below.Path" not in tool("pypi-cli", "--index", below.url, "search", "lives").stdout:
        pass
    tool("pypi-cli", "--index", below.url, "download", "--dest", folder, "below-path==1.0")

    assert "Lives below a path" in tool("pypi-cli", "--index", below.url, "info", "below-path").stdout
    assert {each.name for each in folder.iterdir()} == {
        "below_path-1.0-py3-none-any.whl",
        "other-1.0-py3-none-any.whl",
    }


def call_by_rpc(below: ServedBelow, session: httpx.Client) -> None:
    trusted = ssl.create_default_context(cafile=below.authority)
    context = trusted if below.url.startswith("https") else None
    with xmlrpc.client.ServerProxy(f"{below.url}pypi", context=context) as legacy:
        files: Any = legacy.release_urls("below-path", "1.0")
    call = {"jsonrpc": "2.0", "id": 1, "method": "project.get", "params": {"name": "below-path"}}
    project = session.post("rpc", json=call).json()["result"]

    assert {each["filename"] for each in files} == {
        "below_path-1.0-py3-none-any.whl",
        "below_path-1.0.tar.gz",
    }
    for url in (each["url"] for each in files):
        assert url.startswith(f"{below.url}packages/")
        assert session.get(url).status_code == 200
    assert project["name"] == "below-path"
    # What an upload session, which pypi-cli used, calls its address is relative to the root of the index.
    assert json.loads(session.get("pypi/below-path/json").content)["urls"][0]["url"].startswith(below.url)


def follow_every_link(below: ServedBelow, session: httpx.Client) -> None:
    def fetch(url: str) -> Fetched:
        answer = session.get(url)
        return Fetched(status=answer.status_code, headers=dict(answer.headers), body=answer.content)

    # It is the worker that unpacks documentation.
    while fetch(f"{below.url}docs/below-path/1.0/").status == 404:
        pass
    walk = walk_links(
        fetch, below.url,
        "", "i/test/", "i/test", "simple/", "simple/Below.Path/",
        "simple/below-path/?format=application/vnd.pypi.simple.v1%2Bjson",
        "pypi/Below.Path/json", "i/test/pypi/other/json", "rss/updates.xml", "rss/packages.xml",
        "search/?q=lives", "project/Below.Path/", "docs/below-path", "packages/py3/b/below-path/x",
        "pypi?:action=display&name=below-path", "openapi.json", "rpc/openrpc.json", "no/such/page",
    )  # fmt: skip

    assert walk.escapes == []
    # Asked for what is not there, and for what takes calls alone.
    broken = {url.removeprefix(below.url) for _where, url in walk.broken}
    assert broken == {"packages/py3/b/below-path/x", "no/such/page", "rpc", "i/test/rpc"}
    assert any("/docs/below-path/1.0/" in each for each in walk.statuses)
    assert any(each.endswith(".metadata") for each in walk.statuses)
