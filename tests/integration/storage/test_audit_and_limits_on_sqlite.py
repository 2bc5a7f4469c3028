"""Audit log and limits where they are kept: in the transaction they belong to, for every process."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import Engine, event
from sqlalchemy.exc import OperationalError

from pypi_app.container import assemble
from pypi_app.server_command.running import run
from pypi_app.settings import Limits, Settings
from pypi_contracts.builders import BuiltDistribution, build_wheel
from pypi_core.domain.accounts import OPERATOR, Actor, PasswordCredentials, TokenCredentials
from pypi_core.domain.audit import AuditFilter
from pypi_core.domain.distributions import describe_upload
from pypi_core.domain.entities import Yank
from pypi_core.domain.indexes import DEFAULT_INDEX, IndexSettings
from pypi_core.domain.names import NormalizedName
from pypi_core.domain.origins import Origin
from pypi_core.domain.versions import parse_version
from pypi_core.errors import InvalidCredentials, PackageIndexError, TooMany
from pypi_core.site import Site
from pypi_sql import SqlDatabase

HERE = Origin(address="192.0.2.7", user_agent="twine/6.0")
WRONG = PasswordCredentials("alice", "wrong")
RIGHT = PasswordCredentials("alice", "correct horse")
SAMPLE = NormalizedName("sample")
OF_SAMPLE = AuditFilter(project=SAMPLE)


@contextmanager
def opened(folder: Path, limits: Limits | None = None) -> Iterator[tuple[SqlDatabase, Site]]:
    """Open the site in a folder as a process of its own would."""
    container = assemble(Settings(data=str(folder), limits=limits or Limits()))
    database = container.database()
    database.migrate()
    yield database, container.site()
    database.dispose()


@pytest.fixture
def alice(tmp_path: Path) -> Actor:
    """Return somebody, no administrator, on a site with the default index."""
    with opened(tmp_path) as (_, site):
        site.create_index(OPERATOR, DEFAULT_INDEX, IndexSettings())
        site.register_account(OPERATOR, "alice", "correct horse")
        secret = site.issue_token(OPERATOR, "alice", "for a test").secret
        return site.authenticate(TokenCredentials(secret), HERE)


def publish(site: Site, actor: Actor, distribution: BuiltDistribution) -> None:
    index = site.index(DEFAULT_INDEX)
    arrival = index.staging.begin()
    arrival.append(distribution.content)
    staged = arrival.finish()
    with index.staging.open(staged) as archive:
        upload = describe_upload(distribution.filename, archive, staged.digests)
    index.publish_file(actor, upload, staged)


@contextmanager
def statements(*, refuse: str = "") -> Iterator[list[str]]:
    """List what is sent to databases, commits among it; *refuse* what begins so."""
    seen: list[str] = []

    def execute(connection: object, cursor: object, statement: str, *_: object) -> None:
        seen.append(" ".join(statement.split()))
        if refuse and seen[-1].startswith(refuse):
            raise OperationalError(statement, None, RuntimeError("disk I/O error"))

    def commit(connection: object) -> None:
        seen.append("COMMIT")

    event.listen(Engine, "before_cursor_execute", execute)
    event.listen(Engine, "commit", commit)
    try:
        yield seen
    finally:
        event.remove(Engine, "before_cursor_execute", execute)
        event.remove(Engine, "commit", commit)


def test_an_upload_its_entries_and_its_count_are_one_transaction(tmp_path: Path, alice: Actor) -> None:
    with opened(tmp_path) as (_, site):
        publish(site, alice, build_wheel("sample", "1.0"))

        with statements() as seen:
            publish(site, alice, build_wheel("sample", "2.0"))

        written = [each.split("(")[0] for each in seen if each.startswith("INSERT") or each == "COMMIT"]
        # Pages are derived and have a transaction of their own.
        first = written[: written.index("COMMIT")]
        assert "INSERT INTO files " in first
        assert "INSERT INTO audit_log " in first
        assert "INSERT INTO rate_counts " in first
        assert [each for each in written if each.startswith(("INSERT INTO audit", "INSERT INTO rate"))] == [
            each for each in first if each.startswith(("INSERT INTO audit", "INSERT INTO rate"))
        ]


@pytest.mark.parametrize("refuse", ["INSERT INTO audit_log", "UPDATE serials", "INSERT INTO journal"])
def test_there_is_no_upload_without_its_entries_and_no_entry_without_its_upload(
    tmp_path: Path, alice: Actor, refuse: str
) -> None:
    with opened(tmp_path) as (database, site):
        with statements(refuse=refuse), pytest.raises(PackageIndexError):
            publish(site, alice, build_wheel("sample", "1.0"))

        assert list(site.audit_log.entries(OPERATOR, OF_SAMPLE)) == []
        with database.index(DEFAULT_INDEX).open_snapshot() as snapshot:
            assert snapshot.projects.find(SAMPLE) is None
            assert snapshot.journal.last_serial() == 0
        publish(site, alice, build_wheel("sample", "1.0"))
        assert len(list(site.audit_log.entries(OPERATOR, OF_SAMPLE))) == 4


def test_a_request_with_a_good_token_writes_nothing(tmp_path: Path, alice: Actor) -> None:
    with opened(tmp_path) as (_, site):
        secret = site.issue_token(OPERATOR, "alice", "another").secret
        with statements() as seen:
            site.authenticate(TokenCredentials(secret), HERE)

        assert seen
        assert all(each.startswith("SELECT") for each in seen)


def test_a_lock_out_outlives_a_restart_and_holds_in_every_process(tmp_path: Path, alice: Actor) -> None:
    with opened(tmp_path) as (_, site):
        for _attempt in range(10):
            with pytest.raises(InvalidCredentials):
                site.authenticate(WRONG, HERE)

    with opened(tmp_path) as (_, first), opened(tmp_path) as (_, second):
        for each in (first, second):
            with pytest.raises(TooMany, match="wait"):
                each.authenticate(RIGHT, HERE)


def test_processes_share_the_count_of_uploads(tmp_path: Path, alice: Actor) -> None:
    limits = Limits(uploads="2/3600")
    with opened(tmp_path, limits) as (_, first), opened(tmp_path, limits) as (_, second):
        publish(first, alice, build_wheel("sample", "1.0"))
        publish(second, alice, build_wheel("sample", "2.0"))

        with pytest.raises(TooMany, match="Too many files were uploaded"):
            publish(first, alice, build_wheel("sample", "3.0"))


def test_a_limit_that_is_off_stops_no_upload(tmp_path: Path, alice: Actor) -> None:
    off = Limits(failed_logins_by_address="0", failed_logins_by_user="none", uploads="", new_projects="0")
    with opened(tmp_path, off) as (_, site):
        for _attempt in range(12):
            with pytest.raises(InvalidCredentials):
                site.authenticate(WRONG, HERE)
        assert site.authenticate(RIGHT, HERE).username == "alice"
        assert site.forget_history().rate_counts == 0


def test_the_default_limit_allows_three_hundred_uploads_in_a_row() -> None:
    limits = Limits()

    quota, window = (int(each) for each in limits.uploads.split("/"))

    assert quota >= 300
    assert window <= 3600


class TestCommand:
    @pytest.fixture
    def printed(
        self, tmp_path: Path, alice: Actor, capsys: pytest.CaptureFixture[str]
    ) -> Callable[..., list[str]]:
        """Return a function that gives the lines that the command prints."""
        with opened(tmp_path) as (_, site):
            publish(site, alice, build_wheel("sample", "1.0"))
            index = site.index(DEFAULT_INDEX)
            index.yank_release(alice, SAMPLE, parse_version("1.0"), Yank("it \u2026 burns"))

        def printed_with(*options: str) -> list[str]:
            assert run(["audit", "--data", str(tmp_path), *options]) == 0
            return capsys.readouterr().out.splitlines()

        return printed_with

    def test_prints_a_line_for_each_write_the_newest_first(
        self, printed: Callable[..., list[str]], alice: Actor
    ) -> None:
        lines = printed("--project", "Sample")

        assert len(lines) == 5
        who = f"alice (token {alice.token_id}) from 192.0.2.7 [twine/6.0]: "
        assert lines[0].endswith(f'{who}release-yanked pypi sample 1.0 {{"yank":{{"reason":"it … burns"}}}}')
        assert f"{who}file-published pypi sample 1.0 sample-1.0-py3-none-any.whl" in lines[1]

    def test_prints_json_for_programs(self, printed: Callable[..., list[str]], alice: Actor) -> None:
        entries = [json.loads(each) for each in printed("--json")]

        assert [each["id"] for each in entries] == sorted((each["id"] for each in entries), reverse=True)
        assert entries[0]["action"] == "release-yanked"
        assert entries[0]["origin"] == {"address": "192.0.2.7", "user_agent": "twine/6.0"}
        assert entries[0]["token_id"] == alice.token_id
        assert entries[0]["detail"] == {"yank": {"reason": "it … burns"}}

    def test_audit_prints_the_requested_entries(self, printed: Callable[..., list[str]]) -> None:
        assert len(printed("--user", "alice")) == 5
        assert {" (local): " in each for each in printed("--user", "operator")} == {True}
        assert len(printed("--index", "pypi", "--limit", "2")) == 2
        assert len(printed("--limit", "0")) == len(printed())
        assert printed("--index", "other") == []
