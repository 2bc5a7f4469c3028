"""What an object store's refusals mean for the operator, each as a sentence that names a setting."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from minio.error import MinioException, S3Error
from urllib3.exceptions import (
    ConnectTimeoutError,
    HTTPError,
    MaxRetryError,
    NewConnectionError,
    ReadTimeoutError,
    SSLError,
)

from pypi_blobs.s3_settings import renamed
from pypi_core.errors import Unavailable

_MISSING: Final = frozenset({"NoSuchKey", "NoSuchUpload", "ResourceNotFound"})

_NO_BUCKET: Final = (
    "The bucket does not exist: correct blobs.bucket, or create it with `pypi-server migrate`."
)
_WRONG_KEY: Final = (
    "The store of files does not accept the key: check blobs.access_key and blobs.secret_key, "
    "or, without them, the credentials of the environment or of the instance's role."
)
_FORBIDDEN: Final = (
    "The key may not use the bucket of stored files: check blobs.bucket and blobs.access_key, "
    "and let the key read, write, list and delete in this bucket."
)
_CLOCK: Final = (
    "The clocks of this machine and of the store at blobs.endpoint differ too much: set them by NTP."
)
_REGION: Final = "The bucket of stored files is in another region: set blobs.region to that of blobs.bucket."
_FULL: Final = "The store at blobs.endpoint has no room left for files: give blobs.bucket more room."
_BUSY: Final = "The store at blobs.endpoint does not answer just now: try again later."
_UNREACHABLE: Final = (
    "The store of files cannot be reached: check blobs.endpoint, and that the store is running there."
)
_SILENT: Final = (
    "The store at blobs.endpoint did not answer in time: try again later, or raise blobs.read_seconds."
)
_UNTRUSTED: Final = (
    "The certificate of the store at blobs.endpoint is not trusted: set blobs.ca_bundle to a file "
    "with the certificate of who signed it."
)
_NOT_S3: Final = "What answers at blobs.endpoint does not speak S3: correct blobs.endpoint."
_NO_CREDENTIALS: Final = (
    "No credentials for the object store were found: set blobs.access_key and blobs.secret_key, or provide "
    "credentials in the environment or by a role of the instance."
)

_SENTENCES: Final = {
    "NoSuchBucket": _NO_BUCKET,
    **dict.fromkeys(
        (
            "InvalidAccessKeyId", "SignatureDoesNotMatch", "InvalidToken", "ExpiredToken",
            "InvalidTokenId", "UserDisabled", "XAdminUserNotFound", "MissingSecurityHeader",
        ),
        _WRONG_KEY,
    ),
    **dict.fromkeys(("AccessDenied", "AllAccessDisabled", "AccountProblem"), _FORBIDDEN),
    **dict.fromkeys(("RequestTimeTooSkewed", "RequestExpired"), _CLOCK),
    **dict.fromkeys(
        ("AuthorizationHeaderMalformed", "InvalidRegion", "PermanentRedirect", "Redirect",
         "IllegalLocationConstraintException"),
        _REGION,
    ),
    **dict.fromkeys(
        ("XMinioStorageFull", "XMinioAdminBucketQuotaExceeded", "QuotaExceeded", "InsufficientStorage",
         "StorageFull", "InsufficientCapacity"),
        _FULL,
    ),
    **dict.fromkeys(
        ("SlowDown", "SlowDownRead", "SlowDownWrite", "ServiceUnavailable", "InternalError",
         "RequestTimeout", "OperationAborted"),
        _BUSY,
    ),
}  # fmt: skip

_INSUFFICIENT_STORAGE: Final = 507
CREDENTIALS_MISSING: Final = "All providers fail to fetch credentials"
"""What the library says when no place has credentials."""


class ObjectNotFound(Exception):
    """The bucket has no such object."""


@contextmanager
def translated(naming: str = r"blobs.\1") -> Iterator[None]:
    """
    Say what a failure of the store means, with the names of its settings as in *naming*.

    Raises:
        ObjectNotFound: The bucket has no such object.
        Unavailable: The store refuses or does not answer; the sentence says what to do.
    """
    try:
        yield
    except S3Error as error:
        if error.code in _MISSING:
            raise ObjectNotFound from error
        raise Unavailable(renamed(sentence_for(error), naming)) from error
    except (MinioException, HTTPError) as error:
        raise Unavailable(renamed(sentence_for(error), naming)) from error
    except ValueError as error:
        if str(error) != CREDENTIALS_MISSING:
            raise
        raise Unavailable(renamed(_NO_CREDENTIALS, naming)) from error


def sentence_for(error: MinioException | HTTPError) -> str:
    """Return what to tell of *error*."""
    if isinstance(error, S3Error):
        if error.response.status == _INSUFFICIENT_STORAGE:
            return _FULL
        return _SENTENCES.get(error.code or "", f"The store at blobs.endpoint refuses: {error.code}.")
    if isinstance(error, MinioException):
        status = getattr(error, "status_code", 0)
        return _BUSY if status >= 500 else _NOT_S3
    cause = error.reason if isinstance(error, MaxRetryError) else error
    if isinstance(cause, SSLError):
        return _UNTRUSTED
    if isinstance(cause, (NewConnectionError, ConnectTimeoutError)):
        return _UNREACHABLE
    return _SILENT if isinstance(cause, ReadTimeoutError) else _BUSY
