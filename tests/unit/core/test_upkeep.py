"""What happens behind the scenes: reactions, sweeping, checking."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta

import pytest
from packaging.version import Version

from pypi_contracts.assembly import TEST_INDEX, InMemorySite
from pypi_contracts.builders import build_wheel
from pypi_contracts.documentation import build_documentation
from pypi_core.domain.accounts import ANONYMOUS, Actor
from pypi_core.domain.blob_keys import BlobKind, distribution_key
from pypi_core.domain.indexes import DEFAULT_INDEX
from pypi_core.domain.names import NormalizedName
from pypi_core.errors import ConcurrentChange, StoredContentDamaged, Unavailable
from pypi_core.ports.blobs import LocalFile
from pypi_core.ports.environment import HeartBeat
from pypi_core.ports.outbox import TaskState
from pypi_core.ports.pages import PageKind
from pypi_core.ports.periodic_work import PeriodicWorkKind
from pypi_core.ports.search import SearchQuery
from pypi_core.use_cases.upkeep.check_integrity import DamageKind
from pypi_core.use_cases.upkeep.do_periodic_work import DoPeriodicWork, PeriodicJob
from pypi_core.use_cases.upkeep.leases import DEFAULT_TERMS, no_heart_beat, reason_of
from pypi_core.use_cases.upkeep.work_off_outbox import Reacts, WorkOffOutbox

Served = Mapping[str, Callable[[], object]]
NAME = NormalizedName("sample")
DAY = timedelta(days=1)


class Killed(BaseException):
    """The end of a process."""


def killed(name: NormalizedName) -> None:
    raise Killed


def work_off(
    memory: InMemorySite, carry_out: Reacts, *, limit: int = 1000, heart_beat: HeartBeat = no_heart_beat
) -> int:
    return WorkOffOutbox(
        memory.database.outbox,
        lambda index, kind: carry_out,
        memory.clock,
        memory.randomness,
        heart_beat=heart_beat,
    )(limit=limit)


def periodic(memory: InMemorySite, do: Callable[[], object]) -> DoPeriodicWork:
    job = PeriodicJob(do=do, every=timedelta(hours=6), at_once=True)
    return DoPeriodicWork(
        memory.database.periodic_work,
        {PeriodicWorkKind.SWEEP_BLOBS: job},
        memory.clock,
        DEFAULT_TERMS,
        no_heart_beat,
    )


@pytest.fixture
def memory() -> InMemorySite:
    return InMemorySite()


@pytest.fixture
def alice(memory: InMemorySite) -> Actor:
    return memory.actor("alice")


class TestReactions:
    def test_make_a_project_findable(self, memory: InMemorySite, alice: Actor) -> None:
        memory.publish(alice, build_wheel(name="sample", version="1.0", summary="Counts sheep"))
        query = SearchQuery(words="sheep")
        assert memory.index.search.by_words(ANONYMOUS, query).hits == ()

        memory.work()

        [hit] = memory.index.search.by_words(ANONYMOUS, query).hits
        assert (hit.name, hit.version, hit.summary) == ("sample", "1.0", "Counts sheep")

    def test_make_a_project_findable_by_what_it_is_imported_as(
        self, memory: InMemorySite, alice: Actor
    ) -> None:
        wheel = build_wheel(
            name="pillow-like", version="1.0", modules={"PIL/__init__.py": "", "_speed.py": ""}
        )
        memory.publish(alice, wheel)
        memory.work()

        [hit] = memory.index.search.by_words(ANONYMOUS, SearchQuery(words="PIL")).hits

        assert hit.name == "pillow-like"
        assert memory.index.search.by_words(ANONYMOUS, SearchQuery(words="speed")).hits == ()

    def test_show_the_newest_final_release(self, memory: InMemorySite, alice: Actor) -> None:
        for version in ("1.0", "2.0rc1", "1.5"):
            memory.publish(alice, build_wheel(name="sample", version=version))
        memory.work()

        [hit] = memory.index.search.by_words(ANONYMOUS, SearchQuery(words="sample")).hits

        assert hit.version == "1.5"

    def test_stay_on_their_index(self, memory: InMemorySite, alice: Actor) -> None:
        memory.publish(alice, build_wheel(name="sample", version="1.0"), memory.site.index(TEST_INDEX))
        memory.work()

        assert memory.index.search.by_words(ANONYMOUS, SearchQuery(words="sample")).hits == ()

    def test_warm_the_pages(self, memory: InMemorySite, alice: Actor) -> None:
        memory.publish(alice, build_wheel(name="sample", version="1.0"))
        memory.work()

        served = memory.index.pages.project(ANONYMOUS, NAME, PageKind.SIMPLE_JSON)

        assert b"sample-1.0-py3-none-any.whl" in served.page.body

    def test_are_gone_when_done(self, memory: InMemorySite, alice: Actor) -> None:
        memory.publish(alice, build_wheel(name="sample", version="1.0"))
        assert memory.database.outbox.waiting() > 0

        memory.work()

        assert memory.database.outbox.waiting() == 0

    def test_that_fail_are_tried_again_and_buried_in_the_end(
        self, memory: InMemorySite, alice: Actor
    ) -> None:
        memory.publish(alice, build_wheel(name="sample", version="1.0"))

        def broken(name: NormalizedName) -> None:
            raise RuntimeError(f"no {name} today")

        work = WorkOffOutbox(
            memory.database.outbox, lambda index, kind: broken, memory.clock, memory.randomness
        )
        waiting = memory.database.outbox.waiting()
        attempts = []
        for _ in range(100):
            attempts.append(work())
            memory.clock.advance(timedelta(minutes=31))

        assert sum(attempts) == 8 * waiting
        assert memory.database.outbox.waiting() == 0
        [first, *_others] = buried = memory.database.outbox.tasks(memory.clock.now(), TaskState.BURIED)
        assert len(buried) == waiting
        assert first.error == "RuntimeError: no sample today"

    def test_that_need_what_is_unavailable_wait_until_it_is_back(
        self, memory: InMemorySite, alice: Actor
    ) -> None:
        memory.publish(alice, build_wheel(name="sample", version="1.0"))

        def away(name: NormalizedName) -> None:
            raise Unavailable("The search is not available at the moment: try again later.")

        work = WorkOffOutbox(
            memory.database.outbox, lambda index, kind: away, memory.clock, memory.randomness
        )
        waiting = memory.database.outbox.waiting()
        for _ in range(100):
            work()
            memory.clock.advance(timedelta(minutes=10))
        assert memory.database.outbox.waiting() == waiting

        work()
        memory.clock.advance(timedelta(minutes=2))
        memory.work()

        assert memory.database.outbox.waiting() == 0

    def test_that_fail_do_not_come_back_at_once(self, memory: InMemorySite, alice: Actor) -> None:
        memory.publish(alice, build_wheel(name="sample", version="1.0"))

        def broken(name: NormalizedName) -> None:
            raise RuntimeError

        work = WorkOffOutbox(
            memory.database.outbox, lambda index, kind: broken, memory.clock, memory.randomness
        )

        assert work() > 0
        assert work() == 0

    def test_are_claimed_one_at_a_time(self, memory: InMemorySite, alice: Actor) -> None:
        for number in range(20):
            memory.publish(alice, build_wheel(name=f"sample-{number}", version="1.0"))
        waiting = memory.database.outbox.waiting()

        with pytest.raises(Killed):
            work_off(memory, killed)
        done = work_off(memory, lambda name: None)

        assert done == waiting - 1
        memory.clock.advance(timedelta(seconds=31))
        assert work_off(memory, lambda name: None) == 1

    def test_that_kill_every_worker_are_buried_in_the_end(self, memory: InMemorySite, alice: Actor) -> None:
        memory.publish(alice, build_wheel(name="sample", version="1.0"))
        waiting = memory.database.outbox.waiting()
        deaths = 0
        while memory.database.outbox.waiting():
            try:
                work_off(memory, killed)
            except Killed:
                deaths += 1
            memory.clock.advance(timedelta(seconds=31))

        assert deaths == 8 * waiting
        [first, *_others] = memory.database.outbox.tasks(memory.clock.now(), TaskState.BURIED)
        assert first.error == "No worker came to its end in 8 attempts."

    def test_that_take_long_keep_their_lease(self, memory: InMemorySite, alice: Actor) -> None:
        memory.publish(alice, build_wheel(name="sample", version="1.0"))
        beats: list[Callable[[], bool]] = []

        @contextmanager
        def heart_beat(beat: Callable[[], bool], every: timedelta) -> Iterator[None]:
            assert every == timedelta(seconds=10)
            beats.append(beat)
            yield

        def slow(name: NormalizedName) -> None:
            memory.clock.advance(timedelta(seconds=20))
            assert beats[-1]()
            memory.clock.advance(timedelta(seconds=20))
            assert memory.database.outbox.standing(memory.clock.now()).claimed == 1

        waiting = memory.database.outbox.waiting()
        assert work_off(memory, slow, heart_beat=heart_beat) == waiting
        assert memory.database.outbox.waiting() == 0

    def test_that_lost_their_lease_are_done_again(self, memory: InMemorySite, alice: Actor) -> None:
        memory.publish(alice, build_wheel(name="sample", version="1.0"))
        waiting = memory.database.outbox.waiting()

        def stopped(name: NormalizedName) -> None:
            memory.clock.advance(timedelta(seconds=31))
            assert work_off(memory, lambda name: None, limit=1) == 1

        work_off(memory, stopped, limit=1)

        # What the worker wrote late may be older than what the other one wrote.
        assert memory.database.outbox.waiting() == waiting
        assert work_off(memory, lambda name: None) == waiting

    def test_fail_for_reasons_that_every_database_can_keep(self) -> None:
        reason = reason_of(RuntimeError("\0\udc80" + "x" * 10_000))

        assert reason.startswith("RuntimeError: \ufffd?xxx")
        assert len(reason) == 4000

    def test_end_when_the_worker_is_stopped(self, memory: InMemorySite, alice: Actor) -> None:
        memory.publish(alice, build_wheel(name="sample", version="1.0"))
        done: list[NormalizedName] = []

        def do(name: NormalizedName) -> None:
            done.append(name)

        work = WorkOffOutbox(memory.database.outbox, lambda index, kind: do, memory.clock, memory.randomness)

        assert work(is_stopping=lambda: bool(done)) == 1

    def test_are_limited_to_the_number_asked_for(self, memory: InMemorySite, alice: Actor) -> None:
        for number in range(10):
            memory.publish(alice, build_wheel(name=f"sample-{number}", version="1.0"))

        assert memory.site.work_off_outbox(limit=6) == 6


class TestPeriodicWork:
    def test_is_done_when_it_is_due(self, memory: InMemorySite) -> None:
        assert memory.site.do_periodic_work() > 0  # the sizes are counted at once
        assert memory.site.do_periodic_work() == 0

        memory.clock.advance(timedelta(hours=6))

        assert memory.site.do_periodic_work() == len(PeriodicWorkKind)

    def test_that_fails_is_told_of_and_done_again(self, memory: InMemorySite) -> None:
        outcomes = iter((RuntimeError("no sweep today"), None))

        def do() -> None:
            if error := next(outcomes):
                raise error

        work = periodic(memory, do)
        assert work() == 1
        [state] = memory.database.periodic_work.states()
        assert state.error == "RuntimeError: no sweep today"
        assert state.due == memory.clock.now() + timedelta(minutes=5)

        memory.clock.advance(timedelta(minutes=5))

        assert work() == 1
        [state] = memory.database.periodic_work.states()
        assert (state.error, state.due) == ("", memory.clock.now() + timedelta(hours=6))

    @pytest.mark.parametrize(("error", "traced"), [(Unavailable("away"), False), (RuntimeError("odd"), True)])
    def test_leaves_a_trace_in_the_log_unless_a_service_is_away(
        self, memory: InMemorySite, caplog: pytest.LogCaptureFixture, error: Exception, traced: bool
    ) -> None:
        def do() -> None:
            raise error

        periodic(memory, do)()

        [record] = caplog.records
        assert (record.getMessage(), bool(record.exc_info)) == (f"sweep-blobs failed: {error}", traced)

    def test_of_a_dead_worker_is_taken_over(self, memory: InMemorySite) -> None:
        def die() -> None:
            raise Killed

        with pytest.raises(Killed):
            periodic(memory, die)()
        assert periodic(memory, lambda: None)() == 0

        memory.clock.advance(timedelta(seconds=30))

        assert periodic(memory, lambda: None)() == 1

    def test_is_not_begun_when_the_worker_is_stopped(self, memory: InMemorySite) -> None:
        assert memory.site.do_periodic_work(is_stopping=lambda: True) == 0


class TestSweep:
    def test_frees_blobs_that_no_index_lists(self, memory: InMemorySite, alice: Actor) -> None:
        wheel = build_wheel(name="sample", version="1.0")
        memory.publish(alice, wheel)
        memory.index.delete_file(alice, NAME, wheel.filename)
        memory.clock.advance(2 * DAY)

        condemning = memory.site.sweep_blobs(DAY)
        memory.clock.advance(DAY)
        outcome = memory.site.sweep_blobs(DAY)

        assert condemning.objects == 0
        assert outcome.objects == 2  # the wheel and its metadata
        assert outcome.size == len(wheel.content) + len(wheel.metadata)
        assert list(memory.blobs.all()) == []

    def test_keeps_blobs_that_another_index_lists(self, memory: InMemorySite, alice: Actor) -> None:
        wheel = build_wheel(name="sample", version="1.0")
        memory.publish(alice, wheel)
        memory.publish(alice, wheel, memory.site.index(TEST_INDEX))
        memory.index.delete_file(alice, NAME, wheel.filename)
        for _ in range(2):
            memory.clock.advance(2 * DAY)
            assert memory.site.sweep_blobs(DAY).objects == 0
        assert list(memory.site.check_integrity(thorough=True)) == []

    def test_keeps_blobs_younger_than_the_grace_period(self, memory: InMemorySite, alice: Actor) -> None:
        wheel = build_wheel(name="sample", version="1.0")
        memory.publish(alice, wheel)
        memory.index.delete_file(alice, NAME, wheel.filename)
        memory.clock.advance(DAY / 2)

        assert memory.site.sweep_blobs(DAY).objects == 0

    def test_counts_the_age_from_the_last_put(self, memory: InMemorySite, alice: Actor) -> None:
        wheel = build_wheel(name="sample", version="1.0")
        memory.publish(alice, wheel)
        memory.index.delete_file(alice, NAME, wheel.filename)
        memory.clock.advance(2 * DAY)
        # The same bytes arrive for another index, and its row is not committed yet.
        memory.publish(alice, wheel, memory.site.index(TEST_INDEX))
        memory.site.index(TEST_INDEX).delete_file(alice, NAME, wheel.filename)

        assert memory.site.sweep_blobs(DAY).objects == 0

    def test_leaves_a_condemned_object_that_was_uploaded_again(
        self, memory: InMemorySite, alice: Actor
    ) -> None:
        wheel = build_wheel(name="sample", version="1.0")
        memory.publish(alice, wheel)
        memory.index.delete_file(alice, NAME, wheel.filename)
        memory.clock.advance(2 * DAY)
        memory.site.sweep_blobs(DAY)
        memory.publish(alice, wheel, memory.site.index(TEST_INDEX))
        memory.clock.advance(2 * DAY)

        assert memory.site.sweep_blobs(DAY).objects == 0
        assert list(memory.site.check_integrity(thorough=True)) == []

    def test_refuses_an_upload_of_bytes_that_it_is_deleting(self, memory: InMemorySite, alice: Actor) -> None:
        wheel = build_wheel(name="sample", version="1.0")
        memory.publish(alice, wheel)
        memory.index.delete_file(alice, NAME, wheel.filename)
        memory.clock.advance(2 * DAY)
        memory.site.sweep_blobs(DAY)
        memory.clock.advance(2 * DAY)
        now = memory.clock.now()
        keys = memory.database.condemned_blobs.begin_deleting(now, now - DAY, now, 10)

        with pytest.raises(ConcurrentChange):
            memory.publish(alice, wheel, memory.site.index(TEST_INDEX))
        memory.database.condemned_blobs.finish_deleting(keys, now)
        memory.clock.advance(DAY / 12)
        memory.publish(alice, wheel, memory.site.index(TEST_INDEX))

        assert list(memory.site.check_integrity(thorough=True)) == []

    def test_finishes_what_a_dead_sweep_began(self, memory: InMemorySite, alice: Actor) -> None:
        wheel = build_wheel(name="sample", version="1.0")
        memory.publish(alice, wheel)
        memory.index.delete_file(alice, NAME, wheel.filename)
        memory.clock.advance(2 * DAY)
        memory.site.sweep_blobs(DAY)
        memory.clock.advance(2 * DAY)
        now = memory.clock.now()
        memory.database.condemned_blobs.begin_deleting(now, now - DAY, now, 10)

        assert memory.site.sweep_blobs(DAY).objects == 0
        memory.clock.advance(2 * DAY)
        assert memory.site.sweep_blobs(DAY).objects == 2

    def test_frees_uploads_that_were_abandoned(self, memory: InMemorySite) -> None:
        memory.staging.begin().append(b"the beginning of something")
        memory.clock.advance(2 * DAY)

        assert memory.site.sweep_blobs(DAY).staged == 1


class TestCheck:
    def test_reports_nothing_on_a_sound_index(self, memory: InMemorySite, alice: Actor) -> None:
        memory.publish(alice, build_wheel(name="sample", version="1.0"))

        assert list(memory.site.check_integrity(thorough=True)) == []

    @pytest.mark.parametrize("thorough", [False, True])
    def test_finds_a_row_without_bytes(self, memory: InMemorySite, alice: Actor, thorough: bool) -> None:
        wheel = build_wheel(name="sample", version="1.0")
        memory.publish(alice, wheel)
        [file] = memory.index.projects.read(ANONYMOUS, NAME).files
        memory.blobs.delete(distribution_key(file.digests))

        [damage] = memory.site.check_integrity(thorough=thorough)

        assert (damage.index, damage.filename, damage.kind) == (
            DEFAULT_INDEX,
            wheel.filename,
            DamageKind.MISSING,
        )
        assert damage.key.kind is BlobKind.DISTRIBUTION

    def test_finds_bytes_that_changed_when_it_is_thorough(self, memory: InMemorySite, alice: Actor) -> None:
        wheel = build_wheel(name="sample", version="1.0")
        memory.publish(alice, wheel)
        spoil(memory, BlobKind.DISTRIBUTION, bytes(len(wheel.content)))

        assert list(memory.site.check_integrity()) == []
        [damage] = memory.site.check_integrity(thorough=True)
        assert damage.kind is DamageKind.CHANGED

    @pytest.mark.parametrize("thorough", [False, True])
    @pytest.mark.parametrize(
        "kind", [BlobKind.DISTRIBUTION, BlobKind.DOCUMENTATION, BlobKind.DOCUMENTATION_PAGE]
    )
    def test_finds_bytes_that_were_cut_off(
        self, memory: InMemorySite, alice: Actor, kind: BlobKind, thorough: bool
    ) -> None:
        memory.publish(alice, build_wheel(name="sample", version="1.0"))
        memory.document(alice, "sample", "1.0", build_documentation({"index.html": b"<p>Hello"}))
        memory.work()
        spoil(memory, kind, b"cut")

        [damage] = memory.site.check_integrity(thorough=thorough)

        assert (damage.kind, damage.key.kind) == (DamageKind.CHANGED, kind)

    def test_reads_core_metadata_when_it_is_thorough(self, memory: InMemorySite, alice: Actor) -> None:
        wheel = build_wheel(name="sample", version="1.0")
        memory.publish(alice, wheel)
        spoil(memory, BlobKind.CORE_METADATA, bytes(len(wheel.metadata)))

        [damage] = memory.site.check_integrity(thorough=True)

        assert (damage.kind, damage.key.kind) == (DamageKind.CHANGED, BlobKind.CORE_METADATA)


def spoil(memory: InMemorySite, kind: BlobKind, content: bytes | None) -> None:
    """Put *content* in the place of all stored objects of a kind, or nothing."""
    for each in list(memory.blobs.all()):
        if each.key.kind is kind:
            memory.blobs.delete(each.key)
            if content is not None:
                memory.blobs.put(each.key, content)


class TestServing:
    """Damaged bytes are an error of ours, never an answer."""

    @pytest.fixture
    def published(self, memory: InMemorySite, alice: Actor) -> Served:
        memory.publish(alice, build_wheel(name="sample", version="1.0"))
        memory.document(alice, "sample", "1.0", build_documentation({"index.html": b"<p>Hello"}))
        memory.work()
        [file] = memory.index.projects.read(ANONYMOUS, NAME).files
        address = ANONYMOUS, file.filename, file.digests.blake2_256
        documentation = memory.index.documentation
        return {
            "file": lambda: memory.index.downloads.file(*address),
            "file at the root": lambda: memory.site.downloads.file(*address),
            "metadata": lambda: memory.index.downloads.metadata(*address),
            "metadata at the root": lambda: memory.site.downloads.metadata(*address),
            "page": lambda: documentation.page(ANONYMOUS, NAME, Version("1.0"), "index.html"),
            "archive": lambda: documentation.archive(ANONYMOUS, NAME, Version("1.0")),
        }

    @pytest.mark.parametrize("content", [b"cut", None], ids=["cut", "missing"])
    @pytest.mark.parametrize(
        ("served", "kind"),
        [
            ("file", BlobKind.DISTRIBUTION),
            ("file at the root", BlobKind.DISTRIBUTION),
            ("metadata", BlobKind.CORE_METADATA),
            ("metadata at the root", BlobKind.CORE_METADATA),
            ("page", BlobKind.DOCUMENTATION_PAGE),
            ("archive", BlobKind.DOCUMENTATION),
        ],
    )
    def test_a_damaged_file_is_refused_with_what_to_do(
        self, memory: InMemorySite, published: Served, served: str, kind: BlobKind, content: bytes | None
    ) -> None:
        published[served]()
        spoil(memory, kind, content)

        with pytest.raises(StoredContentDamaged, match=f"{kind}/.*sample.*restore it from a backup"):
            published[served]()


def test_a_missing_blob_is_an_error_of_ours(memory: InMemorySite, alice: Actor) -> None:
    wheel = build_wheel(name="sample", version="1.0")
    memory.publish(alice, wheel)
    [file] = memory.index.projects.read(ANONYMOUS, NAME).files
    assert not isinstance(
        memory.index.downloads.file(ANONYMOUS, file.filename, file.digests.blake2_256).location, LocalFile
    )
    memory.blobs.delete(distribution_key(file.digests))

    with pytest.raises(StoredContentDamaged):
        memory.index.downloads.file(ANONYMOUS, file.filename, file.digests.blake2_256)


class TestSearch:
    def test_a_search_that_was_lost_is_filled_again(self, memory: InMemorySite) -> None:
        ada = memory.actor("ada")
        for number in range(3):
            memory.publish(ada, build_wheel(f"sample-{number}", "1.0"))

        count = memory.index.rebuild_search(only_if_empty=True)

        hits = memory.index.search.by_words(ANONYMOUS, SearchQuery(words="sample")).hits
        assert (count, len(hits)) == (3, 3)
        assert memory.index.rebuild_search(only_if_empty=True) == 0
        assert memory.index.rebuild_search() == 3

    def test_an_index_without_projects_has_nothing_to_fill(self, memory: InMemorySite) -> None:
        assert memory.index.rebuild_search(only_if_empty=True) == 0
