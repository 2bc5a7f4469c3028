"""What can be set of the search engines that are servers."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit

import msgspec


class PostgresSearchSettings(
    msgspec.Struct, frozen=True, kw_only=True, tag="postgres", tag_field="kind", forbid_unknown_fields=True
):
    """
    Search in PostgreSQL, in tables of its own.

    Attributes:
        url: The database; that of the index unless given.
        connections: Connections of one process; apart from those of the database, so that searches that take
            long keep nothing else waiting.
    """

    url: str | None = None
    connections: int = 4

    def __post_init__(self) -> None:
        if self.connections < 1:
            raise ValueError("connections is at least 1")


class OpenSearchSettings(
    msgspec.Struct, frozen=True, kw_only=True, tag="opensearch", tag_field="kind", forbid_unknown_fields=True
):
    """
    Search in OpenSearch.

    Attributes:
        url: Its address.
        prefix: What the names of its indices begin with; of servers that share it, each has its own.
        username: Who logs in there, if anybody does.
        password: Their password.
        password_file: A file with the password, in place of it.
        ca_bundle: A file with the certificates (PEM) that its own has to be signed by.
        seconds: Seconds that one of its answers may take.
    """

    url: str
    prefix: str = "pypi-"
    username: str | None = None
    password: str | None = None
    password_file: str | None = None
    ca_bundle: str | None = None
    seconds: float = 10

    def __post_init__(self) -> None:
        parts = urlsplit(self.url)
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise ValueError("url is an address such as https://search.example:9200")
        if parts.username or parts.password:
            raise ValueError("url has no user name and password: set username and password_file")
        if not self.prefix or self.prefix[0] in "-_+." or not _is_plain(self.prefix):
            raise ValueError(
                "prefix is lower-case letters, digits, - and _, and begins with a letter or digit"
            )
        if self.password is not None and self.password_file is not None:
            raise ValueError("password and password_file exclude each other: set one of them")
        if bool(self.username) != bool(self.password is not None or self.password_file):
            raise ValueError("username and password (or password_file) go together: set both or none")
        if self.ca_bundle and parts.scheme != "https":
            raise ValueError("ca_bundle is for an url with https")
        if self.seconds <= 0:
            raise ValueError("seconds is more than 0")

    def read_password(self) -> str | None:
        """
        Return the password, which may be in a file.

        Raises:
            OSError: The file cannot be read.
        """
        if self.password_file is None:
            return self.password
        return Path(self.password_file).expanduser().read_text(encoding="utf-8").strip()


def _is_plain(text: str) -> bool:
    return text.isascii() and text == text.lower() and text.replace("-", "").replace("_", "").isalnum()
