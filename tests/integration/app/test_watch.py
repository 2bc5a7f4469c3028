"""What a server finds missing."""

from __future__ import annotations

import json
import signal
import sqlite3
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import pytest
from dependency_injector import providers

from pypi_app.container import Container, assemble
from pypi_app.settings import Health, Settings
from pypi_contracts.builders import build_wheel
from pypi_core.domain.accounts import OPERATOR
from pypi_core.domain.indexes import DEFAULT_INDEX, IndexSettings
from pypi_core.domain.names import NormalizedName
from pypi_core.domain.reactions import Reaction, ReactionKind

if TYPE_CHECKING:
    from running_server import StartServer


@pytest.fixture
def container(tmp_path: Path) -> Container:
    settings = Settings(data=str(tmp_path), health=Health(disk_free=0))
    container = assemble(settings)
    container.database().migrate()
    container.blobs()
    return container


def parts(container: Container) -> list[tuple[str, bool]]:
    # Another one each time: a look is kept for a second.
    container.watch.reset()
    return [(each.part, each.stops_serving) for each in container.watch().look()]


def test_nothing_is_missing_at_first(container: Container) -> None:
    assert parts(container) == []


def test_a_database_that_lacks_a_migration_is_named(container: Container, tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "index.sqlite") as connection:
        connection.execute("UPDATE alembic_version SET version_num = '0001'")
    connection.close()

    assert parts(container)[0] == ("database", True)


def test_a_database_that_a_later_version_migrated_is_served(container: Container, tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "index.sqlite") as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    connection.close()

    assert parts(container) == []


def test_stored_files_that_are_not_mounted_are_named(container: Container, tmp_path: Path) -> None:
    (tmp_path / "blobs").rename(tmp_path / "elsewhere")
    assert parts(container) == [("blobs", True)]

    (tmp_path / "elsewhere").rename(tmp_path / "blobs")
    assert parts(container) == []


def test_a_disk_with_less_room_than_it_should_have_is_named(tmp_path: Path) -> None:
    container = assemble(Settings(data=str(tmp_path), health=Health(disk_free=2**62)))
    container.database().migrate()
    container.blobs()

    assert parts(container) == [("disk", False)]


class LaterClock:
    """Two hours ahead of the system."""

    def now(self) -> datetime:
        return datetime.now(UTC) + timedelta(hours=2)


def test_work_that_waits_and_a_missing_worker_are_named_with_since_when(tmp_path: Path) -> None:
    container = assemble(Settings(data=str(tmp_path), health=Health(disk_free=0)))
    container.database().migrate()
    site = container.site()
    site.create_index(OPERATOR, DEFAULT_INDEX, IndexSettings(title="Packages"))
    site.do_periodic_work()
    container.database().outbox.put(
        DEFAULT_INDEX, Reaction(ReactionKind.RENDER_PROJECT, NormalizedName("sample")), datetime.now(UTC)
    )
    assert container.watch().look() == []

    container.watch.reset()
    with container.clock.override(providers.Object(LaterClock())):
        watch = container.watch()
        missing = {each.part: each for each in watch.look()}

    assert missing.keys() == {"outbox", "worker"}
    assert not any(each.stops_serving for each in missing.values())
    hours = [(LaterClock().now() - each.since).total_seconds() / 3600 for each in missing.values()]
    assert all(1.9 < each < 2.1 for each in hours)
    samples = watch.samples()
    assert samples["pypi_outbox_tasks", "waiting"] == 1
    assert 7000 < samples["pypi_outbox_age_seconds",] < 7400
    assert samples["pypi_missing", "worker"] == 1


@pytest.mark.slow
def test_a_worker_that_begins_is_seen(start_server: StartServer) -> None:
    server = start_server("--no-worker", environment={"PYPI_HEALTH__WORKER_SECONDS": "1"})
    while "No worker is at work" not in server.get("health/ready").text:
        time.sleep(0.1)
    assert server.get("health/ready").status_code == 200

    command = [sys.executable, "-m", "pypi_app.server_command", "work", "--data", str(server.data)]
    with subprocess.Popen(command) as worker:
        while "No worker is at work" in server.get("health/ready").text:
            time.sleep(0.1)
        worker.terminate()


def test_what_is_missing_is_known_since_it_was_first_seen(container: Container, tmp_path: Path) -> None:
    watch = container.watch()
    watch._looked = float("-inf")
    (tmp_path / "blobs").rename(tmp_path / "elsewhere")
    (first,) = [each for each in watch.look() if each.part == "blobs"]
    watch._looked = float("-inf")
    (again,) = [each for each in watch.look() if each.part == "blobs"]

    assert first.since == again.since


@pytest.mark.slow
def test_a_server_of_one_process_outlives_sighup(start_server: StartServer) -> None:
    server = start_server("--no-worker")

    server.process.send_signal(signal.SIGHUP)
    while "SIGHUP replaces processes only where there are several" not in server.log:
        time.sleep(0.05)

    assert server.get("simple/").status_code == 200


@pytest.mark.slow
def test_an_operator_finds_the_log_line_by_what_a_user_saw(start_server: StartServer) -> None:
    server = start_server("--no-worker")
    wheel = build_wheel("sample", "1.0")

    refused = httpx.post(
        f"{server.url}legacy/",
        data=dict(wheel.form_fields()),
        files={"content": ("other-1.0-py3-none-any.whl", wheel.content)},
        headers={"Authorization": f"Bearer {server.token}", "Accept": "application/problem+json"},
        trust_env=False,
        timeout=60,
    )

    assert refused.status_code == 400
    lines = [json.loads(each) for each in server.log.splitlines() if each.startswith("{")]
    (line,) = [each for each in lines if each.get("request_id") == refused.json()["request_id"]]
    assert (line["path"], line["status"]) == ("/legacy/", 400)
    assert refused.headers["X-Request-Id"] == line["request_id"]
