"""Workers that are killed, hang or share: real processes on a real database."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import pytest

import stopping_worker
from postgresql_cluster import running_cluster
from pypi_app.container import Container, assemble
from pypi_app.settings import LocalBlobsFirst, S3BlobsFirst
from pypi_blobs.s3_bucket import S3Bucket
from pypi_blobs.s3_settings import S3Blobs
from pypi_contracts.builders import build_wheel
from pypi_contracts.documentation import build_documentation
from pypi_core.domain.accounts import ANONYMOUS, OPERATOR
from pypi_core.domain.blob_keys import BlobKind
from pypi_core.domain.distributions import describe_upload
from pypi_core.domain.documentation import DocumentationState
from pypi_core.domain.entities import ProjectStatus, Status
from pypi_core.domain.indexes import DEFAULT_INDEX, IndexSettings
from pypi_core.domain.names import NormalizedName
from pypi_core.domain.versions import parse_version
from pypi_core.index import Index
from pypi_core.ports.blobs import StagedContent
from pypi_core.ports.pages import PageKind
from pypi_core.ports.periodic_work import PeriodicWorkKind
from pypi_core.ports.search import SearchQuery
from pypi_core.use_cases.upkeep.rendering import simple_page_key
from s3_servers import running_s3_server, settings_file
from stopping_worker import LEASE_SECONDS, worker_settings

if TYPE_CHECKING:
    from operator_command import OperatorOn

# Those that die on services in the middle of a reaction run with every change.
nightly = pytest.mark.nightly

SAMPLE, ONE = NormalizedName("sample"), parse_version("1.0")
WHEEL = build_wheel("sample", "1.0", summary="Counts sheep")
PUT_PAGE = "pypi_sql.pages:SqlPages.put"
PUT_DOCUMENT = "pypi_search.sqlite_fts:SqliteFtsSearch.put"
PUT_BLOB = "pypi_blobs.{}BlobStore.put"
DONE = "pypi_sql.outbox:SqlOutbox.done"


class Workers:
    """The workers of one index, and what is left for them to do."""

    def __init__(self, container: Container, data: Path, stack: contextlib.ExitStack) -> None:
        self.container = container
        self.site = container.site()
        self.index = self.site.index(DEFAULT_INDEX)
        self._settings = container.settings()
        self._stack = stack
        self.log = data.parent / "workers.log"

    def start(self, *place: str) -> subprocess.Popen[bytes]:
        """Start a worker, which stops itself at *place*."""
        settings = msgspec.json.encode(self._settings).decode()
        kind = "s3:S3" if isinstance(self._settings.blobs, S3Blobs) else "local:Local"
        where = [each.format(kind) for each in place]
        with self.log.open("ab") as log:
            process = subprocess.Popen(
                [sys.executable, stopping_worker.__file__, settings, *where], stderr=log
            )
        self._stack.callback(process.wait)
        self._stack.callback(process.kill)
        return process

    def start_and_wait_until_stopped(self, *place: str) -> subprocess.Popen[bytes]:
        """Start a worker, and return once it hangs at *place*."""
        process = self.start(*place)
        _, status = os.waitpid(process.pid, os.WUNTRACED)
        assert os.WIFSTOPPED(status), self.log.read_text()
        return process

    def wait_until(self, is_so: Callable[[], bool], seconds: float = 60) -> None:
        """Wait until something is so."""
        until = time.monotonic() + seconds
        while not is_so():
            assert time.monotonic() < until, self.log.read_text()
            time.sleep(0.05)

    def wait_until_done(self) -> None:
        """Wait until nothing is left to do."""
        self.wait_until(lambda: self.container.database().outbox.waiting() == 0)

    def claims(self) -> list[tuple[str, str]]:
        """Return which worker claimed which task, by their ids."""
        return re.findall(r"(\d+) claimed (\d+)", self.log.read_text())

    def publish(self, name: str = SAMPLE) -> None:
        """Publish a wheel."""
        wheel = WHEEL if name == SAMPLE else build_wheel(name, "1.0")
        staged = _arrived(self.index, wheel.content)
        with self.index.staging.open(staged) as archive:
            upload = describe_upload(wheel.filename, archive, staged.digests)
        self.index.publish_file(OPERATOR, upload, staged)

    def document(self) -> None:
        """Publish documentation of the wheel."""
        pages = {f"page-{number}.html": f"<p>the page {number}" for number in range(10)}
        archive = build_documentation(pages)
        self.index.publish_documentation(OPERATOR, SAMPLE, ONE, _arrived(self.index, archive))

    def assert_all_is_there(self) -> None:
        """Make sure that everything derived from the wheel is there."""
        [hit] = self.index.search.by_words(ANONYMOUS, SearchQuery(words="sheep")).hits
        assert hit.name == SAMPLE
        rows = self.container.database().index(DEFAULT_INDEX)
        with rows.open_snapshot() as snapshot:
            project = snapshot.projects.get(SAMPLE)
            for kind in (PageKind.SIMPLE_JSON, PageKind.SIMPLE_HTML):
                assert rows.pages.find(simple_page_key(project, snapshot.record, kind))
            documentation = snapshot.documentation.of(project.id)
        assert {each.state for each in documentation} <= {DocumentationState.READY}
        assert list(self.site.check_integrity(thorough=True)) == []


def _arrived(index: Index, content: bytes) -> StagedContent:
    arrival = index.staging.begin()
    arrival.append(content)
    return arrival.finish()


SERVICES = ("PostgreSQL", "PostgreSQL and S3")


@pytest.fixture(
    params=[
        pytest.param("SQLite", marks=[pytest.mark.slow, nightly]),
        pytest.param("PostgreSQL", marks=[pytest.mark.service, nightly]),
        pytest.param("PostgreSQL and S3", marks=pytest.mark.service),
    ]
)
def workers(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Workers]:
    """Return the workers of an index with one project; none is started yet."""
    with contextlib.ExitStack() as stack:
        url = None
        blobs: LocalBlobsFirst | S3BlobsFirst = LocalBlobsFirst()
        if request.param == "PostgreSQL and S3":
            blobs = stack.enter_context(running_s3_server("MinIO")).settings()
            S3Bucket(blobs).create()
        if request.param in SERVICES:
            cluster = stack.enter_context(running_cluster())
            url = cluster.url(stack.enter_context(cluster.database()))
        settings = worker_settings(str(tmp_path / "data"), url, blobs)
        settings.make_data_folder()
        container = assemble(settings)
        stack.callback(container.database().dispose)
        container.database().migrate()
        container.site().create_index(OPERATOR, DEFAULT_INDEX, IndexSettings())
        found = Workers(container, tmp_path / "data", stack)
        # With an empty search a worker would fill it before anything else.
        found.publish("other")
        container.site().work_off_outbox()
        if "periodic" not in request.node.name:
            # A process of which one thread hangs must not stand in the middle of another one's transaction.
            container.site().do_periodic_work()
        yield found


@pytest.mark.parametrize(
    ("place", "when", "number"),
    [
        pytest.param(PUT_PAGE, "after", "2", id="rendering"),
        pytest.param(PUT_DOCUMENT, "before", "1", id="indexing"),
        pytest.param(DONE, "before", "1", id="finishing"),
        pytest.param(PUT_BLOB, "after", "4", id="unpacking"),
    ],
)
class TestReactions:
    def test_of_a_killed_worker_are_done_by_another(
        self, workers: Workers, place: str, when: str, number: str
    ) -> None:
        workers.publish()
        workers.document()
        dying = workers.start_and_wait_until_stopped(place, when, number)
        dying.send_signal(signal.SIGKILL)
        assert workers.container.database().outbox.waiting() > 0

        workers.start()

        workers.wait_until_done()
        workers.assert_all_is_there()

    @nightly
    def test_of_a_hanging_worker_are_taken_over(
        self, workers: Workers, place: str, when: str, number: str
    ) -> None:
        workers.publish()
        workers.document()
        hanging = workers.start_and_wait_until_stopped(place, when, number)

        workers.start()

        workers.wait_until_done()
        workers.assert_all_is_there()
        # It goes on with what it has lost, and does no harm.
        hanging.send_signal(signal.SIGCONT)
        time.sleep(LEASE_SECONDS)
        workers.wait_until_done()
        workers.assert_all_is_there()
        assert hanging.poll() is None


@nightly
def test_what_a_hanging_worker_read_too_early_does_not_win(workers: Workers) -> None:
    workers.publish()
    hanging = workers.start_and_wait_until_stopped(PUT_DOCUMENT, "before", "1")
    workers.start()
    workers.wait_until_done()
    workers.index.set_project_status(OPERATOR, SAMPLE, ProjectStatus(Status.QUARANTINED))
    workers.wait_until_done()
    found = workers.index.search.by_words(ANONYMOUS, SearchQuery(words="sheep"))
    assert found.hits == ()

    hanging.send_signal(signal.SIGCONT)

    # It puts what it read before the quarantine, notices that it was late, and lets it be done again.
    workers.wait_until(lambda: "took longer than its lease" in workers.log.read_text())
    workers.wait_until(
        lambda: workers.index.search.by_words(ANONYMOUS, SearchQuery(words="sheep")).hits == ()
    )


@nightly
def test_a_slow_reaction_keeps_its_lease(workers: Workers) -> None:
    workers.publish()
    for _ in range(2):
        workers.start(PUT_DOCUMENT, "slow", "1")
    workers.wait_until_done()
    workers.assert_all_is_there()
    assert len(workers.claims()) == 2


@nightly
def test_periodic_work_of_a_killed_worker_is_done_by_another(workers: Workers) -> None:
    workers.publish()
    dying = workers.start_and_wait_until_stopped("pypi_sql.periodic_work:SqlPeriodicWork.end", "before", "1")
    dying.send_signal(signal.SIGKILL)
    database = workers.container.database()

    def ended() -> bool:
        return any(
            each.kind is PeriodicWorkKind.COUNT_SIZES and each.ended
            for each in database.periodic_work.states()
        )

    assert not ended()
    workers.start()
    workers.wait_until(ended)


@nightly
def test_two_workers_share_without_doing_anything_twice_at_once(workers: Workers) -> None:
    for number in range(40):
        workers.publish(f"sample-{number}")
    for _ in range(2):
        workers.start()
    workers.wait_until_done()
    claims = workers.claims()
    assert len({task for _worker, task in claims}) == len(claims) == 80
    assert len({worker for worker, _task in claims}) == 2


@nightly
def test_a_poisoned_reaction_is_buried_shown_and_tried_again_by_command(
    workers: Workers, operator_on: OperatorOn, tmp_path: Path
) -> None:
    workers.publish()
    workers.document()
    blobs = workers.container.blobs()
    [zipped] = [each.key for each in blobs.all() if each.key.kind is BlobKind.DOCUMENTATION]
    with blobs.open(zipped) as stream:
        content = stream.read()
    blobs.delete(zipped)
    workers.start()
    outbox, clock = workers.container.database().outbox, workers.container.clock()
    workers.wait_until(lambda: outbox.standing(clock.now()).buried == 1)
    settings = workers.container.settings()
    options = ["--database", settings.database] if settings.database else []
    if isinstance(settings.blobs, S3Blobs):
        options += ["--settings", str(settings_file(tmp_path, settings.blobs))]
    run = operator_on(tmp_path / "data", *options, "--json")

    [buried] = run("outbox", "list", "--state", "buried").result["tasks"]
    assert (buried["kind"], buried["attempts"]) == ("unpack-documentation", 3)
    shown = run("outbox", "show", buried["id"]).result
    assert shown == buried
    assert shown["error"]
    blobs.put(zipped, content)
    assert run("outbox", "retry", "--all").result == {"ids": [buried["id"]]}

    workers.wait_until_done()
    workers.assert_all_is_there()
    assert outbox.standing(clock.now()).buried == 0
