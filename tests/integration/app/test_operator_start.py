"""What stands in the way of a start is reported in a sentence, before anything is left behind."""

from __future__ import annotations

import io
import os
import resource
import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from pypi_app.container import assemble
from pypi_app.server.set_up import set_up
from pypi_app.settings import Settings
from pypi_core.domain.accounts import OPERATOR, PasswordCredentials
from pypi_core.domain.indexes import IndexSettings
from pypi_core.domain.origins import NOWHERE

if TYPE_CHECKING:
    from certificates import Certificates
    from operator_command import OperatorOn, Outcome

Said = Callable[[object, object], str]


def sentence_of(outcome: Outcome, code: int) -> str:
    """Return what a command that could not start said, and make sure that it is a sentence for a person."""
    assert (outcome.code, outcome.out) == (code, "")
    [line] = outcome.err.splitlines()
    assert line.startswith("pypi-server: ")
    assert line.endswith(".")
    return line.removeprefix("pypi-server: ")


@pytest.fixture
def taken() -> Iterator[int]:
    """Return a port that another program listens on."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield listening.getsockname()[1]


@pytest.fixture
def small_disk() -> Iterator[None]:
    """Let no file of this process grow beyond two blocks, as on a disk that is full."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (8192, before[1]))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.mark.parametrize("command", ["serve", "migrate"])
@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("file", "cannot be used: it is not a folder."),
        ("file/below", "cannot be created: Not a directory."),
        (f"{'long' * 64}/x", "cannot be created: File name too long."),
    ],
)
def test_a_data_folder_that_cannot_be_made_is_named(
    operator_on: OperatorOn, tmp_path: Path, command: str, path: str, reason: str
) -> None:
    (tmp_path / "file").touch()

    outcome = operator_on(tmp_path / path)(command, *(["--port", "0"] if command == "serve" else []))

    said = sentence_of(outcome, 1)
    assert said.startswith(f"The data folder {tmp_path / path} {reason}")
    assert "--data" in said


@pytest.mark.parametrize(
    ("host", "reason"),
    [
        ("192.0.2.1", "Cannot assign requested address. Choose an address of this machine with --host"),
        ("no-such-host.invalid", ""),
        ("a" * 70 + ".invalid", ""),
        ("..", ""),
    ],
)
def test_an_address_that_cannot_be_listened_on_is_named_and_nothing_is_created(
    operator_on: OperatorOn, tmp_path: Path, host: str, reason: str
) -> None:
    data = tmp_path / "data"

    said = sentence_of(operator_on(data)("serve", "--port", "0", "--host", host), 1)

    assert said.startswith(f"Cannot listen on {host} port 0: {reason}")
    assert "--host" in said
    assert not data.exists()


def test_a_port_that_is_taken_is_named_and_nothing_is_created(
    operator_on: OperatorOn, tmp_path: Path, taken: int
) -> None:
    data = tmp_path / "data"

    said = sentence_of(operator_on(data)("serve", "--port", taken), 1)

    assert said.startswith(f"Cannot listen on 127.0.0.1 port {taken}: Address already in use. ")
    assert "--port" in said
    assert not data.exists()


class TestCertificates:
    @pytest.fixture
    def said(self, operator_on: OperatorOn, tmp_path: Path) -> Said:
        def said_of(certificate: object, key: object) -> str:
            data = tmp_path / "data"
            options = ("--port", "0", "--tls-certificate", certificate, "--tls-key", key)
            sentence = sentence_of(operator_on(data)("serve", *options), 1)
            assert not data.exists()
            return sentence

        return said_of

    def test_a_missing_file_is_named(self, said: Said, certificates: Certificates, tmp_path: Path) -> None:
        missing = tmp_path / "missing.pem"

        assert f"{missing} (tls_certificate) cannot be read: No such file" in said(missing, certificates.key)
        assert f"{missing} (tls_key) cannot be read: No such file" in said(certificates.chain, missing)
        assert f"{tmp_path} (tls_key) cannot be read: Is a directory" in said(certificates.chain, tmp_path)

    def test_files_that_are_exchanged_or_damaged_are_named(
        self, said: Said, certificates: Certificates, tmp_path: Path
    ) -> None:
        chain = certificates.chain.read_bytes()
        cut, marked = tmp_path / "cut.pem", tmp_path / "marked.pem"
        cut.write_bytes(chain[:200])
        marked.write_bytes(b"\xef\xbb\xbf" + chain)

        exchanged = said(certificates.key, certificates.chain)
        assert f"{certificates.key} (tls_certificate) cannot be used: it has no certificate" in exchanged
        assert f"{cut} (tls_certificate)" in said(cut, certificates.key)
        assert f"{marked} (tls_certificate) starts with a byte order mark" in said(marked, certificates.key)

    def test_a_key_of_another_certificate_is_named(
        self, said: Said, certificates: Certificates, tmp_path: Path
    ) -> None:
        other = tmp_path / "other.pem"
        other.write_bytes(new_key())

        assert f"{other} (tls_key) does not belong to the first cert" in said(certificates.chain, other)

    def test_an_encrypted_key_is_named_and_no_password_is_asked_for(
        self, said: Said, certificates: Certificates, tmp_path: Path
    ) -> None:
        encrypted = tmp_path / "encrypted.pem"
        encrypted.write_bytes(new_key(b"secret"))

        assert f"{encrypted} (tls_key) is encrypted" in said(certificates.chain, encrypted)


@pytest.mark.parametrize(
    "arguments", [("serve", "--port", "0"), ("migrate",), ("user", "list")], ids=" ".join
)
class TestDatabases:
    @pytest.mark.parametrize(
        "content", [b"no database at all\n" * 300, os.urandom(20000)], ids=["text", "noise"]
    )
    def test_a_file_that_is_not_a_database_is_named(
        self, operator_on: OperatorOn, tmp_path: Path, arguments: tuple[str, ...], content: bytes
    ) -> None:
        file = tmp_path / "index.sqlite"
        file.write_bytes(content)

        said = sentence_of(operator_on(tmp_path)(*arguments), 6)

        assert "damaged or none of SQLite's: restore it from a backup." in said
        assert str(file) in said
        assert file.read_bytes() == content

    def test_a_folder_in_place_of_the_database_is_named(
        self, operator_on: OperatorOn, tmp_path: Path, arguments: tuple[str, ...]
    ) -> None:
        (tmp_path / "index.sqlite").mkdir()

        said = sentence_of(operator_on(tmp_path)(*arguments), 6)

        assert "cannot be opened" in said
        assert str(tmp_path / "index.sqlite") in said


@pytest.mark.parametrize(
    "arguments", [("serve", "--port", "0"), ("migrate",), ("user", "list")], ids=" ".join
)
@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("nonsense:s3cret", "not a URL of a database; write DIALECT://"),
        ("postgresql://a:s3cret@127.0.0.1:port/x", "not a URL of a database; write DIALECT://"),
        (
            "mysql+nonsense://a:s3cret@h/x",
            "mysql+nonsense is not a supported kind of database: use sqlite or postgresql.",
        ),
        ("mssql://a:s3cret@h/x", "mssql is not a supported kind of database: use sqlite or postgresql."),
        ("sqlite://", "an SQLite database is a file here: write sqlite:///folder/index.sqlite."),
        ("sqlite:///x?mode=s3cret", "an SQLite URL has no options here: leave out mode."),
    ],
)
def test_a_database_that_cannot_be_reached_is_a_bad_setting_without_its_password(
    operator_on: OperatorOn, tmp_path: Path, arguments: tuple[str, ...], url: str, reason: str
) -> None:
    said = sentence_of(operator_on(tmp_path / "data", "--database", url)(*arguments), 2)

    assert said.startswith(f"Bad setting database (--database): {reason}")
    assert "s3cret" not in said
    assert not (tmp_path / "data").exists()


@pytest.mark.usefixtures("small_disk")
@pytest.mark.parametrize("arguments", [("serve", "--port", "0"), ("migrate",)], ids=" ".join)
def test_a_full_disk_is_reported(operator_on: OperatorOn, tmp_path: Path, arguments: tuple[str, ...]) -> None:
    said = sentence_of(operator_on(tmp_path / "data")(*arguments), 6)

    assert "room" in said
    assert str(tmp_path / "data" / "index.sqlite") in said


def test_an_unwritable_token_file_leaves_no_account(operator_on: OperatorOn, tmp_path: Path) -> None:
    (tmp_path / "owner-token").mkdir()

    said = sentence_of(operator_on(tmp_path)("serve", "--port", "0"), 1)

    assert said.startswith(f"The owner's token cannot be written to {tmp_path / 'owner-token'}: ")
    assert operator_on(tmp_path)("user", "list") == (0, "", "")


def test_a_bad_proxy_is_reported_before_the_first_account_is_created(
    operator_on: OperatorOn, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYPI_TRUSTED_PROXIES", "nonsense")

    said = sentence_of(operator_on(tmp_path / "data")("serve", "--port", "0"), 2)

    assert said.startswith("Bad setting trusted_proxies (PYPI_TRUSTED_PROXIES): ")
    assert not (tmp_path / "data" / "owner-token").exists()


def test_migrate_sets_an_index_up_once_without_serving(operator_on: OperatorOn, tmp_path: Path) -> None:
    operator = operator_on(tmp_path)

    code, out, _ = operator("migrate", "--set-up")

    assert code == 0
    assert out.splitlines()[1].startswith("The first account is owner. Its password is in ")
    assert (tmp_path / "owner-token").read_text().startswith("pidx_")
    assert "pypi" in operator("index", "list").out
    assert operator("migrate", "--set-up").out == "The database is up to date.\n"


def test_a_service_named_like_us_is_warned_of_once_by_every_command(
    operator_on: OperatorOn, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYPI_PORT", "tcp://10.0.0.1:8080")

    code, out, err = operator_on(tmp_path)("migrate")

    assert (code, out) == (0, "The database is up to date.\n")
    [line] = err.splitlines()
    assert line.startswith("pypi-server: PYPI_PORT holds the address of a service")


def test_the_worker_of_a_server_does_not_warn_again(
    operator_on: OperatorOn, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYPI_PORT", "tcp://10.0.0.1:8080")
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO()))

    said = sentence_of(operator_on(tmp_path / "data")("work", "--until-input-closes"), 3)

    assert said.startswith("There is no data folder")


@pytest.mark.parametrize("piped", ["\ufeffcorrect horse\r\n", "correct horse\n", "correct horse"])
def test_a_piped_password_may_have_a_byte_order_mark_and_a_line_end(
    operator_on: OperatorOn, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, piped: str
) -> None:
    assert operator_on(tmp_path)("migrate").code == 0
    monkeypatch.setattr("sys.stdin", io.StringIO(piped))

    assert operator_on(tmp_path)("user", "create", "alice").code == 0

    container = assemble(Settings(data=str(tmp_path)))
    alice = container.site().authenticate(PasswordCredentials("alice", "correct horse"), NOWHERE)
    container.database().dispose()
    assert alice.username == "alice"


def test_deleting_an_account_without_a_person_to_ask_needs_yes(
    operator_on: OperatorOn, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = operator_on(tmp_path)
    run("migrate")
    monkeypatch.setattr("sys.stdin", io.StringIO("correct horse\n"))
    run("user", "create", "alice")

    said = sentence_of(run("user", "delete", "alice"), 2)

    assert said.startswith("Delete account alice with its tokens and roles, for good? Add --yes ")
    assert run("user", "list").out == "alice\n"
    assert run("user", "delete", "alice", "--yes").out == "Deleted account alice.\n"


def test_a_server_creates_the_default_indexes_although_there_are_accounts(tmp_path: Path) -> None:
    container = assemble(Settings(data=str(tmp_path)))
    container.database().migrate()
    site = container.site()
    site.register_account(OPERATOR, "alice", "correct horse", is_administrator=True)

    owner = set_up(site, container.database(), tmp_path)

    assert owner is None
    assert [each.name for each in site.indexes()] == ["pypi", "test"]
    container.database().dispose()


def test_a_server_adds_no_index_to_those_that_the_operator_created(tmp_path: Path) -> None:
    container = assemble(Settings(data=str(tmp_path)))
    container.database().migrate()
    site = container.site()
    site.register_account(OPERATOR, "alice", "correct horse", is_administrator=True)
    site.create_index(OPERATOR, "internal", IndexSettings(title="Internal"))

    set_up(site, container.database(), tmp_path)

    assert [each.name for each in site.indexes()] == ["internal"]
    container.database().dispose()


def new_key(password: bytes | None = None) -> bytes:
    encryption: serialization.KeySerializationEncryption = (
        serialization.BestAvailableEncryption(password) if password else serialization.NoEncryption()
    )
    return ec.generate_private_key(ec.SECP256R1()).private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, encryption
    )
