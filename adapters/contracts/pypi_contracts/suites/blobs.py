"""What every blob store must do."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest

from pypi_core.domain.blob_keys import BlobKey, BlobKind, core_metadata_key, distribution_key
from pypi_core.domain.digests import digests_of
from pypi_core.errors import BlobNotFound
from pypi_core.ports.blobs import BlobStore, LocalFile, RemoteUrl, Streamed

_MOMENT = timedelta(microseconds=1)


class BlobStoreContract:
    """Inherit and provide the fixture ``blobs``, an empty store."""

    @pytest.fixture
    def blobs(self) -> BlobStore:
        """Return an empty store."""
        raise NotImplementedError

    def let_time_pass(self) -> None:
        """Make the store's clock tell another moment, where it does not do so by itself."""

    def test_an_object_is_read_back_as_it_was_put(self, blobs: BlobStore) -> None:
        key = key_of(b"content")
        blobs.put(key, b"content")
        with blobs.open(key) as stream:
            assert stream.read() == b"content"
        found = blobs.find(key)
        assert found is not None
        assert (found.key, found.size) == (key, 7)

    def test_an_object_may_be_empty(self, blobs: BlobStore) -> None:
        blobs.put(key_of(b""), b"")
        with blobs.open(key_of(b"")) as stream:
            assert stream.read() == b""

    def test_an_opened_object_is_seekable(self, blobs: BlobStore) -> None:
        blobs.put(key_of(b"0123456789"), b"0123456789")
        with blobs.open(key_of(b"0123456789")) as stream:
            stream.seek(-3, 2)
            assert stream.read() == b"789"
            stream.seek(2)
            assert stream.read(2) == b"23"

    def test_an_object_that_is_not_there_is_not_found(self, blobs: BlobStore) -> None:
        key = key_of(b"absent")
        assert blobs.find(key) is None
        with pytest.raises(BlobNotFound) as opened:
            blobs.open(key)
        with pytest.raises(BlobNotFound):
            blobs.locate(key, "absent-1.0.tar.gz")
        assert opened.value.key == key.path

    def test_an_object_is_somewhere(self, blobs: BlobStore) -> None:
        blobs.put(key_of(b"content"), b"content")
        location = blobs.locate(key_of(b"content"), "content-1.0.tar.gz")
        match location:
            case LocalFile(path):
                assert Path(path).read_bytes() == b"content"
            case Streamed(size, open_content):
                with open_content() as stream:
                    assert (size, stream.read()) == (7, b"content")
            case RemoteUrl(url):
                assert url

    def test_kinds_do_not_share_objects(self, blobs: BlobStore) -> None:
        blobs.put(core_metadata_key(digests_of(b"wheel")), b"Name: wheel")
        assert blobs.find(distribution_key(digests_of(b"wheel"))) is None

    def test_putting_twice_changes_nothing_but_the_age(self, blobs: BlobStore) -> None:
        key = key_of(b"content")
        blobs.put(key, b"content")
        first = blobs.find(key)
        self.let_time_pass()
        blobs.put(key, b"content")
        second = blobs.find(key)
        assert first is not None
        assert second is not None
        assert second.last_put > first.last_put
        assert [each.key for each in blobs.all()] == [key]

    def test_the_time_of_a_put_is_aware(self, blobs: BlobStore) -> None:
        blobs.put(key_of(b"content"), b"content")
        found = blobs.find(key_of(b"content"))
        assert found is not None
        assert found.last_put.utcoffset() == timedelta(0)

    def test_all_objects_are_listed(self, blobs: BlobStore) -> None:
        contents = [f"content {number}".encode() for number in range(20)]
        for content in contents:
            blobs.put(key_of(content), content)
            blobs.put(core_metadata_key(digests_of(content)), b"Name: x")
        listed = list(blobs.all())
        assert len(listed) == 40
        assert {each.key for each in listed} >= {key_of(content) for content in contents}
        assert all(each == blobs.find(each.key) for each in listed)

    def test_objects_are_listed_in_the_order_of_their_keys(self, blobs: BlobStore) -> None:
        digests = [digests_of(b"%d" % number) for number in range(20)]
        keys = [BlobKey(kind, each.blake2_256) for each in digests for kind in reversed(BlobKind)]
        for key in keys:
            blobs.put(key, b"content")
        assert [each.key for each in blobs.all()] == sorted(keys)

    def test_an_empty_store_lists_nothing(self, blobs: BlobStore) -> None:
        assert list(blobs.all()) == []

    def test_objects_may_be_deleted_while_they_are_listed(self, blobs: BlobStore) -> None:
        for number in range(10):
            blobs.put(key_of(bytes([number])), bytes([number]))
        for each in blobs.all():
            blobs.delete(each.key)
        assert list(blobs.all()) == []

    def test_deleting_an_object_that_is_not_there_does_nothing(self, blobs: BlobStore) -> None:
        blobs.put(key_of(b"content"), b"content")
        for _ in range(2):
            blobs.delete(key_of(b"content"))
            assert blobs.find(key_of(b"content")) is None

    def test_a_reader_keeps_an_object_deleted_meanwhile(self, blobs: BlobStore) -> None:
        blobs.put(key_of(b"content"), b"content")
        with blobs.open(key_of(b"content")) as stream:
            blobs.delete(key_of(b"content"))
            assert stream.read() == b"content"

    def test_an_object_deleted_is_put_again(self, blobs: BlobStore) -> None:
        key = key_of(b"content")
        blobs.put(key, b"content")
        blobs.delete(key)
        blobs.put(key, b"content")
        with blobs.open(key) as stream:
            assert stream.read() == b"content"

    def test_a_reader_sees_the_whole_object_or_none(self, blobs: BlobStore) -> None:
        content = b"0123456789" * 100_000
        key = key_of(content)
        seen: set[int] = set()
        written = threading.Event()

        def write() -> None:
            for _ in range(20):
                blobs.put(key, content)
                blobs.delete(key)
            blobs.put(key, content)
            written.set()

        def read() -> None:
            while not written.is_set():
                seen.add(_size_read(blobs, key))
            seen.add(_size_read(blobs, key))

        at_once(write, read, read)
        assert seen - {-1} == {len(content)}

    def test_many_threads_put_the_same_object(self, blobs: BlobStore) -> None:
        key = key_of(b"content")
        at_once(*[partial(blobs.put, key, b"content")] * 8)
        assert [each.key for each in blobs.all()] == [key]


def key_of(content: bytes) -> BlobKey:
    """Return the key of a distribution file with *content*."""
    return distribution_key(digests_of(content))


def at_once(*actions: Callable[[], object]) -> None:
    """Run callables in a thread each, started together; what one of them raises is raised."""
    barrier = threading.Barrier(len(actions))
    errors: list[BaseException] = []

    def run(action: Callable[[], object]) -> None:
        try:
            barrier.wait()
            action()
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=run, args=(action,)) for action in actions]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if errors:
        raise errors[0]


def _size_read(blobs: BlobStore, key: BlobKey) -> int:
    try:
        with blobs.open(key) as stream:
            return len(stream.read())
    except BlobNotFound:
        return -1
