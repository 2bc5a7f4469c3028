from __future__ import annotations

import io
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta

import msgspec
import pytest
import urllib3
from msgspec.structs import replace

from pypi_blobs.s3 import S3BlobStore
from pypi_blobs.s3_bucket import S3Bucket
from pypi_blobs.s3_settings import S3Blobs
from pypi_blobs.s3_staging import S3Staging
from pypi_contracts.suites.blobs import BlobStoreContract, key_of
from pypi_contracts.suites.staging import StagingContract, begin, stage
from pypi_core.domain.digests import digests_of
from pypi_core.errors import StagedContentNotFound
from pypi_core.ports.blobs import BlobStore, RemoteUrl, Staging, Streamed
from pypi_environment.randomness import SystemRandomness
from s3_servers import S3Server, running_s3_server

pytestmark = pytest.mark.service

MIB = 1024 * 1024
SMALLEST_PART = 5 * MIB
_FAR_AHEAD = datetime(2999, 1, 1, tzinfo=UTC)


@pytest.fixture(scope="module", params=["MinIO", "VersityGW", "MinIO in a container"])
def server(request: pytest.FixtureRequest) -> Iterator[S3Server]:
    with running_s3_server(request.param) as running:
        yield running


@pytest.fixture
def settings(server: S3Server) -> S3Blobs:
    return server.settings()


@pytest.fixture
def bucket(settings: S3Blobs) -> S3Bucket:
    bucket = S3Bucket(settings)
    bucket.create()
    return bucket


@pytest.fixture
def blobs(bucket: S3Bucket) -> BlobStore:
    return S3BlobStore(bucket)


@pytest.fixture
def staging(bucket: S3Bucket) -> Staging:
    return S3Staging(bucket, SystemRandomness(), SMALLEST_PART)


def let_a_second_pass() -> None:
    time.sleep(1.05)


class TestS3BlobStore(BlobStoreContract):
    @pytest.fixture
    def blobs(self, bucket: S3Bucket) -> BlobStore:
        return S3BlobStore(bucket)

    def let_time_pass(self) -> None:
        let_a_second_pass()


class TestS3Staging(StagingContract):
    @pytest.fixture
    def blobs(self, bucket: S3Bucket) -> BlobStore:
        return S3BlobStore(bucket)

    @pytest.fixture
    def staging(self, bucket: S3Bucket) -> Staging:
        return S3Staging(bucket, SystemRandomness(), SMALLEST_PART)

    def let_time_pass(self) -> None:
        let_a_second_pass()


class TestAcrossProcesses:
    """Two stagings on one bucket, as two servers have them."""

    @pytest.fixture
    def other(self, settings: S3Blobs, bucket: S3Bucket) -> Staging:
        return S3Staging(S3Bucket(settings), SystemRandomness(), SMALLEST_PART)

    def test_what_was_kept_is_resumed_elsewhere(
        self, staging: Staging, other: Staging, blobs: BlobStore
    ) -> None:
        content = bytes(range(256)) * 50_000
        arrival = begin(staging, content[: 2 * SMALLEST_PART + 1000])
        arrival.keep()
        assert other.size_of(arrival.identifier) == arrival.size

        resumed = other.resume(arrival.identifier)
        assert resumed.size == arrival.size
        resumed.append(content[resumed.size :])
        staged = resumed.finish()
        assert (staged.size, staged.digests) == (len(content), digests_of(content))
        assert staging.size_of(staged.identifier) == staged.size
        assert staging.recover(staged.identifier) == staged

        with staging.open(staged) as stream:
            assert stream.read() == content
        staging.adopt(staged, key_of(content))
        with blobs.open(key_of(content)) as stream:
            assert stream.read() == content
        assert other.size_of(staged.identifier) is None

    def test_an_upload_in_many_small_pieces_goes_back_and_forth(
        self, staging: Staging, other: Staging, blobs: BlobStore
    ) -> None:
        content = bytes(range(256)) * 25_000
        identifier = begin(staging, b"").identifier
        servers = [staging, staging, other, other, staging]
        for number, start in enumerate(range(0, len(content), 700_000)):
            arrival = servers[number % len(servers)].resume(identifier)
            assert arrival.size == start
            arrival.append(content[start : start + 700_000])
            arrival.keep()
        staged = staging.resume(identifier).finish()
        other.adopt(staged, key_of(content))
        with blobs.open(key_of(content)) as stream:
            assert stream.read() == content

    def test_two_senders_at_once_never_mix_their_bytes(
        self, staging: Staging, other: Staging, blobs: BlobStore
    ) -> None:
        first = begin(staging, b"a" * SMALLEST_PART)
        second = other.resume(first.identifier)
        first.append(b"b" * MIB)
        second.append(b"c" * MIB)
        second.keep()
        first.keep()
        whole = first.finish()
        assert whole.digests == digests_of(b"a" * SMALLEST_PART + b"b" * MIB)
        # What the other one finishes now replaces what is written down; the first is not found any more.
        other_whole = second.finish()
        with pytest.raises(StagedContentNotFound):
            staging.adopt(whole, key_of(b"never"))
        other.adopt(other_whole, key_of(b"c"))
        with blobs.open(key_of(b"c")) as stream:
            assert stream.read() == b"a" * SMALLEST_PART + b"c" * MIB

    def test_a_sweep_elsewhere_ends_an_upload(self, staging: Staging, other: Staging) -> None:
        arrival = begin(staging, b"content")
        arrival.keep()
        let_a_second_pass()
        assert other.sweep(_FAR_AHEAD) == 1
        with pytest.raises(StagedContentNotFound):
            other.resume(arrival.identifier)


def test_an_upload_that_nobody_resumes_is_sent_once(
    bucket: S3Bucket, staging: Staging, blobs: BlobStore, server: S3Server
) -> None:
    content = b"0123456789" * 1000
    requests: list[str] = []
    with recorded(bucket, requests):
        arrival = staging.begin(resumable=False)
        arrival.append(content)
        staged = arrival.finish()
        with staging.open(staged) as stream:
            stream.seek(-10, 2)
            assert stream.read() == b"0123456789"
        staging.adopt(staged, key_of(content))
        staging.discard(staged)
        arrival.discard()
    assert requests == ["PUT"]
    with blobs.open(key_of(content)) as stream:
        assert stream.read() == content
    with pytest.raises(StagedContentNotFound):
        staging.adopt(staged, key_of(content))


def test_a_large_upload_is_sent_in_parts(bucket: S3Bucket, staging: Staging, blobs: BlobStore) -> None:
    content = bytes(range(256)) * 80_000
    arrival = staging.begin(resumable=False)
    arrival.append(content)
    staging.adopt(arrival.finish(), key_of(content))
    with blobs.open(key_of(content)) as stream:
        assert stream.read() == content


def test_reading_a_small_object_takes_one_request(bucket: S3Bucket, blobs: BlobStore) -> None:
    blobs.put(key_of(b"content"), b"content")
    requests: list[str] = []
    with recorded(bucket, requests), blobs.open(key_of(b"content")) as stream:
        assert stream.read() == b"content"
        assert stream.read() == b""
    assert requests == ["GET"]


def test_a_file_sent_through_is_read_bit_by_bit(bucket: S3Bucket, blobs: BlobStore) -> None:
    content = bytes(range(256)) * 10_000
    blobs.put(key_of(content), content)
    requests: list[str] = []
    with recorded(bucket, requests):
        located = blobs.locate(key_of(content), "content-1.0.tar.gz")
        assert isinstance(located, Streamed)
        with located.open() as stream:
            stream.seek(1_000_000)
            assert stream.read(1000) == content[1_000_000:1_001_000]
    assert requests == ["HEAD", "GET"]


def test_a_store_that_does_not_copy_gets_the_bytes_again(
    bucket: S3Bucket, staging: Staging, blobs: BlobStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = bytes(range(256)) * 50_000
    staged = stage(staging, content)
    monkeypatch.setattr(bucket, "join", lambda _paths, _target: False)
    staging.adopt(staged, key_of(content))
    with blobs.open(key_of(content)) as stream:
        assert stream.read() == content


def test_what_lies_beside_the_prefix_is_left_alone(
    settings: S3Blobs, bucket: S3Bucket, blobs: BlobStore, staging: Staging
) -> None:
    beside = S3Bucket(replace(settings, prefix="some/index-2"))
    neighbour = S3BlobStore(beside)
    neighbour.put(key_of(b"content"), b"content")
    assert list(blobs.all()) == []
    staging.sweep(_FAR_AHEAD)
    assert [each.key for each in neighbour.all()] == [key_of(b"content")]


class TestLinks:
    def test_a_link_is_good_without_a_key_and_for_this_object_alone(
        self, settings: S3Blobs, bucket: S3Bucket
    ) -> None:
        sending = S3Bucket(replace(settings, downloads="redirect"))
        blobs = S3BlobStore(sending)
        for each in (b"content", b"another"):
            blobs.put(key_of(each), each)
        located = blobs.locate(key_of(b"content"), "content-1.0.tar.gz")
        assert isinstance(located, RemoteUrl)
        assert located.head is not None
        found = urllib3.request("GET", located.url)
        assert (found.status, found.data) == (200, b"content")
        assert found.headers["content-disposition"] == 'attachment; filename="content-1.0.tar.gz"'
        assert urllib3.request("HEAD", located.head).headers["content-length"] == "7"
        elsewhere = located.url.replace(key_of(b"content").path, key_of(b"another").path)
        assert urllib3.request("GET", elsewhere).status == 403
        assert urllib3.request("DELETE", located.url).status == 403
        assert list(blobs.origins) == [settings.endpoint]

    def test_a_link_expires(self, settings: S3Blobs, bucket: S3Bucket) -> None:
        blobs = S3BlobStore(S3Bucket(replace(settings, downloads="redirect", link_seconds=1)))
        blobs.put(key_of(b"content"), b"content")
        located = blobs.locate(key_of(b"content"), "content-1.0.tar.gz")
        assert isinstance(located, RemoteUrl)
        time.sleep(2.1)
        assert urllib3.request("GET", located.url).status == 403

    def test_a_link_leads_to_the_public_endpoint(self, settings: S3Blobs, bucket: S3Bucket) -> None:
        public = f"http://localhost:{settings.endpoint.rpartition(':')[2]}"
        blobs = S3BlobStore(
            S3Bucket(replace(settings, downloads="redirect", public_endpoint=public, region="us-east-1"))
        )
        blobs.put(key_of(b"content"), b"content")
        located = blobs.locate(key_of(b"content"), "content-1.0.tar.gz")
        assert isinstance(located, RemoteUrl)
        assert list(blobs.origins) == [public]
        assert located.url.startswith(f"{public}/")
        assert urllib3.request("GET", located.url).data == b"content"


@contextmanager
def recorded(bucket: S3Bucket, methods: list[str]) -> Iterator[None]:
    """Note the methods of all requests of the block."""
    client = bucket._client
    trace = io.StringIO()
    client.trace_on(trace)
    try:
        yield
    finally:
        client.trace_off()  # type: ignore[no-untyped-call]
        methods += re.findall(r"^([A-Z]+) \S+ HTTP/1.1$", trace.getvalue(), re.MULTILINE)


_DIES_WHILE_IT_WRITES = """
import io, os, signal, sys
import msgspec
from pypi_app.settings import S3BlobsFirst
from pypi_blobs.s3_bucket import S3Bucket

class Dying(io.BytesIO):
    def read(self, size=-1):
        if self.tell() >= 15_000_000:
            os.kill(os.getpid(), signal.SIGKILL)
        return super().read(size)

bucket = S3Bucket(msgspec.json.decode(sys.stdin.buffer.read(), type=S3BlobsFirst))
bucket.put_stream("distributions/large", Dying(bytes(20_000_000)), 20_000_000, 5 * 1024 * 1024)
"""


def test_parts_that_a_killed_process_left_are_dropped_after_the_grace_period(
    bucket: S3Bucket, staging: Staging, settings: S3Blobs
) -> None:
    died = subprocess.run(
        [sys.executable, "-c", _DIES_WHILE_IT_WRITES], input=msgspec.json.encode(settings), check=False
    )
    let_a_second_pass()
    now = datetime.now(UTC)

    assert died.returncode == -signal.SIGKILL
    assert bucket.find("distributions/large") is None
    assert staging.sweep(now - timedelta(hours=1)) == 0
    assert staging.sweep(now) == 1
    assert staging.sweep(now) == 0


def test_of_two_senders_that_continue_at_once_one_is_cut_off(staging: Staging) -> None:
    first = staging.begin()
    first.append(b"begun")
    first.keep()

    for _ in range(5):
        with ThreadPoolExecutor(2) as pool:
            both = list(pool.map(staging.resume, [first.identifier] * 2))
        continued = 0
        for each in both:
            with suppress(StagedContentNotFound):
                each.append(b"continued")
                continued += 1
        assert continued == 1
