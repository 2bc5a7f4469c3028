from __future__ import annotations

import os
import random
import resource
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from textwrap import dedent

import pytest

from pypi_blobs.local import LocalBlobStore
from pypi_blobs.local_layout import LocalLayout, write_all
from pypi_blobs.local_staging import LocalStaging
from pypi_contracts.suites.blobs import BlobStoreContract, at_once, key_of
from pypi_contracts.suites.staging import StagingContract, begin, stage
from pypi_core.domain.digests import digests_of
from pypi_core.errors import ConcurrentChange, StagedContentNotFound, Unavailable
from pypi_core.ports.blobs import BlobStore, LocalFile, Staging
from pypi_environment.randomness import SystemRandomness

_FAR_AHEAD = datetime(2999, 1, 1, tzinfo=UTC)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "data" / "blobs"


class TestLocalBlobStore(BlobStoreContract):
    @pytest.fixture
    def blobs(self, root: Path) -> BlobStore:
        return LocalBlobStore(root)

    def test_an_object_lies_at_the_path_of_its_key(self, blobs: BlobStore, root: Path) -> None:
        key = key_of(b"content")
        blobs.put(key, b"content")
        location = blobs.locate(key, "content-1.0.tar.gz")
        assert location == LocalFile(str(root / key.path))
        assert (root / key.path).read_bytes() == b"content"

    def test_only_the_owner_may_read(self, blobs: BlobStore, root: Path) -> None:
        blobs.put(key_of(b"content"), b"content")
        for each in [root, *root.rglob("*")]:
            assert stat.S_IMODE(each.stat().st_mode) == (0o700 if each.is_dir() else 0o600), each

    @pytest.mark.parametrize("keeps_order", [True, False])
    def test_a_put_replaces_what_is_there_on_any_file_system(self, tmp_path: Path, keeps_order: bool) -> None:
        layout = LocalLayout(tmp_path, keeps_order=keeps_order)
        target = tmp_path / key_of(b"content").path
        for content in (b"damaged", b"content"):
            file = layout.staging / "file"
            file.write_bytes(content)
            layout.install(file, key_of(b"content"))
            assert target.read_bytes() == content
            assert not file.exists()

    def test_a_file_that_is_not_an_object_is_not_listed(self, blobs: BlobStore, root: Path) -> None:
        key = key_of(b"content")
        blobs.put(key, b"content")
        folder = (root / key.path).parent
        (folder / "notes.txt").write_text("not an object")
        (folder / ("0" * 60)).mkdir()
        (folder / ("1" * 60)).symlink_to(root / key.path)
        (root / "distributions" / "stray").write_text("not an object")
        assert [each.key for each in blobs.all()] == [key]

    def test_a_put_mends_a_damaged_object(self, blobs: BlobStore, root: Path) -> None:
        key = key_of(b"content")
        blobs.put(key, b"content")
        (root / key.path).write_bytes(b"rotten")
        blobs.put(key, b"content")
        assert (root / key.path).read_bytes() == b"content"

    def test_the_age_is_that_of_the_put(self, blobs: BlobStore) -> None:
        before = datetime.now(UTC)
        blobs.put(key_of(b"content"), b"content")
        found = blobs.find(key_of(b"content"))
        assert found is not None
        assert before <= found.last_put <= datetime.now(UTC)

    def test_a_put_succeeds_while_all_unfinished_files_are_swept(self, blobs: BlobStore, root: Path) -> None:
        staging = LocalStaging(root, SystemRandomness())

        def put() -> None:
            for number in range(100):
                blobs.put(key_of(bytes([number])), bytes([number]))

        def sweep() -> None:
            for _ in range(300):
                staging.sweep(_FAR_AHEAD)

        at_once(put, sweep)
        assert len(list(blobs.all())) == 100

    def test_the_remains_of_a_crashed_put_are_swept(self, blobs: BlobStore, root: Path) -> None:
        (root / "staging" / "0123.put").write_bytes(b"half an obj")
        assert LocalStaging(root, SystemRandomness()).sweep(_FAR_AHEAD) == 1
        assert list((root / "staging").iterdir()) == []

    def test_a_put_that_fails_leaves_nothing(self, blobs: BlobStore, root: Path) -> None:
        content = b"x" * 100_000
        with largest_file(4096), pytest.raises(OSError, match="File too large"):
            blobs.put(key_of(content), content)
        assert list(blobs.all()) == []
        assert list((root / "staging").iterdir()) == []


class TestLocalStaging(StagingContract):
    @pytest.fixture
    def blobs(self, root: Path) -> BlobStore:
        return LocalBlobStore(root)

    @pytest.fixture
    def staging(self, root: Path, blobs: BlobStore) -> Staging:
        return LocalStaging(root, SystemRandomness())

    def test_adopting_copies_nothing(self, staging: Staging, root: Path) -> None:
        staged = stage(staging, b"content")
        (file,) = (root / "staging").iterdir()
        before = file.stat().st_ino
        staging.adopt(staged, key_of(b"content"))
        assert (root / key_of(b"content").path).stat().st_ino == before

    def test_an_upload_in_many_pieces_is_not_read_again_each_time(self, staging: Staging) -> None:
        content = bytes(range(256)) * 8000
        identifier = begin(staging, b"").identifier
        before = bytes_read()
        for at in range(0, len(content), 10_000):
            staging.resume(identifier).append(content[at : at + 10_000])
        assert bytes_read() - before < len(content)
        assert staging.resume(identifier).finish().digests == digests_of(content)

    def test_bytes_that_another_process_appended_are_read(self, staging: Staging, root: Path) -> None:
        identifier = begin(staging, b"one ").identifier
        other = LocalStaging(root, SystemRandomness())
        other.resume(identifier).append(b"two ")
        arrival = staging.resume(identifier)
        assert arrival.size == 8
        arrival.append(b"three")
        assert arrival.finish().digests == digests_of(b"one two three")

    def test_bytes_hashed_but_never_written_do_not_count(self, staging: Staging) -> None:
        identifier = begin(staging, b"x" * 4096).identifier
        with largest_file(4096), pytest.raises(OSError, match="File too large"):
            staging.resume(identifier).append(b"never written")
        arrival = staging.resume(identifier)
        assert arrival.size == 4096
        arrival.append(b"y")
        assert arrival.finish().digests == digests_of(b"x" * 4096 + b"y")

    def test_simultaneous_resumes_do_not_harm_each_other(self, staging: Staging) -> None:
        identifier = begin(staging, b"").identifier

        def insist() -> None:
            for _ in range(200):
                with suppress(StagedContentNotFound, ConcurrentChange):
                    staging.resume(identifier).append(b"x" * 1000)

        at_once(insist, insist, insist)
        arrival = staging.resume(identifier)
        assert arrival.finish().digests == digests_of(b"x" * arrival.size)

    def test_only_the_owner_may_read(self, staging: Staging, root: Path) -> None:
        arrival = begin(staging, b"unfinished")
        staging.adopt(stage(staging, b"content"), key_of(b"content"))
        for each in [root, *root.rglob("*")]:
            assert stat.S_IMODE(each.stat().st_mode) == (0o700 if each.is_dir() else 0o600), each
        arrival.discard()

    def test_adopted_and_discarded_uploads_leave_nothing_behind(self, staging: Staging, root: Path) -> None:
        staging.adopt(stage(staging, b"content"), key_of(b"content"))
        staging.discard(stage(staging, b"content"))
        begin(staging, b"content").discard()
        assert list((root / "staging").iterdir()) == []

    def test_an_upload_survives_the_process_that_received_it(self, staging: Staging, root: Path) -> None:
        identifier = run_python(
            f"""
            from pypi_blobs.local_staging import LocalStaging
            from pypi_environment.randomness import SystemRandomness
            arrival = LocalStaging({str(root)!r}, SystemRandomness()).begin()
            arrival.append(b"first ")
            print(arrival.identifier, flush=True)
            os._exit(0)
            """
        ).strip()
        arrival = staging.resume(identifier)
        arrival.append(b"second")
        assert arrival.finish().digests == digests_of(b"first second")

    def test_an_upload_that_another_process_receives_is_not_resumed(
        self, staging: Staging, root: Path
    ) -> None:
        arrival = begin(staging, b"first ")
        answer = run_python(
            f"""
            from pypi_blobs.local_staging import LocalStaging
            from pypi_core.errors import ConcurrentChange
            from pypi_environment.randomness import SystemRandomness
            try:
                LocalStaging({str(root)!r}, SystemRandomness()).resume({arrival.identifier!r})
            except ConcurrentChange as error:
                print(error)
            """
        )
        assert "try again" in answer
        assert arrival.finish().size == 6

    def test_an_arrival_that_failed_to_write_accepts_no_more_bytes(
        self, staging: Staging, root: Path
    ) -> None:
        arrival = begin(staging, b"first")
        with largest_file(4096), pytest.raises(OSError, match="File too large"):
            arrival.append(b"x" * 100_000)
        with pytest.raises(StagedContentNotFound):
            arrival.finish()
        resumed = staging.resume(arrival.identifier)
        assert resumed.size == 4096
        assert resumed.finish().digests == digests_of(b"first" + b"x" * 4091)

    def test_fewer_bytes_than_were_counted_are_not_adopted(self, staging: Staging, root: Path) -> None:
        staged = stage(staging, b"content")
        (file,) = (root / "staging").iterdir()
        file.write_bytes(b"cont")
        with pytest.raises(StagedContentNotFound):
            staging.adopt(staged, key_of(b"content"))

    def test_a_sweep_looks_at_the_age(self, staging: Staging, root: Path) -> None:
        old, young = begin(staging, b"old"), begin(staging, b"young")
        os.utime(root / "staging" / f"{old.identifier}.arriving", (1_000_000_000, 1_000_000_000))
        assert staging.sweep(datetime.now(UTC) - timedelta(days=1)) == 1
        assert young.finish().size == 5


def test_a_full_disk_is_reported_in_a_sentence() -> None:
    descriptor = os.open("/dev/full", os.O_WRONLY)
    try:
        with pytest.raises(Unavailable, match="no room left"):
            write_all(descriptor, b"content")
    finally:
        os.close(descriptor)


def test_a_kill_while_adopting_leaves_the_whole_object_or_none(root: Path) -> None:
    """A process adopts without end and is killed at any moment, twelve times on the same folder."""
    moments = random.Random(7)
    told: list[str] = []
    for _ in range(12):
        process = start_python(
            f"""
            from pypi_blobs.local_staging import LocalStaging
            from pypi_core.domain.blob_keys import distribution_key
            from pypi_environment.randomness import SystemRandomness
            staging, randomness = LocalStaging({str(root)!r}, SystemRandomness()), SystemRandomness()
            while True:
                arrival = staging.begin()
                for _ in range(4):
                    arrival.append(randomness.bytes(150_000))
                staged = arrival.finish()
                staging.adopt(staged, distribution_key(staged.digests))
                print(distribution_key(staged.digests).path, flush=True)
            """
        )
        with process:
            assert process.stdout is not None
            told.append(process.stdout.readline())
            time.sleep(moments.uniform(0, 0.02))
            process.kill()
            told += process.stdout.readlines()

    blobs = LocalBlobStore(root)
    stored = {each.key.path: each.key for each in blobs.all()}
    for key in stored.values():
        with blobs.open(key) as stream:
            assert digests_of(stream.read()).blake2_256 == key.blake2_256
    assert {line.strip() for line in told if line.endswith("\n")} <= stored.keys()
    LocalStaging(root, SystemRandomness()).sweep(_FAR_AHEAD)
    assert list((root / "staging").iterdir()) == []


def start_python(program: str) -> subprocess.Popen[str]:
    """Start *program* with the packages that this process sees."""
    return subprocess.Popen(
        [sys.executable, "-c", "import os\n" + dedent(program)],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )


def run_python(program: str) -> str:
    """Run *program* to its end and return what it printed."""
    with start_python(program) as process:
        output, _ = process.communicate()
    assert process.returncode == 0
    return output


def bytes_read() -> int:
    """Return how many bytes this process has read so far, of whatever."""
    return int(Path("/proc/self/io").read_text().split("rchar: ")[1].split()[0])


@contextmanager
def largest_file(size: int) -> Iterator[None]:
    """Let the system refuse to make a file larger than *size* bytes."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
