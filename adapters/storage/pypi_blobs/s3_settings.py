"""What an operator says of an object store."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final, Literal

import msgspec

from pypi_core.errors import InvalidSetting
from pypi_protocol.errors import Problem

_ENDPOINT: Final = re.compile(r"https?://[^/?#@\s]+/?\Z")
_BUCKET: Final = re.compile(
    r"(?!\d+\.\d+\.\d+\.\d+\Z)(?!.*(?:\.\.|\.-|-\.))[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]\Z"
)
_PREFIX: Final = re.compile(r"(?!.*(?:\A|/)\.{0,2}/)[A-Za-z0-9._/-]*\Z")
_REGION: Final = re.compile(r"[A-Za-z0-9_-]+\Z")
_SETTING: Final = re.compile(r"\bblobs\.(\w+)")
_LONGEST_LINK: Final = 7 * 24 * 60 * 60
_LONGEST_TIMEOUT: Final = 3600


class S3Blobs(
    msgspec.Struct, frozen=True, kw_only=True, tag="s3", tag_field="kind", forbid_unknown_fields=True
):
    """
    Keep bytes in a bucket of any store that speaks S3.

    Without keys those of the environment, of the instance's role or of a web identity are used.

    Attributes:
        endpoint: The address of the store, such as ``https://s3.example``.
        public_endpoint: The address at which clients reach it, where it is another one.
        bucket: The name of the bucket.
        access_key: The name of the key.
        access_key_file: A file with the name of the key.
        secret_key: The secret of the key.
        secret_key_file: A file with the secret of the key.
        region: The region of the bucket; the store is asked unless it is given.
        prefix: What the names of all objects begin with, for a bucket that is shared.
        path_style: Whether the bucket stands in the path of an address, or in its host name;
            as is usual for the endpoint unless it is given.
        ca_bundle: A file with the certificates (PEM) of who signs the store's own one.
        downloads: ``through`` sends files through this server, ``redirect`` sends clients to the store.
        link_seconds: Seconds for which a link to the store is valid.
        connect_seconds: Seconds until a connection is made.
        read_seconds: Seconds without a byte of an answer after which a request failed.
    """

    endpoint: str
    public_endpoint: str | None = None
    bucket: str
    access_key: str | None = None
    access_key_file: str | None = None
    secret_key: str | None = None
    secret_key_file: str | None = None
    region: str | None = None
    prefix: str = ""
    path_style: bool | None = None
    ca_bundle: str | None = None
    downloads: Literal["redirect", "through"] = "through"
    link_seconds: int = 900
    connect_seconds: float = 5
    read_seconds: float = 30

    def __post_init__(self) -> None:
        self._check_addresses()
        self._check_keys()
        if not 1 <= self.link_seconds <= _LONGEST_LINK:
            raise ValueError(f"link_seconds must be from 1 to {_LONGEST_LINK}")
        for name in ("connect_seconds", "read_seconds"):
            if not 0 < getattr(self, name) <= _LONGEST_TIMEOUT:
                raise ValueError(f"{name} must be more than 0 and at most {_LONGEST_TIMEOUT}")

    def _check_addresses(self) -> None:
        for name in ("endpoint", "public_endpoint"):
            if (address := getattr(self, name)) is not None and not _ENDPOINT.match(address):
                raise ValueError(f"{name} must be an address without a path, such as https://s3.example")
        if not _BUCKET.match(self.bucket):
            raise ValueError("bucket must be 3 to 63 lower-case letters, digits, dots and hyphens")
        if not _PREFIX.match(self.prefix):
            raise ValueError("prefix must be letters, digits, '.', '_', '-' and '/', and not begin with '/'")
        if self.region is not None and not _REGION.match(self.region):
            raise ValueError("region must be letters, digits, '_' and '-'")
        if self.public_endpoint is not None and self.region is None:
            # A link is signed for a region, and nobody may be able to ask there from here.
            raise ValueError("region has to be set beside public_endpoint")

    def _check_keys(self) -> None:
        for name in ("access_key", "secret_key"):
            if getattr(self, name) is not None and getattr(self, f"{name}_file") is not None:
                raise ValueError(f"{name}_file cannot be set beside {name}: set one of the two")
        if bool(self.access_key or self.access_key_file) != bool(self.secret_key or self.secret_key_file):
            raise ValueError("access_key and secret_key go together: set both or none")

    @property
    def keys(self) -> tuple[str, str] | None:
        """
        The name and the secret of the key, ``None`` where the environment has to tell.

        Raises:
            InvalidSetting: A file cannot be read.
        """
        if not (self.access_key or self.access_key_file):
            return None
        return self._key("access_key"), self._key("secret_key")

    def _key(self, name: str) -> str:
        value: str | None = getattr(self, name)
        if value is not None:
            return value
        file = getattr(self, f"{name}_file")
        try:
            text = Path(file).expanduser().read_text(encoding="utf-8").strip()
        except (OSError, ValueError) as error:
            reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
            raise InvalidSetting(
                Problem(
                    f"blobs.{name}_file", f"The file {file} in blobs.{name}_file cannot be read: {reason}."
                )
            ) from error
        if not text:
            raise InvalidSetting(
                Problem(
                    f"blobs.{name}_file", f"The file {file} in blobs.{name}_file is empty: write the key."
                )
            )
        return text

    @property
    def folder(self) -> str:
        """The prefix with a slash behind it, unless it is empty."""
        return f"{self.prefix.rstrip('/')}/" if self.prefix else ""


def renamed(sentence: str, naming: str) -> str:
    """Return *sentence* with the settings in it named by the template *naming*."""
    return _SETTING.sub(naming, sentence)
