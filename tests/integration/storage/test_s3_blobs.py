from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from pypi_blobs.s3 import S3BlobStore
from pypi_blobs.s3_bucket import S3Bucket
from pypi_blobs.s3_settings import S3Blobs
from pypi_blobs.s3_staging import S3Staging
from pypi_contracts.suites.blobs import BlobStoreContract
from pypi_contracts.suites.staging import StagingContract
from pypi_core.ports.blobs import BlobStore, Staging
from pypi_environment.randomness import SystemRandomness
from s3_servers import S3Server, running_s3_server

pytestmark = pytest.mark.service

MIB = 1024 * 1024
SMALLEST_PART = 5 * MIB
_FAR_AHEAD = datetime(2999, 1, 1, tzinfo=UTC)


@pytest.fixture(scope="module", params=["MinIO", "VersityGW"])
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
