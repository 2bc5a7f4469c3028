"""What every staging of uploads must do."""

from __future__ import annotations

from collections.abc import Sequence, Set
from datetime import UTC, datetime, timedelta

import pytest

from pypi_contracts.suites.blobs import at_once, key_of
from pypi_core.domain.digests import digests_of
from pypi_core.errors import StagedContentNotFound
from pypi_core.ports.blobs import Arrival, BlobStore, StagedContent, Staging

_LONG_AGO = datetime(2001, 1, 1, tzinfo=UTC)
_FAR_AHEAD = datetime(2999, 1, 1, tzinfo=UTC)
_MOMENT = timedelta(microseconds=1)


class StagingContract:
    """Inherit and provide the fixtures ``staging`` and ``blobs``, the empty store it adopts into."""

    @pytest.fixture
    def blobs(self) -> BlobStore:
        """Return an empty store."""
        raise NotImplementedError

    @pytest.fixture
    def staging(self, blobs: BlobStore) -> Staging:
        """Return a staging with nothing in it."""
        raise NotImplementedError

    def let_time_pass(self) -> None:
        """Make the clock tell another moment, where it does not do so by itself."""

    def test_bytes_are_counted_and_hashed_as_they_arrive(self, staging: Staging) -> None:
        arrival = staging.begin()
        for chunk in (b"one ", b"", b"two ", b"three"):
            arrival.append(chunk)
        assert arrival.size == 13
        staged = arrival.finish()
        assert (staged.identifier, staged.size) == (arrival.identifier, 13)
        assert staged.digests == digests_of(b"one two three")

    @pytest.mark.parametrize("size", [1, 100_000, 300_000, 3_000_000])
    def test_chunks_of_all_sizes_give_the_same_digests(self, staging: Staging, size: int) -> None:
        content = bytes(range(256)) * 20_000
        arrival = staging.begin()
        arrival.append(content[:1000])
        for start in range(1000, min(len(content), 1000 + 20 * size), size):
            arrival.append(content[start : start + size])
        staged = arrival.finish()
        assert staged.digests == digests_of(content[: staged.size])

    def test_an_upload_may_be_empty(self, staging: Staging) -> None:
        staged = staging.begin().finish()
        assert (staged.size, staged.digests) == (0, digests_of(b""))

    def test_identifiers_are_never_the_same(self, staging: Staging) -> None:
        assert len({staging.begin().identifier for _ in range(50)}) == 50

    def test_finished_bytes_are_read_back(self, staging: Staging) -> None:
        staged = stage(staging, b"0123456789")
        with staging.open(staged) as stream:
            stream.seek(-2, 2)
            assert stream.read() == b"89"
            stream.seek(0)
            assert stream.read() == b"0123456789"

    def test_adopted_bytes_are_in_the_store_and_no_longer_staged(
        self, staging: Staging, blobs: BlobStore
    ) -> None:
        staged = stage(staging, b"content")
        assert blobs.find(key_of(b"content")) is None
        staging.adopt(staged, key_of(b"content"))
        with blobs.open(key_of(b"content")) as stream:
            assert stream.read() == b"content"
        with pytest.raises(StagedContentNotFound):
            staging.open(staged)

    def test_bytes_are_adopted_once(self, staging: Staging) -> None:
        staged = stage(staging, b"content")
        staging.adopt(staged, key_of(b"content"))
        with pytest.raises(StagedContentNotFound) as caught:
            staging.adopt(staged, key_of(b"content"))
        assert caught.value.identifier == staged.identifier

    def test_one_of_two_adoptions_at_once_succeeds(self, staging: Staging, blobs: BlobStore) -> None:
        staged = stage(staging, b"content")
        refusals: list[StagedContentNotFound] = []

        def adopt() -> None:
            try:
                staging.adopt(staged, key_of(b"content"))
            except StagedContentNotFound as error:
                refusals.append(error)

        at_once(adopt, adopt)
        assert len(refusals) == 1
        assert blobs.find(key_of(b"content")) is not None

    def test_adopting_what_is_stored_renews_its_age(self, staging: Staging, blobs: BlobStore) -> None:
        blobs.put(key_of(b"content"), b"content")
        first = blobs.find(key_of(b"content"))
        self.let_time_pass()
        staging.adopt(stage(staging, b"content"), key_of(b"content"))
        second = blobs.find(key_of(b"content"))
        assert first is not None
        assert second is not None
        assert second.last_put > first.last_put

    def test_the_age_counts_from_the_adoption(self, staging: Staging, blobs: BlobStore) -> None:
        staged = stage(staging, b"content")
        self.let_time_pass()
        blobs.put(key_of(b"between"), b"between")
        self.let_time_pass()
        staging.adopt(staged, key_of(b"content"))
        between, adopted = blobs.find(key_of(b"between")), blobs.find(key_of(b"content"))
        assert between is not None
        assert adopted is not None
        assert adopted.last_put > between.last_put

    def test_discarded_bytes_are_gone(self, staging: Staging) -> None:
        staged = stage(staging, b"content")
        staging.discard(staged)
        staging.discard(staged)
        with pytest.raises(StagedContentNotFound):
            staging.open(staged)
        with pytest.raises(StagedContentNotFound):
            staging.adopt(staged, key_of(b"content"))
        assert staging.sweep(_FAR_AHEAD) == 0

    def test_a_discarded_arrival_takes_no_bytes(self, staging: Staging) -> None:
        arrival = begin(staging, b"content")
        arrival.discard()
        arrival.discard()
        with pytest.raises(StagedContentNotFound):
            arrival.append(b"more")
        with pytest.raises(StagedContentNotFound):
            arrival.finish()
        with pytest.raises(StagedContentNotFound):
            staging.resume(arrival.identifier)
        assert staging.sweep(_FAR_AHEAD) == 0

    def test_an_arrival_is_discarded_after_it_was_finished(self, staging: Staging) -> None:
        arrival = begin(staging, b"content")
        staged = arrival.finish()
        arrival.discard()
        with pytest.raises(StagedContentNotFound):
            staging.open(staged)

    def test_discarding_an_arrival_leaves_what_was_adopted(self, staging: Staging, blobs: BlobStore) -> None:
        arrival = begin(staging, b"content")
        staging.adopt(arrival.finish(), key_of(b"content"))
        arrival.discard()
        assert blobs.find(key_of(b"content")) is not None

    def test_nothing_is_appended_to_finished_bytes(self, staging: Staging) -> None:
        arrival = begin(staging, b"content")
        staged = arrival.finish()
        with pytest.raises(StagedContentNotFound):
            arrival.append(b"more")
        with staging.open(staged) as stream:
            assert stream.read() == b"content"

    def test_an_upload_is_resumed_where_it_ended(self, staging: Staging) -> None:
        identifier = begin(staging, b"first ").identifier
        arrival = staging.resume(identifier)
        assert (arrival.identifier, arrival.size) == (identifier, 6)
        arrival.append(b"second")
        staged = arrival.finish()
        assert (staged.size, staged.digests) == (12, digests_of(b"first second"))
        with staging.open(staged) as stream:
            assert stream.read() == b"first second"

    def test_an_upload_that_was_kept_goes_on_and_is_resumed(self, staging: Staging) -> None:
        arrival = begin(staging, b"first ")
        arrival.keep()
        arrival.append(b"second ")
        arrival.keep()
        resumed = staging.resume(arrival.identifier)
        assert resumed.size == 13
        resumed.append(b"third")
        assert resumed.finish().digests == digests_of(b"first second third")
        arrival.keep()
        resumed.keep()

    def test_bytes_that_nobody_resumes_are_adopted_by_who_received_them(
        self, staging: Staging, blobs: BlobStore
    ) -> None:
        for content in (b"", b"content", b"0123456789" * 1_000_000):
            arrival = staging.begin(resumable=False)
            for start in range(0, len(content), 300_000):
                arrival.append(content[start : start + 300_000])
            arrival.keep()
            staged = arrival.finish()
            assert (staged.size, staged.digests) == (len(content), digests_of(content))
            with staging.open(staged) as stream:
                assert stream.read() == content
            staging.adopt(staged, key_of(content))
            with pytest.raises(StagedContentNotFound):
                staging.adopt(staged, key_of(content))
            staging.discard(staged)
            arrival.discard()
            with blobs.open(key_of(content)) as stream:
                assert stream.read() == content

    def test_discarded_bytes_that_nobody_resumes_are_gone(self, staging: Staging) -> None:
        arrival = staging.begin(resumable=False)
        arrival.append(b"content")
        staged = arrival.finish()
        staging.discard(staged)
        with pytest.raises(StagedContentNotFound):
            staging.open(staged)
        with pytest.raises(StagedContentNotFound):
            arrival.append(b"more")
        assert staging.sweep(_FAR_AHEAD) == 0

    def test_resuming_cuts_off_the_previous_sender(self, staging: Staging) -> None:
        earlier = begin(staging, b"first ")
        later = staging.resume(earlier.identifier)
        with pytest.raises(StagedContentNotFound):
            earlier.append(b"from a dead connection")
        with pytest.raises(StagedContentNotFound):
            earlier.finish()
        earlier.discard()
        later.append(b"second")
        staged = later.finish()
        earlier.discard()
        assert staged.digests == digests_of(b"first second")
        with staging.open(staged) as stream:
            assert stream.read() == b"first second"

    @pytest.mark.parametrize(
        "identifier", ["", "unknown", "0" * 32, "../lock", "0" * 32 + "\n", "/etc/passwd"]
    )
    def test_unknown_bytes_cannot_be_resumed(self, staging: Staging, identifier: str) -> None:
        with pytest.raises(StagedContentNotFound):
            staging.resume(identifier)

    def test_finished_bytes_cannot_be_resumed(self, staging: Staging) -> None:
        staged = stage(staging, b"content")
        with pytest.raises(StagedContentNotFound):
            staging.resume(staged.identifier)

    def test_a_sweep_forgets_the_abandoned(self, staging: Staging) -> None:
        arrival, staged = begin(staging, b"unfinished"), stage(staging, b"finished")
        self.let_time_pass()
        assert staging.sweep(_FAR_AHEAD) == 2
        with pytest.raises(StagedContentNotFound):
            arrival.finish()
        with pytest.raises(StagedContentNotFound):
            staging.resume(arrival.identifier)
        with pytest.raises(StagedContentNotFound):
            staging.adopt(staged, key_of(b"finished"))
        assert staging.sweep(_FAR_AHEAD) == 0

    def test_a_sweep_leaves_recently_touched_bytes(self, staging: Staging) -> None:
        arrival, staged = begin(staging, b"unfinished"), stage(staging, b"finished")
        assert staging.sweep(_LONG_AGO) == 0
        assert arrival.finish().size == 10
        with staging.open(staged) as stream:
            assert stream.read() == b"finished"

    def test_a_sweep_leaves_bytes_that_are_still_referenced(self, staging: Staging) -> None:
        wanted = [begin(staging, b"unfinished").identifier, stage(staging, b"finished").identifier]
        unwanted = [begin(staging, b"unfinished"), begin(staging, b"another")]
        asked: list[str] = []

        def in_use(identifiers: Sequence[str]) -> Set[str]:
            asked.extend(identifiers)
            return set(wanted)

        self.let_time_pass()
        assert staging.sweep(_FAR_AHEAD, in_use) == 2
        assert sorted(asked) == sorted([*wanted, *(each.identifier for each in unwanted)])
        assert [staging.size_of(each) for each in wanted] == [10, 8]
        assert [staging.size_of(each.identifier) for each in unwanted] == [None, None]

    def test_counting_bytes_does_not_disturb_the_sender(self, staging: Staging) -> None:
        arrival = begin(staging, b"first ")
        assert staging.size_of(arrival.identifier) == 6
        arrival.append(b"second")
        assert staging.size_of(arrival.identifier) == 12
        staged = arrival.finish()
        assert staging.size_of(staged.identifier) == 12
        staging.discard(staged)
        assert staging.size_of(staged.identifier) is None

    @pytest.mark.parametrize("identifier", ["", "unknown", "0" * 32, "../lock", "/etc/passwd"])
    def test_unknown_bytes_have_no_size(self, staging: Staging, identifier: str) -> None:
        assert staging.size_of(identifier) is None
        staging.forget(identifier)
        with pytest.raises(StagedContentNotFound):
            staging.recover(identifier)

    def test_finished_bytes_can_be_described_again(self, staging: Staging) -> None:
        staged = stage(staging, b"content")
        assert staging.recover(staged.identifier) == staged
        staging.adopt(staged, key_of(b"content"))
        with pytest.raises(StagedContentNotFound):
            staging.recover(staged.identifier)

    def test_unfinished_bytes_are_not_recovered(self, staging: Staging) -> None:
        with pytest.raises(StagedContentNotFound):
            staging.recover(begin(staging, b"content").identifier)

    def test_discarded_bytes_are_gone_for_every_holder(self, staging: Staging) -> None:
        arrival, staged = begin(staging, b"unfinished"), stage(staging, b"finished")
        for each in (arrival.identifier, staged.identifier, arrival.identifier):
            staging.forget(each)
        with pytest.raises(StagedContentNotFound):
            arrival.finish()
        with pytest.raises(StagedContentNotFound):
            staging.resume(arrival.identifier)
        with pytest.raises(StagedContentNotFound):
            staging.open(staged)
        assert staging.sweep(_FAR_AHEAD) == 0

    def test_a_sweep_of_staged_bytes_leaves_stored_objects(self, staging: Staging, blobs: BlobStore) -> None:
        staging.adopt(stage(staging, b"content"), key_of(b"content"))
        assert staging.sweep(_FAR_AHEAD) == 0
        assert blobs.find(key_of(b"content")) is not None


def begin(staging: Staging, content: bytes) -> Arrival:
    """Begin an upload with *content*."""
    arrival = staging.begin()
    arrival.append(content)
    return arrival


def stage(staging: Staging, content: bytes) -> StagedContent:
    """Stage *content* whole."""
    return begin(staging, content).finish()
