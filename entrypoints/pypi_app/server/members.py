"""What the processes of one server have counted, so that each can answer for all."""

from __future__ import annotations

import fcntl
import os
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import msgspec

from pypi_app.metrics import lasting
from pypi_http_api.traffic import Sample, Traffic

_SUFFIX = ".counts"
_ENDED = f"ended{_SUFFIX}"

_decoder = msgspec.msgpack.Decoder(list[tuple[Sample, float]])


class Members:
    """
    Keeps the counts of each process in a file of *folder*, and those of processes that ended in one more.

    A process writes its file every second: of one that is killed the last second is lost.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def publish(self, samples: Mapping[Sample, float]) -> None:
        """Let the other processes know *samples* of this one."""
        self._write(f"{os.getpid()}{_SUFFIX}", samples)

    async def publish_from(self, traffic: Traffic) -> None:
        """Let the other processes know what *traffic* has counted."""
        self.publish(traffic.samples())

    def others(self) -> Sequence[Mapping[Sample, float]]:
        """Return what the other processes have counted, also those that ended."""
        own = f"{os.getpid()}{_SUFFIX}"
        with self._locked(fcntl.LOCK_SH):
            return [self._read(each) for each in self._folder.glob(f"*{_SUFFIX}") if each.name != own]

    def retire(self, pid: int) -> None:
        """Keep what a process counted that has ended, and forget what it was doing."""
        file = self._folder / f"{pid}{_SUFFIX}"
        with self._locked(fcntl.LOCK_EX):
            if file.exists():
                kept = Counter(lasting(self._read(file)))
                if (ended := self._folder / _ENDED).exists():
                    kept.update(self._read(ended))
                self._write(_ENDED, kept)
                file.unlink()

    def _read(self, file: Path) -> Mapping[Sample, float]:
        return dict(_decoder.decode(file.read_bytes()))

    def _write(self, name: str, samples: Mapping[Sample, float]) -> None:
        new = self._folder / f"{name}.new"
        new.write_bytes(msgspec.msgpack.encode(list(samples.items())))
        new.replace(self._folder / name)

    @contextmanager
    def _locked(self, how: int) -> Iterator[None]:
        """Keep what is read from being moved meanwhile."""
        descriptor = os.open(self._folder / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, how)
            yield
        finally:
            os.close(descriptor)
