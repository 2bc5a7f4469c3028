"""How the setting `database` names a PostgreSQL server, and what is said where it cannot be used."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from operator_command import OperatorOn
from postgresql_cluster import PostgresqlCluster, running_cluster
from service_programs import free_port

pytestmark = pytest.mark.service

PASSWORD = "right-horse"


@pytest.fixture(scope="module")
def cluster() -> Iterator[PostgresqlCluster]:
    with running_cluster() as running:
        running.add_account("secret", PASSWORD)
        yield running


def owned(cluster: PostgresqlCluster) -> str:
    """Return the name of a database of the account with a password."""
    name = cluster.create_database()
    cluster.run("ALTER DATABASE {} OWNER TO {}", name, "secret")
    return name


def test_a_driver_in_the_url_is_accepted(
    cluster: PostgresqlCluster, operator_on: OperatorOn, tmp_path: Path
) -> None:
    url = cluster.url(cluster.create_database()).replace("postgresql:", "postgresql+psycopg:")

    assert operator_on(tmp_path / "data", "--database", url)("migrate").code == 0


def test_a_socket_is_connected_to(
    cluster: PostgresqlCluster, operator_on: OperatorOn, tmp_path: Path
) -> None:
    url = f"postgresql://index@/{cluster.create_database()}?host={cluster.folder}&port={cluster.port}"

    assert operator_on(tmp_path / "data", "--database", url)("migrate").code == 0


def test_a_password_comes_from_the_url_or_from_a_file(
    cluster: PostgresqlCluster, operator_on: OperatorOn, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = owned(cluster)
    address = f"127.0.0.1:{cluster.port}/{name}"
    passwords = tmp_path / "passwords"
    passwords.write_text(f"127.0.0.1:{cluster.port}:{name}:secret:{PASSWORD}\n")
    passwords.chmod(0o600)

    in_url = operator_on(tmp_path / "data", "--database", f"postgresql://secret:{PASSWORD}@{address}")(
        "migrate"
    )
    monkeypatch.setenv("PGPASSFILE", str(passwords))
    in_file = operator_on(tmp_path / "data", "--database", f"postgresql://secret@{address}")("migrate")

    assert in_url.code == in_file.code == 0


Wrong = Callable[[PostgresqlCluster], str]

REFUSED: dict[str, tuple[Wrong, str]] = {
    "password": (
        lambda cluster: f"postgresql://secret:wrong@127.0.0.1:{cluster.port}/{owned(cluster)}",
        "refuses the login: check the user name and the password in the setting `database`",
    ),
    "no-password": (
        lambda cluster: f"postgresql://secret@127.0.0.1:{cluster.port}/{owned(cluster)}",
        "refuses the login",
    ),
    "port": (lambda _cluster: f"postgresql://index@127.0.0.1:{free_port()}/index", "cannot be reached"),
    "host": (lambda _cluster: "postgresql://index@nowhere.invalid/index", "cannot be reached"),
    "name": (lambda cluster: cluster.url("missing"), "There is no such database on the server"),
    "encryption": (
        lambda cluster: cluster.url(cluster.create_database()) + "?sslmode=require",
        "check `sslmode`",
    ),
    "scheme": (lambda _cluster: "postgres5://index@127.0.0.1/index", "use sqlite or postgresql"),
}


@pytest.mark.parametrize("what", REFUSED)
def test_a_server_that_cannot_be_used_ends_the_start_with_one_sentence(
    cluster: PostgresqlCluster, operator_on: OperatorOn, tmp_path: Path, what: str
) -> None:
    url_of, sentence = REFUSED[what]

    outcome = operator_on(tmp_path / "data", "--database", url_of(cluster))("serve", "--port", "0")

    assert outcome.code != 0
    [line] = outcome.err.splitlines()
    assert sentence in line
    assert "`database`" in line or "database" in line.split(":")[1]
    assert "wrong" not in line
    # Nothing is left behind.
    assert not (tmp_path / "data").exists()


def test_a_missing_driver_ends_the_start_with_what_to_install(
    operator_on: OperatorOn, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "psycopg", None)

    outcome = operator_on(tmp_path / "data", "--database", "postgresql://index@127.0.0.1/index")("serve")

    assert outcome.code != 0
    assert "pip install 'pypi-core[postgres]'" in outcome.err
    assert not (tmp_path / "data").exists()
