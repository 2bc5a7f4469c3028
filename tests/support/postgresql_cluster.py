"""A PostgreSQL cluster of the tests: in a temporary folder, on a free port, ended by its own program."""

from __future__ import annotations

import contextlib
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
from psycopg import sql

from absence import leave_out
from service_programs import free_port

_PACKAGED = Path("/usr/lib/postgresql")


class PostgresqlCluster:
    """A running cluster; each database in it is made for one test."""

    def __init__(self, folder: Path, port: int) -> None:
        self.folder = folder
        self.port = port
        self._made = 0

    def url(self, database: str) -> str:
        """Return the URL of a database, as a settings file has it."""
        return f"postgresql://index@127.0.0.1:{self.port}/{database}"

    @contextlib.contextmanager
    def database(self, template: str = "template1") -> Iterator[str]:
        """Make a database like *template*, and return its name; it is dropped afterwards."""
        name = self.create_database(template)
        try:
            yield name
        finally:
            self.run("DROP DATABASE {} WITH (FORCE)", name)

    def create_database(self, template: str = "template1") -> str:
        """Make a database like *template* that stays as long as the cluster, and return its name."""
        self._made += 1
        name = f"test_{self._made}"
        self.run("CREATE DATABASE {} TEMPLATE {}", name, template)
        return name

    def run(self, statement: str, *names: str) -> None:
        """Execute a statement that no transaction may hold."""
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(sql.SQL(statement).format(*map(sql.Identifier, names)))

    def start(self) -> None:
        """Start the server, and wait until it answers."""
        self._control("start", "-o", f"-p {self.port}")

    def stop(self, *, how: str = "fast") -> None:
        """Stop the server; *how* is ``smart``, ``fast`` or ``immediate``, which is like a crash."""
        self._control("stop", "-m", how)

    def pause_replay(self) -> None:
        """Let a replica stay as it is while its primary goes on."""
        self.run("SELECT pg_wal_replay_pause()")

    def resume_replay(self) -> None:
        """Let a replica follow again."""
        self.run("SELECT pg_wal_replay_resume()")

    def catch_up(self, primary: PostgresqlCluster) -> None:
        """Wait until a replica has all that its primary has."""
        with (
            psycopg.connect(primary.url("postgres"), autocommit=True) as ahead,
            psycopg.connect(self.url("postgres"), autocommit=True) as behind,
        ):
            written = ahead.execute("SELECT pg_current_wal_insert_lsn()::text").fetchone()
            while behind.execute("SELECT pg_last_wal_replay_lsn() >= %s::pg_lsn", written).fetchone() != (
                True,
            ):
                time.sleep(0.01)

    def add_account(self, name: str, password: str) -> None:
        """Create an account that owns nothing yet and has to give its password."""
        self.run(f"CREATE ROLE {{}} LOGIN PASSWORD '{password}'", name)
        rules = self.folder / "data" / "pg_hba.conf"
        rules.write_text(f"host all {name} 127.0.0.1/32 scram-sha-256\n{rules.read_text()}")
        self.run("SELECT pg_reload_conf()")

    def kill(self) -> None:
        """End every process of the server without any chance to tidy up."""
        # A server that stands still starts no more processes while they are counted.
        os.kill(self._server(), signal.SIGSTOP)
        killed = self._processes()
        for each in killed:
            with contextlib.suppress(ProcessLookupError):
                os.kill(each, signal.SIGKILL)
        # While one of them is there, no other server starts.
        while any(_is_alive(each) for each in killed):
            time.sleep(0.01)
        # Where nobody takes the exit codes of orphans, the next server takes the dead one for alive.
        (self.folder / "data" / "postmaster.pid").unlink()
        for left in self.folder.glob(".s.PGSQL.*.lock"):
            left.unlink()

    @contextlib.contextmanager
    def paused(self) -> Iterator[None]:
        """Let all of the server stand still: its system takes connections and bytes, nobody answers."""
        stopped = self._processes()
        for each in stopped:
            os.kill(each, signal.SIGSTOP)
        try:
            yield
        finally:
            for each in stopped:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(each, signal.SIGCONT)

    def _processes(self) -> list[int]:
        """Return the server, which starts all others, and those."""
        server = self._server()
        children = subprocess.run(
            ["ps", "--no-headers", "-o", "pid", "--ppid", str(server)], capture_output=True, text=True
        )
        return [server, *map(int, children.stdout.split())]

    def _server(self) -> int:
        return int((self.folder / "data" / "postmaster.pid").read_text().split()[0])

    def _control(self, *command: str) -> None:
        run_as_postgres(
            program("pg_ctl"), "-D", self.folder / "data", "-w", "-l", self.folder / "log", *command
        )


def _is_alive(process: int) -> bool:
    try:
        return "Z" not in Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False


def program(name: str) -> Path:
    """Return a program of PostgreSQL, on the path or where Debian keeps it; skip the test without one."""
    if found := shutil.which(name):
        return Path(found)
    versions = sorted(_PACKAGED.glob(f"*/bin/{name}"), key=lambda each: float(each.parts[-3]))
    if not versions:
        leave_out(f"PostgreSQL's {name} is not here: apt-get install postgresql.")
    return versions[-1]


def run_as_postgres(*command: str | Path) -> None:
    """Run a program that refuses to be run by root."""
    user = pwd.getpwnam("postgres").pw_uid if os.getuid() == 0 else None
    subprocess.run(
        [str(each) for each in command],
        check=True, user=user, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, cwd="/",
    )  # fmt: skip


@contextlib.contextmanager
def running_cluster(*, durable: bool = False) -> Iterator[PostgresqlCluster]:
    """Run a new cluster; unless *durable*, it does not wait for the disk."""
    with tempfile.TemporaryDirectory(prefix="postgresql-") as folder:
        if os.getuid() == 0:
            shutil.chown(folder, "postgres")
        with _running_in(Path(folder), durable=durable) as cluster:
            yield cluster


@contextlib.contextmanager
def streaming_replica(primary: PostgresqlCluster) -> Iterator[PostgresqlCluster]:
    """Run a replica of a cluster, which follows it."""
    with tempfile.TemporaryDirectory(prefix="replica-") as name:
        folder = Path(name)
        if os.getuid() == 0:
            shutil.chown(folder, "postgres")
        run_as_postgres(
            program("pg_basebackup"), "-h", "127.0.0.1", "-p", str(primary.port), "-U", "index",
            "-D", folder / "data", "--write-recovery-conf", "--checkpoint", "fast", "--no-sync",
        )  # fmt: skip
        cluster = PostgresqlCluster(folder, free_port())
        cluster.start()
        try:
            yield cluster
        finally:
            cluster.stop(how="immediate")


@contextlib.contextmanager
def _running_in(folder: Path, *, durable: bool) -> Iterator[PostgresqlCluster]:
    run_as_postgres(
        program("initdb"), "-D", folder / "data", "-U", "index", "-A", "trust", "-E", "UTF8",
        "--locale", "C.UTF-8", "--no-sync",
    )  # fmt: skip
    port = free_port()
    lines = [
        "listen_addresses = '127.0.0.1'",
        f"unix_socket_directories = '{folder}'",
        "max_connections = 300",
    ]
    if not durable:
        lines += ["fsync = off", "synchronous_commit = off", "full_page_writes = off"]
    with (folder / "data" / "postgresql.conf").open("a") as settings:
        settings.write("\n".join(lines) + "\n")
    cluster = PostgresqlCluster(folder, port)
    cluster.start()
    try:
        yield cluster
    finally:
        cluster.stop(how="immediate")
