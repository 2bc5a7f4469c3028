"""Uploads on their way into a bucket."""

from __future__ import annotations

import os
import re
from bisect import bisect
from collections import OrderedDict
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from functools import partial
from itertools import groupby, islice
from threading import Lock
from typing import TYPE_CHECKING, BinaryIO, Final
from weakref import WeakValueDictionary

import msgspec

from pypi_blobs.range_reader import open_ranges
from pypi_blobs.s3_arrival import Part, Progress, S3Arrival, Spool, parse_part
from pypi_blobs.s3_bucket import PART_SIZE, S3Bucket
from pypi_blobs.s3_failures import ObjectNotFound
from pypi_core.domain.blob_keys import BlobKey
from pypi_core.domain.digests import Digests
from pypi_core.errors import StagedContentNotFound
from pypi_core.ports.blobs import Arrival, InUse, StagedContent, Staging
from pypi_core.ports.environment import Randomness

_FOLDER: Final = "staging"
_FINISHED: Final = "finished"
_IDENTIFIER: Final = re.compile(r"[0-9a-f]{32}\Z")
_LOCAL: Final = re.compile(r"local-[0-9a-f]{32}\Z")
_AT_A_TIME: Final = 500
_BLOCK: Final = 1024 * 1024
_MOST_REMEMBERED: Final = 64


class _Finished(msgspec.Struct, frozen=True):
    """What is written beside the parts of a finished upload."""

    size: int
    digests: Digests
    parts: tuple[Part, ...]


class S3Staging:
    """
    Stage uploads in the bucket where an `S3BlobStore` keeps its objects.

    The parts of an upload that may be resumed are objects of their own, which the store joins when it
    is adopted.  Each has a name that is used once, and whoever finishes an upload writes down which parts
    it consists of: two processes that append to the same one cannot mix their bytes.  An upload that
    nobody resumes waits in a temporary file of this machine, and is sent when it is adopted.
    """

    def __init__(self, bucket: S3Bucket, randomness: Randomness, part_size: int = PART_SIZE) -> None:
        self._bucket = bucket
        self._randomness = randomness
        self.part_size = part_size
        self._arrivals: WeakValueDictionary[str, S3Arrival] = WeakValueDictionary()
        self._progress: OrderedDict[str, Progress] = OrderedDict()
        self._local: dict[str, Spool] = {}
        self._locks: WeakValueDictionary[str, _Turn] = WeakValueDictionary()
        self._remembering = Lock()
        # Its threads are started when the first large chunk arrives.
        self._executor = ThreadPoolExecutor(os.cpu_count() or 1, thread_name_prefix="hashing")

    def begin(self, *, resumable: bool = True) -> Arrival:
        identifier = self._randomness.bytes(16).hex()
        progress = Progress(self._executor)
        if not resumable:
            return S3Arrival(self, f"local-{identifier}", progress, resumable=False)
        return self._arrival(identifier, progress)

    def resume(self, identifier: str) -> Arrival:
        """Go on with an upload; what another process received is read again, see `Staging.resume`."""
        # Of two at once the second cuts the first off: they would share what is known, and mix their bytes.
        with self._turn(identifier):
            if earlier := self._arrivals.get(identifier):
                earlier.cut_off()
            parts, is_finished = self._look_at(identifier)
            known = self._known(identifier)
            if is_finished or (known is None and not parts):
                raise StagedContentNotFound(identifier)
            if known is None or known.parts != parts:
                known = self._read_again(identifier, parts)
            return self._arrival(identifier, known)

    def size_of(self, identifier: str) -> int | None:
        parts, is_finished = self._look_at(identifier)
        known = None if is_finished else self._known(identifier)
        if not parts and not is_finished and known is None:
            return None
        return max(parts[-1].end if parts else 0, known.size if known else 0)

    def recover(self, identifier: str) -> StagedContent:
        """Return what was written down when the upload was finished; its bytes are not read."""
        finished = self._finished(identifier)
        return StagedContent(identifier=identifier, size=finished.size, digests=finished.digests)

    def open(self, staged: StagedContent) -> BinaryIO:
        if spool := self._local.get(staged.identifier):
            return spool.open()
        return self._open(staged.identifier, self._required(staged).parts)

    def adopt(self, staged: StagedContent, key: BlobKey) -> None:
        """Send an upload that waits here, or let the store join its parts, see `Staging.adopt`."""
        with self._turn(staged.identifier):
            if spool := self._local.get(staged.identifier):
                self._bucket.put_stream(key.path, spool.open(), spool.size)
            else:
                self._join(staged.identifier, self._required(staged), key)
            self.forget(staged.identifier)

    def discard(self, staged: StagedContent) -> None:
        self.forget(staged.identifier)

    def forget(self, identifier: str) -> None:
        if arrival := self._arrivals.pop(identifier, None):
            arrival.cut_off()
        if spool := self._local.pop(identifier, None):
            spool.close()
        with self._remembering:
            self._progress.pop(identifier, None)
        if _IDENTIFIER.match(identifier):
            self._bucket.delete(each.path for each in self._bucket.list(f"{_FOLDER}/{identifier}/"))

    def sweep(self, older_than: datetime, in_use: InUse | None = None) -> int:
        """Forget what was abandoned, see `Staging.sweep`."""
        # What a process was sending to the store when it died.
        forgotten = self._bucket.abort_uploads(older_than)
        abandoned = self._touched_before(older_than)
        while identifiers := list(islice(abandoned, _AT_A_TIME)):
            kept = in_use(identifiers) if in_use else ()
            for each in identifiers:
                if each not in kept:
                    self.forget(each)
                    forgotten += 1
        return forgotten

    def keep(self, identifier: str, progress: Progress) -> None:
        """Send the bytes behind the last full part to the bucket, as a part that a longer one may replace."""
        if progress.size == progress.kept:
            return
        waiting = progress.waiting
        start = progress.size - waiting.size
        token = self._randomness.bytes(8).hex()
        part = Part(start, waiting.size, f"{start:015d}-{waiting.size}-{token}")
        self._bucket.put(_path(identifier, part), waiting.read(0, waiting.size))
        replaced = [each for each in progress.parts if each.start == start]
        progress.parts = (*(each for each in progress.parts if each.start < start), part)
        if waiting.size == self.part_size:
            waiting.clear()
        self._bucket.delete(_path(identifier, each) for each in replaced)

    def finish(self, identifier: str, progress: Progress, *, resumable: bool) -> StagedContent:
        """Make the bytes of an arrival durable, or let them wait here if nobody resumes them."""
        staged = StagedContent(identifier=identifier, size=progress.size, digests=progress.hasher.digests())
        if not resumable:
            self._local[identifier] = progress.waiting
            return staged
        self.keep(identifier, progress)
        finished = _Finished(progress.size, staged.digests, progress.parts)
        self._bucket.put(f"{_FOLDER}/{identifier}/{_FINISHED}", msgspec.json.encode(finished))
        with self._remembering:
            self._progress.pop(identifier, None)
        return staged

    def _join(self, identifier: str, finished: _Finished, key: BlobKey) -> None:
        try:
            if not finished.parts:
                self._bucket.put(key.path, b"")
            elif not self._bucket.join([_path(identifier, each) for each in finished.parts], key.path):
                # A store that does not copy gets the bytes from here.
                self._bucket.put_stream(key.path, self._open(identifier, finished.parts), finished.size)
        except ObjectNotFound as error:
            raise StagedContentNotFound(identifier) from error

    def _required(self, staged: StagedContent) -> _Finished:
        finished = self._finished(staged.identifier)
        if (finished.size, finished.digests) != (staged.size, staged.digests):
            raise StagedContentNotFound(staged.identifier)
        return finished

    def _finished(self, identifier: str) -> _Finished:
        try:
            if not _IDENTIFIER.match(identifier):
                raise ObjectNotFound
            content, _ = self._bucket.read(f"{_FOLDER}/{identifier}/{_FINISHED}", 0, PART_SIZE)
            return msgspec.json.decode(content, type=_Finished)
        except ObjectNotFound as error:
            raise StagedContentNotFound(identifier) from error

    def _look_at(self, identifier: str) -> tuple[tuple[Part, ...], bool]:
        """Return the parts in the bucket that follow each other, and whether the upload is finished."""
        if not _IDENTIFIER.match(identifier):
            return (), False
        folder = f"{_FOLDER}/{identifier}/"
        names = [each.path[len(folder) :] for each in self._bucket.list(folder)]
        if _FINISHED in names:
            try:
                return self._finished(identifier).parts, True
            except StagedContentNotFound:
                return (), False  # adopted meanwhile
        return _chain(part for part in map(parse_part, names) if part), False

    def _read_again(self, identifier: str, parts: Sequence[Part]) -> Progress:
        progress = Progress(self._executor)
        progress.parts = tuple(parts)
        with self._open(identifier, parts) as content:
            for part in parts:
                progress.waiting.clear()
                while block := content.read(min(_BLOCK, part.end - progress.size)):
                    progress.take(block)
        if progress.waiting.size >= self.part_size:
            progress.waiting.clear()
        return progress

    def _open(self, identifier: str, parts: Sequence[Part]) -> BinaryIO:
        size = parts[-1].end if parts else 0
        return open_ranges(partial(self._read, identifier, parts), size)

    def _read(self, identifier: str, parts: Sequence[Part], start: int, length: int) -> bytes:
        part = parts[bisect(parts, start, key=lambda each: each.start) - 1]
        try:
            return self._bucket.read(
                _path(identifier, part), start - part.start, min(length, part.end - start)
            )[0]
        except ObjectNotFound as error:
            raise StagedContentNotFound(identifier) from error

    def _touched_before(self, moment: datetime) -> Iterator[str]:
        with self._remembering:
            here = {name: each.touched for name, each in self._progress.items()}
        objects = self._bucket.list(f"{_FOLDER}/")
        for identifier, group in groupby(objects, key=lambda each: each.path.split("/")[1]):
            touched = [each.written for each in group]
            if identifier in here:
                touched.append(here.pop(identifier))
            if max(touched) < moment and _IDENTIFIER.match(identifier):
                yield identifier
        yield from (identifier for identifier, touched in here.items() if touched < moment)

    def _known(self, identifier: str) -> Progress | None:
        with self._remembering:
            known = self._progress.get(identifier)
        return None if known is None or known.is_broken else known

    def _arrival(self, identifier: str, progress: Progress) -> S3Arrival:
        arrival = S3Arrival(self, identifier, progress, resumable=True)
        self._arrivals[identifier] = arrival
        with self._remembering:
            self._progress[identifier] = progress
            self._progress.move_to_end(identifier)
            if len(self._progress) > _MOST_REMEMBERED:
                self._progress.popitem(last=False)
        return arrival

    def _turn(self, identifier: str) -> _Turn:
        with self._remembering:
            return self._locks.setdefault(identifier, _Turn())


class _Turn:
    """A lock that is forgotten when nobody waits for it."""

    def __init__(self) -> None:
        self._lock = Lock()

    def __enter__(self) -> None:
        self._lock.acquire()

    def __exit__(self, *_: object) -> None:
        self._lock.release()


def _path(identifier: str, part: Part) -> str:
    return f"{_FOLDER}/{identifier}/{part.name}"


def _chain(parts: Iterable[Part]) -> tuple[Part, ...]:
    """Return parts that follow each other from the beginning on, of several at one place the longest."""
    longest: dict[int, Part] = {}
    for part in parts:
        if part.start not in longest or part.size > longest[part.start].size:
            longest[part.start] = part
    chain: list[Part] = []
    at = 0
    while at in longest and longest[at].size:
        chain.append(longest[at])
        at = longest[at].end
    return tuple(chain)


if TYPE_CHECKING:
    _: type[Staging] = S3Staging
