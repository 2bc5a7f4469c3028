"""A bucket of an object store: few operations, whose failures are sentences."""

from __future__ import annotations

import io
import logging
import re
import ssl
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from functools import cached_property, partial
from pathlib import Path
from typing import BinaryIO, Final
from urllib.parse import urlsplit

import certifi
import msgspec
from minio import Minio
from minio.commonconfig import ComposeSource
from minio.credentials.credentials import Credentials
from minio.credentials.providers import (
    ChainedProvider,
    EnvAWSProvider,
    EnvMinioProvider,
    IamAwsProvider,
    Provider,
    StaticProvider,
)
from minio.datatypes import Object
from minio.deleteobjects import DeleteObject
from minio.error import S3Error
from urllib3 import PoolManager, Retry, Timeout
from urllib3.exceptions import HTTPError, ProtocolError

from pypi_blobs.s3_connections import require_whole_heads
from pypi_blobs.s3_failures import CREDENTIALS_MISSING, ObjectNotFound, translated
from pypi_blobs.s3_settings import S3Blobs, renamed
from pypi_core.errors import InvalidSetting, Unavailable
from pypi_protocol.errors import Problem

_log = logging.getLogger(__name__)

PART_SIZE: Final = 8 * 1024 * 1024
"""How large the parts are in which larger objects are sent; no store takes less than 5 MiB."""

_AT_ONCE: Final = 3
_ROLE_SECONDS: Final = 2
_CONTENT_RANGE: Final = re.compile(r"bytes \d+-\d+/(\d+)\Z")
_NOT_IMPLEMENTED: Final = frozenset({"NotImplemented", "MethodNotAllowed"})
_NOT_ALLOWED: Final = frozenset({"AccessDenied"})
# Two that write or delete side by side got into each other's way; neither was carried out in part.
_IN_THE_WAY: Final = frozenset(
    {"OperationAborted", "ExistingObjectIsDirectory", "ConditionalRequestConflict"}
)
_PAUSES: Final = (0.05, 0.2, 0.8)
_EXISTS: Final = frozenset({"BucketAlreadyOwnedByYou", "BucketAlreadyExists", "OperationAborted"})


class StoredObject(msgspec.Struct, frozen=True, kw_only=True):
    """
    An object of the bucket: its *path* without the prefix, and when it was written, in whole seconds.

    *etag* is the store's own, quotes included.
    """

    path: str
    size: int
    written: datetime
    etag: str


class S3Bucket:
    """
    Read and write objects below the prefix of a bucket; safe to use from several threads.

    Args:
        connections: How many threads use it at once.
        naming: A template of what its settings are called, for sentences about it.

    Attributes:
        redirects: Whether clients are sent to the store.

    Raises:
        InvalidSetting: A file that the settings name cannot be used.
    """

    def __init__(self, settings: S3Blobs, connections: int = 8, naming: str = r"blobs.\1") -> None:
        self._settings = settings
        self._naming = naming
        self._translated = partial(translated, naming)
        self.redirects = settings.downloads == "redirect"
        self._name = settings.bucket
        self._folder = settings.folder
        provider = _credentials(settings)
        pool = _pool(settings, connections * _AT_ONCE)
        self._client = _client(settings, settings.endpoint, provider, pool)
        self._signing = self._client
        if settings.public_endpoint is not None:
            self._signing = _client(settings, settings.public_endpoint, provider, pool)

    def create(self) -> None:
        """
        Create the bucket unless it exists.

        Raises:
            Unavailable: The store does not answer, or refuses.
        """
        try:
            self.require()
        except Unavailable as error:
            if _code(error) != "NoSuchBucket":
                raise
            with self._told():
                self._make()
            self.require()

    def require(self) -> None:
        """
        Check that the bucket exists and can be read.

        Raises:
            Unavailable: It does not, the store does not answer, or it refuses.
        """
        with self._told():
            self._look()

    def put(self, path: str, content: bytes) -> None:
        """Write an object, whole or not at all."""
        self.put_stream(path, io.BytesIO(content), len(content), part_size=max(len(content), PART_SIZE))

    def put_stream(self, path: str, content: BinaryIO, size: int, part_size: int = PART_SIZE) -> None:
        """Write *size* bytes as an object, whole or not at all, in several parts if it is large."""

        def write() -> None:
            content.seek(0)
            self._client.put_object(
                bucket_name=self._name,
                object_name=self._folder + path,
                data=content,
                length=size,
                part_size=part_size,
                num_parallel_uploads=_AT_ONCE,
            )

        self._insist(write)

    def read(self, path: str, start: int, length: int) -> tuple[bytes, int]:
        """
        Return up to *length* bytes from *start* on, and the size of the whole object.

        Raises:
            ObjectNotFound: The bucket has no such object.
            Unavailable: The store does not answer, or refuses.
        """
        with self._translated():
            try:
                try:
                    return self._read(path, start, length)
                except ProtocolError:
                    # The line broke in the middle of the answer, which the pool does not repeat.
                    return self._read(path, start, length)
            except S3Error as error:
                if error.code == "InvalidRange" and not start:
                    return b"", 0  # no range of an empty object can be satisfied
                raise

    def _read(self, path: str, start: int, length: int) -> tuple[bytes, int]:
        response = self._client.get_object(
            bucket_name=self._name, object_name=self._folder + path, offset=start, length=length
        )
        with closing(response):
            content = response.read(length)
        whole = _CONTENT_RANGE.match(response.headers.get("content-range", ""))
        # Without a range in the answer it is the whole object.
        return content, int(whole[1] if whole else response.headers["content-length"])

    def find(self, path: str) -> StoredObject | None:
        """Return what is known of an object, ``None`` where there is none."""
        try:
            with self._translated():
                found = self._client.stat_object(bucket_name=self._name, object_name=self._folder + path)
        except ObjectNotFound:
            # HEAD gives 404 for a missing bucket, too: then every file would seem to be lost.
            self._look()
            return None
        return self._stored(found)

    def list(self, begin: str) -> Iterator[StoredObject]:
        """Go through the objects whose paths begin like this, in the order of their paths."""
        with self._translated():
            for each in self._client.list_objects(
                bucket_name=self._name, prefix=self._folder + begin, recursive=True
            ):
                if not each.is_dir:
                    yield self._stored(each)

    def delete(self, paths: Iterable[str]) -> None:
        """Delete objects, if they are there."""
        names = [self._folder + each for each in paths]
        with self._translated():
            if len(names) == 1:
                self._client.remove_object(bucket_name=self._name, object_name=names[0])
                return
            for refused in self._client.remove_objects(
                bucket_name=self._name, delete_object_list=[DeleteObject(each) for each in names]
            ):
                if refused.code not in {"NoSuchKey", "NoSuchVersion"}:
                    sentence = f"The store at blobs.endpoint does not delete: {refused.code}."
                    raise Unavailable(renamed(sentence, self._naming))

    def abort_uploads(self, older_than: datetime) -> int:
        """
        Drop the parts of objects that were begun before a moment and never finished.

        Returns how many there were; none where the store does not list them or the key may not.
        """
        aborted = 0
        # MinIO finds nothing by the beginning of a name.
        for begin in dict.fromkeys((self._folder, "")):
            try:
                for name, upload in list(self._uploads(begin, older_than)):
                    aborted += self._abort(name, upload)
            except Unavailable as error:
                if _code(error) not in _NOT_IMPLEMENTED | _NOT_ALLOWED:
                    raise
                _log.info("Unfinished uploads cannot be listed or aborted (%s).", _code(error))
        return aborted

    def _uploads(self, begin: str, older_than: datetime) -> Iterator[tuple[str, str]]:
        key = upload = None
        while True:
            with self._translated():
                # The library has no public name for it.
                page = self._client._list_multipart_uploads(
                    bucket_name=self._name, prefix=begin, key_marker=key, upload_id_marker=upload
                )
            for each in page.uploads:
                begun = each.initiated_time
                if (
                    each.upload_id
                    and begun
                    and begun < older_than
                    and each.object_name.startswith(self._folder)
                ):
                    yield each.object_name, each.upload_id
            if not page.is_truncated:
                return
            key, upload = page.next_key_marker, page.next_upload_id_marker

    def _abort(self, name: str, upload: str) -> bool:
        try:
            with self._translated():
                self._client._abort_multipart_upload(
                    bucket_name=self._name, object_name=name, upload_id=upload
                )
        except ObjectNotFound:
            return False  # finished or aborted meanwhile
        return True

    def join(self, paths: Iterable[str], target: str) -> bool:
        """
        Write the objects *paths*, one after the other, as one object; the store copies them itself.

        All but the last are at least 5 MiB long.  Return whether the store can do it.

        Raises:
            ObjectNotFound: One of them is gone.
            Unavailable: The store does not answer, or refuses.
        """
        sources = [ComposeSource(bucket_name=self._name, object_name=self._folder + each) for each in paths]
        # Of one source it makes a plain copy.
        write = partial(self._client.compose_object, self._name, self._folder + target, sources)
        try:
            self._insist(write)
        except Unavailable as error:
            if _code(error) in _NOT_IMPLEMENTED:
                return False
            raise
        return True

    def link(self, path: str, filename: str, method: str) -> str:
        """Return an address that is good for one *method* for a while; what it has is saved as *filename*."""
        with self._translated():
            return self._signing.get_presigned_url(
                method,
                bucket_name=self._name,
                object_name=self._folder + path,
                expires=timedelta(seconds=self._settings.link_seconds),
                response_headers={
                    "response-content-type": "application/octet-stream",
                    "response-content-disposition": f'attachment; filename="{filename}"',
                },
            )

    @cached_property
    def origin(self) -> str:
        """The scheme, host and port of all that `link` returns."""
        parts = urlsplit(self.link("any", "any", "GET"))
        return f"{parts.scheme}://{parts.netloc}"

    def _look(self) -> None:
        """Ask for something; not by HEAD, whose refusals have no body that says why."""
        with self._translated():
            next(self._client.list_objects(bucket_name=self._name, prefix=self._folder), None)

    def _insist(self, write: Callable[[], object]) -> None:
        """Write, and again a little later if another one who did was in the way."""
        for pause in _PAUSES:
            try:
                with self._translated():
                    write()
                return
            except Unavailable as error:
                if _code(error) not in _IN_THE_WAY:
                    raise
                time.sleep(pause)
        with self._translated():
            write()

    def _make(self) -> None:
        with self._translated():
            try:
                self._client.make_bucket(bucket_name=self._name, location=self._settings.region)
            except S3Error as error:
                # Another server that starts at this moment was faster.
                if error.code not in _EXISTS:
                    raise

    @contextmanager
    def _told(self) -> Iterator[None]:
        """Add to a sentence, which is for the operator alone, which bucket it is about."""
        try:
            yield
        except Unavailable as error:
            where = f"The bucket is {self._name} at {self._settings.endpoint}."
            raise Unavailable(f"{error} {where}") from error.__cause__

    def _stored(self, found: Object) -> StoredObject:
        name = found.object_name or ""
        # A listing may be more exact than what is told of one object: what is common to both.
        written = (found.last_modified or datetime.now(UTC)).replace(microsecond=0)
        return StoredObject(
            path=name[len(self._folder) :], size=found.size or 0, written=written, etag=f'"{found.etag}"'
        )


def _code(error: Unavailable) -> str | None:
    """Return what the store called its refusal."""
    return error.__cause__.code if isinstance(error.__cause__, S3Error) else None


def _client(settings: S3Blobs, endpoint: str, provider: Provider, pool: PoolManager) -> Minio:
    address = urlsplit(endpoint)
    client = Minio(
        address.netloc,
        secure=address.scheme == "https",
        region=settings.region,
        http_client=pool,
        credentials=provider,
    )
    if settings.path_style is True:
        client.disable_virtual_style_endpoint()  # type: ignore[no-untyped-call]
    elif settings.path_style is False:
        client.enable_virtual_style_endpoint()  # type: ignore[no-untyped-call]
    return client


def _pool(settings: S3Blobs, connections: int) -> PoolManager:
    pool = PoolManager(
        maxsize=connections,
        timeout=Timeout(connect=settings.connect_seconds, read=settings.read_seconds),
        # A line that was kept open may be dead by now, which shows only when it is used: once more.
        retries=Retry(
            connect=1,
            read=1,
            other=1,
            status=2,
            redirect=2,
            backoff_factor=0.2,
            status_forcelist=(500, 502, 503, 504),
            raise_on_status=False,
            respect_retry_after_header=False,
        ),
        ssl_context=_trust(settings),
    )
    return require_whole_heads(pool)


def _trust(settings: S3Blobs) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=certifi.where())
    if settings.ca_bundle is None:
        context.load_default_certs()
        return context
    try:
        context.load_verify_locations(Path(settings.ca_bundle).expanduser())
    except OSError as error:
        raise InvalidSetting(
            Problem(
                "blobs.ca_bundle",
                f"The file {settings.ca_bundle} in blobs.ca_bundle has no certificates that can be read: "
                f"{error.strerror or 'it is not PEM'}.",
            )
        ) from error
    return context


def _credentials(settings: S3Blobs) -> Provider:
    if keys := settings.keys:
        return StaticProvider(*keys)
    # On a machine without that service its address does not answer.
    asking = PoolManager(timeout=Timeout(connect=_ROLE_SECONDS, read=_ROLE_SECONDS), retries=Retry(1))
    return ChainedProvider([EnvAWSProvider(), EnvMinioProvider(), _Role(http_client=asking)])


class _Role(IamAwsProvider):
    """The role of the instance or a web identity, or nothing if neither is configured."""

    def retrieve(self) -> Credentials:
        try:
            return super().retrieve()
        except HTTPError as error:
            raise ValueError(CREDENTIALS_MISSING) from error
