"""Starting a server: over https, with a token for its owner alone, and when it cannot be."""

from __future__ import annotations

import stat
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import trustme

from pypi_core.testing.builders import build_wheel

if TYPE_CHECKING:
    from conftest import Client, RunningServer, StartServer

Save = Callable[..., list[Path]]


class Certificates:
    """Files with the authority's certificate, the server's chain and its key."""

    def __init__(self, folder: Path) -> None:
        authority = trustme.CA()
        server = authority.issue_cert("127.0.0.1")
        self.authority = folder / "authority.pem"
        self.chain = folder / "chain.pem"
        self.key = folder / "key.pem"
        authority.cert_pem.write_to_path(str(self.authority))
        server.private_key_pem.write_to_path(str(self.key))
        for each in server.cert_chain_pems:
            each.write_to_path(str(self.chain), append=True)


@pytest.fixture
def certificates(tmp_path: Path) -> Certificates:
    return Certificates(tmp_path)


@pytest.fixture
def secure_server(start_server: StartServer, certificates: Certificates) -> RunningServer:
    return start_server(
        "--tls-certificate", str(certificates.chain), "--tls-key", str(certificates.key),
        authority=certificates.authority,
    )  # fmt: skip


def test_publishing_and_installing_work_over_https(
    secure_server: RunningServer, client: Client, save: Save, certificates: Certificates
) -> None:
    assert secure_server.url.startswith("https://")
    files = save(build_wheel("secure", "1.0"), build_wheel("secure", "2.0"))
    authority = str(certificates.authority)

    client.run(
        "twine", "upload", "--non-interactive", "--cert", authority, "--repository-url",
        f"{secure_server.url}legacy/", "-u", "__token__", "-p", secure_server.token, files[0],
    )  # fmt: skip
    client.run(
        "pypi-cli", "upload", "--index", secure_server.url,
        "--token-file", secure_server.data / "owner-token", files[1], SSL_CERT_FILE=authority,
    )  # fmt: skip
    environment = client.new_environment("consumer")
    installed = client.run(
        "uv", "pip", "install", "--no-cache", "--python", environment / "bin" / "python",
        "--index-url", f"{secure_server.url}simple/", "secure", SSL_CERT_FILE=authority,
    )  # fmt: skip

    assert "secure==2.0" in installed.stderr


def test_a_certificate_that_cannot_be_used_is_told_at_the_start(
    client: Client, tmp_path: Path, certificates: Certificates
) -> None:
    for options, words in (
        (("--tls-certificate", certificates.chain), "tls_certificate and tls_key go together"),
        (("--tls-certificate", certificates.key, "--tls-key", certificates.chain), "cannot be used"),
        (("--tls-certificate", tmp_path / "nothing.pem", "--tls-key", certificates.key), "cannot be used"),
    ):
        outcome = client.run(
            "pypi-server", "serve", "--port", 0, "--data", tmp_path / "tls-data", *options, check=False
        )

        assert outcome.returncode == 1
        assert words in outcome.stderr
        assert "Traceback" not in outcome.stderr


def test_the_token_is_for_its_owner_alone_and_shown_once(start_server: StartServer) -> None:
    server = start_server("--no-worker")
    token = server.token
    assert stat.S_IMODE((server.data / "owner-token").stat().st_mode) == 0o600
    assert stat.S_IMODE(server.data.stat().st_mode) == 0o700
    assert server.log.count(token) == 1

    server.stop()
    server.start()

    assert server.log.count(token) == 1


def test_a_port_that_is_taken_is_told(start_server: StartServer, client: Client, tmp_path: Path) -> None:
    server = start_server("--no-worker")

    outcome = client.run(
        "pypi-server", "serve", "--port", server.port, "--data", tmp_path / "second", check=False
    )

    assert outcome.returncode == 1
    assert f"Cannot listen on 127.0.0.1 port {server.port}" in outcome.stderr
