"""Everything an operator can set, read once."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from operator import attrgetter
from pathlib import Path

import msgspec

from pypi_blobs.s3_settings import S3Blobs
from pypi_core.domain.rate_limits import parse_rate
from pypi_core.errors import InvalidSetting
from pypi_environment.mail_settings import MailFolder, NoMail, SmtpMail
from pypi_search.settings import OpenSearchSettings, PostgresSearchSettings
from pypi_sql.postgresql_server import PostgresqlLimits

_LONGEST_TIMEOUT = 86400
_MOST_ATTEMPTS = 1000
_SHOWN_DAYS = 31
_LONGEST_SESSION = 365
_MOST_SESSIONS = 1000


class SettingsError(Exception):
    """
    A setting is unknown or has no acceptable value; the message says which.

    Attributes:
        setting: Its name, where the message is only about its value.
    """

    def __init__(self, message: str, setting: str = "") -> None:
        super().__init__(message)
        self.setting = setting


class MissingData(Exception):
    """The data folder or the database is not there; the message says what to do."""


class StartError(Exception):
    """The server cannot start as things are on this machine; the message says why and what to do."""


def _absolute(path: str) -> Path:
    return Path(path).expanduser().absolute()


def _check_path(name: str, path: str | None) -> None:
    """
    Refuse what no path is: a text with a zero character, or below the home folder of an unknown user.

    Raises:
        ValueError: *path* is such a text.
    """
    try:
        if path is None or "\0" not in str(_absolute(path)):
            return
    except RuntimeError:
        pass
    raise ValueError(f"{name} is not a path: {path!r}")


class LocalBlobs(
    msgspec.Struct, frozen=True, kw_only=True, tag="local", tag_field="kind", forbid_unknown_fields=True
):
    """Keep bytes in a folder; below the data folder unless *folder* is given."""

    folder: str | None = None

    def __post_init__(self) -> None:
        _check_path("folder", self.folder)


class LocalBlobsFirst(LocalBlobs, frozen=True, kw_only=True):
    """
    Keep bytes in a folder.

    Attributes:
        fallback: A second store, which is read where the first has not got an object.
    """

    fallback: LocalBlobs | S3Blobs | None = None


class S3BlobsFirst(S3Blobs, frozen=True, kw_only=True):
    """
    Keep bytes in a bucket.

    Attributes:
        fallback: A second store, which is read where the first has not got an object.
    """

    fallback: LocalBlobs | S3Blobs | None = None


class SqliteSearch(
    msgspec.Struct, frozen=True, kw_only=True, tag="sqlite", tag_field="kind", forbid_unknown_fields=True
):
    """Search by SQLite's FTS5, in a file of its own; below the data folder unless *file* is given."""

    file: str | None = None

    def __post_init__(self) -> None:
        _check_path("file", self.file)


class Limits(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """
    How many in how many seconds, as in ``1000/3600``; ``0`` is no limit.

    Attributes:
        failed_logins_by_address: Logins with a wrong password from one network address.
        failed_logins_by_user: Logins with a wrong password for one user name.
        uploads: Uploads of one account, whatever becomes of them.
        new_projects: Projects that one account creates.
        validations: Texts that one account has checked without uploading a file.
        messages: E-mails that are asked for from one network address, or for one e-mail address.
    """

    failed_logins_by_address: str = "10/300"
    failed_logins_by_user: str = "10/300"
    uploads: str = "1000/3600"
    new_projects: str = "100/86400"
    validations: str = "300/3600"
    messages: str = "10/3600"

    def __post_init__(self) -> None:
        for name in self.__struct_fields__:
            try:
                parse_rate(getattr(self, name))
            except InvalidSetting as error:
                raise ValueError(f"{name}: {error}") from error


class Rendering(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """
    What rendering descriptions may take.

    Attributes:
        processes: How many are rendered at a time.
        seconds: Seconds of processor time for each.
        memory: Bytes that each process may address.
        longest_html: Characters of HTML that one may become.
        substitutions: How many reStructuredText substitutions are expanded in one.
    """

    processes: int = 4
    seconds: float = 10
    memory: int = 512 * 1024 * 1024
    longest_html: int = 8 * 1024 * 1024
    substitutions: int = 2000

    def __post_init__(self) -> None:
        for name in self.__struct_fields__:
            if getattr(self, name) <= 0:
                raise ValueError(f"{name} is more than 0")


class ConnectionLimits(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """
    What the connections of strangers may cost.

    An address is one of IPv4 or a /64 network of IPv6.  Behind a trusted proxy it is the one that
    the proxy names, and its requests count in place of its connections.

    Attributes:
        total: Connections at once.
        per_address: Connections from one address at once.
        event_streams: Clients that follow the changes at once.
        event_streams_per_address: Clients at one address that follow the changes at once.
        head_timeout: Seconds in which the head of a request has to arrive.
        body_timeout: Seconds without a byte of a body after which the connection is closed.
        answer_timeout: Seconds without a byte of an answer being taken after which it is closed.
        unsent: Bytes of answers that may wait in memory for slow clients.
    """

    total: int = 1000
    per_address: int = 256
    event_streams: int = 200
    event_streams_per_address: int = 20
    head_timeout: float = 20
    body_timeout: float = 60
    answer_timeout: float = 60
    unsent: int = 64 * 1024 * 1024

    def __post_init__(self) -> None:
        for name in ("total", "per_address", "unsent"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name} is at least 1")
        for name in ("event_streams", "event_streams_per_address"):
            if getattr(self, name) < 0:
                raise ValueError(f"{name} is a number, 0 for none")
        for name in ("head_timeout", "body_timeout", "answer_timeout"):
            if not 0 < getattr(self, name) < _LONGEST_TIMEOUT:
                raise ValueError(f"{name} is a number of seconds above 0 and below {_LONGEST_TIMEOUT}")


class Calls(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """
    What calls that take long or much memory may take, and those of one batch or multicall together.

    Attributes:
        threads: How many are carried out at a time.
        of_caller: How many one account or network address may have under way.
        memory: Bytes that the bodies and answers of all may take.
        entries: Entries of lists that the calls of one request return together.
        answer_size: Bytes of their answers.
        seconds: Seconds until the last of them begins.
    """

    threads: int = 2
    of_caller: int = 8
    memory: int = 128 * 1024 * 1024
    entries: int = 50_000
    answer_size: int = 32 * 1024 * 1024
    seconds: float = 10

    def __post_init__(self) -> None:
        for name in self.__struct_fields__:
            if getattr(self, name) <= 0:
                raise ValueError(f"{name} is more than 0")


class Metrics(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """
    Who may watch over the server.

    Attributes:
        allow: Addresses or networks that may read ``/metrics``, and in ``/health/ready`` what is missing.
    """

    allow: tuple[str, ...] = ("127.0.0.0/8", "::1/128")

    def __post_init__(self) -> None:
        for each in self.allow:
            try:
                ipaddress.ip_network(each, strict=False)
            except ValueError as error:
                raise ValueError(f"allow has {each!r}, which is neither an address nor a network") from error


class Health(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """
    From when on something counts as missing.

    Attributes:
        disk_free: Bytes that the disks of the server should have free.
        outbox_seconds: Seconds that work of the worker may wait.
        worker_seconds: Seconds that no worker may show itself.
    """

    disk_free: int = 512 * 1024 * 1024
    outbox_seconds: float = 600
    worker_seconds: float = 180

    def __post_init__(self) -> None:
        if self.disk_free < 0:
            raise ValueError("disk_free is a number of bytes, or 0 for none")
        for name in ("outbox_seconds", "worker_seconds"):
            if getattr(self, name) <= 0:
                raise ValueError(f"{name} is more than 0")


class Traces(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """
    Where spans are sent, by OTLP over HTTP.

    Attributes:
        endpoint: What takes them, such as ``http://127.0.0.1:4318/v1/traces``; without it there are none.
        sample: Which share of requests is traced, from 0 to 1; a trusted proxy may have decided already.
        service: What the server calls itself there.
    """

    endpoint: str | None = None
    sample: float = 1.0
    service: str = "pypi-core"

    def __post_init__(self) -> None:
        if self.endpoint is not None and not self.endpoint.startswith(("http://", "https://")):
            raise ValueError("endpoint is an address such as http://127.0.0.1:4318/v1/traces")
        if not 0 <= self.sample <= 1:
            raise ValueError("sample is a share from 0 to 1")


class OutboxTerms(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """
    How workers share what uploads leave behind.

    Attributes:
        lease_seconds: Seconds without a sign of life after which another worker takes work over.
        attempts: How often work is tried that fails, before it is left to the operator.
    """

    lease_seconds: float = 30
    attempts: int = 8

    def __post_init__(self) -> None:
        if not 1 <= self.lease_seconds <= _LONGEST_TIMEOUT:
            raise ValueError(f"lease_seconds is a number of seconds from 1 to {_LONGEST_TIMEOUT}")
        if not 1 <= self.attempts <= _MOST_ATTEMPTS:
            raise ValueError(f"attempts is a number from 1 to {_MOST_ATTEMPTS}")


class DownloadStatistics(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """
    How downloads are counted.

    Attributes:
        enabled: Whether they are.
        flush_seconds: Seconds after which a server writes what it counted; one that is killed loses as much.
        buffer: How many different counts it keeps until then.
        keep_days: For how many days counts by day are kept.
        keep_months: For how many months counts by month are kept; 0 keeps them for ever.
    """

    enabled: bool = True
    flush_seconds: float = 10
    buffer: int = 5000
    keep_days: int = 180
    keep_months: int = 0

    def __post_init__(self) -> None:
        if not 0 < self.flush_seconds <= _LONGEST_TIMEOUT:
            raise ValueError(f"flush_seconds is a number of seconds above 0 and up to {_LONGEST_TIMEOUT}")
        if self.buffer < 1:
            raise ValueError("buffer is at least 1")
        if self.keep_days < _SHOWN_DAYS:
            raise ValueError(f"keep_days is at least {_SHOWN_DAYS}: the last month is shown by day")
        if self.keep_months < 0:
            raise ValueError("keep_months is a number of months, or 0 to keep counts by month for ever")


class Accounts(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """
    What people do with a browser.

    Attributes:
        registration: Whether everybody may create an account; needs ``mail``.
        url: Where people reach the server, such as ``https://index.example``; links in e-mails begin with it.
        idle_days: Days without use after which somebody is logged out.
        session_days: Days after which somebody is logged out in any case.
        sessions: With how many browsers one account may be logged in; then the one used least lately is not.
    """

    registration: bool = False
    url: str | None = None
    idle_days: int = 7
    session_days: int = 30
    sessions: int = 100

    def __post_init__(self) -> None:
        if self.url is not None and not self.url.startswith(("https://", "http://")):
            raise ValueError("url is an address such as https://index.example")
        for name in ("idle_days", "session_days"):
            if not 1 <= getattr(self, name) <= _LONGEST_SESSION:
                raise ValueError(f"{name} is a number of days from 1 to {_LONGEST_SESSION}")
        if not 1 <= self.sessions <= _MOST_SESSIONS:
            raise ValueError(f"sessions is a number from 1 to {_MOST_SESSIONS}")


class Settings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """
    The settings of a server.

    Sources, the later over the earlier: the defaults here, a TOML file, environment
    variables (``PYPI_`` and the name in capitals, ``__`` between the parts of a nested
    one: ``PYPI_BLOBS__FOLDER``), command-line options.

    Attributes:
        data: The folder for everything that is not set to lie elsewhere.
        database: URL of an SQLite file or of PostgreSQL; SQLite in the data folder unless given.
        database_replica: URL of a streaming replica of PostgreSQL, for reads that may be a little old.
        postgresql: What a PostgreSQL server may take.
        blobs: Where bytes are kept.
        search: What finds projects by words.
        limits: How often an account or address may do something.
        rendering: What rendering descriptions may take.
        connections: How many connections there may be, and how long one may be silent.
        calls: What calls that take long or much memory may take.
        metrics: Who may watch over the server.
        health: From when on something counts as missing.
        traces: Where spans are sent.
        outbox: How workers share what uploads leave behind.
        statistics: How downloads are counted.
        accounts: What people do with a browser.
        mail: How messages to people are sent.
        audit_days: After how many days entries of the audit log are dropped; 0 keeps them for ever.
        host: The address to listen on.
        port: The port to listen on; 0 takes a free one.
        tls_certificate: A file with the certificate chain (PEM); https when given.
        tls_key: A file with its private key (PEM).
        processes: How many processes serve.
        worker: Whether ``serve`` runs a worker as a child process.
        trusted_proxies: Addresses or networks whose ``X-Forwarded-*`` headers are believed.
        root_path: The path prefix below which clients see the server, behind a proxy; ``/pypi``.
        proxy_strips_root_path: Whether the proxy removes that prefix from the paths it passes on.
        access_log: Whether each request is logged.
        page_memory: Bytes of rendered pages kept in memory.
        reply_memory: Bytes of replies kept ready for anonymous requests.
        ready_memory: Bytes of replies kept by the whole head of their request, given before it is parsed.
        read_threads: Threads that answer reads.
        write_threads: Threads that take uploads and carry out what changes something.
        shutdown_grace: Seconds that requests under way get to finish after SIGTERM.
    """

    data: str = "data"
    database: str | None = None
    database_replica: str | None = None
    postgresql: PostgresqlLimits = PostgresqlLimits()
    blobs: LocalBlobsFirst | S3BlobsFirst = LocalBlobsFirst()
    search: SqliteSearch | PostgresSearchSettings | OpenSearchSettings = SqliteSearch()
    limits: Limits = Limits()
    rendering: Rendering = Rendering()
    connections: ConnectionLimits = ConnectionLimits()
    calls: Calls = Calls()
    metrics: Metrics = Metrics()
    health: Health = Health()
    traces: Traces = Traces()
    outbox: OutboxTerms = OutboxTerms()
    statistics: DownloadStatistics = DownloadStatistics()
    accounts: Accounts = Accounts()
    mail: NoMail | MailFolder | SmtpMail = NoMail()
    audit_days: int = 0
    host: str = "127.0.0.1"
    port: int = 8080
    tls_certificate: str | None = None
    tls_key: str | None = None
    processes: int = 1
    worker: bool = True
    trusted_proxies: tuple[str, ...] = ()
    root_path: str = ""
    proxy_strips_root_path: bool = True
    access_log: bool = False
    page_memory: int = 32 * 1024 * 1024
    reply_memory: int = 32 * 1024 * 1024
    ready_memory: int = 32 * 1024 * 1024
    read_threads: int = 4
    write_threads: int = 4
    shutdown_grace: int = 30

    def __post_init__(self) -> None:
        for name in ("data", "host"):
            if not getattr(self, name).strip():
                raise ValueError(f"{name} is empty")
        _check_path("data", self.data)
        if bool(self.tls_certificate) != bool(self.tls_key):
            raise ValueError("tls_certificate and tls_key go together: set both or none")
        if not 0 <= self.port <= 65535:
            raise ValueError("port is a number from 0 to 65535")
        self._check_mail()
        if self.audit_days < 0:
            raise ValueError("audit_days is a number of days, or 0 to keep the audit log for ever")
        for name in ("processes", "read_threads", "write_threads"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name} is at least 1")
        for name in ("page_memory", "reply_memory", "ready_memory"):
            if getattr(self, name) < 0:
                raise ValueError(f"{name} is a number of bytes, or 0 to keep nothing")
        if self.blobs.fallback is not None and self.is_same_store(self.blobs, self.blobs.fallback):
            raise ValueError("blobs.fallback must be another store than blobs")

    def _check_mail(self) -> None:
        sends_mail = not isinstance(self.mail, NoMail)
        if sends_mail and self.accounts.url is None:
            raise ValueError("mail needs accounts.url, with which the links in messages begin")
        if self.accounts.registration and not sends_mail:
            raise ValueError("accounts.registration needs mail to confirm addresses: set mail.kind")
        if isinstance(self.mail, MailFolder):
            _check_path("mail.folder", self.mail.folder)

    @property
    def data_folder(self) -> Path:
        """The data folder, absolute."""
        return _absolute(self.data)

    def make_data_folder(self) -> None:
        """
        Make the data folder for its owner alone, before anything else makes it for everybody.

        Raises:
            StartError: It cannot be made.
        """
        try:
            self.data_folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        except FileExistsError as error:
            raise StartError(
                f"The data folder {self.data_folder} cannot be used: it is not a folder. "
                "Name another with --data or in PYPI_DATA."
            ) from error
        except OSError as error:
            raise StartError(
                f"The data folder {self.data_folder} cannot be created: {error.strerror}. "
                "Name another with --data or in PYPI_DATA, or check the permissions."
            ) from error

    def require_data(self) -> None:
        """
        Refuse to go on where the data folder is not there.

        Raises:
            MissingData: It is not there, and something that is needed would be in it.
        """
        is_default = any(
            isinstance(each, LocalBlobs) and each.folder is None for each in self.stores.values()
        )
        is_needed = is_default or not (self.database and self._has_search_elsewhere)
        if is_needed and not self.data_folder.is_dir():
            raise MissingData(
                f"There is no data folder {self.data_folder}. Name the right one with --data, --settings or "
                "PYPI_DATA, or create it with `pypi-server migrate` or `pypi-server serve`."
            )

    def require_blobs(self) -> None:
        """
        Refuse to go on where the folder of stored files is not there: a disk may not be mounted.

        Raises:
            MissingData: It is not there.
        """
        for name, store in self.stores.items():
            if isinstance(store, LocalBlobs) and not (folder := self.folder_of(store)).is_dir():
                raise MissingData(
                    f"There is no folder {folder} with the stored files. Mount or restore it, or set "
                    f"{name}.folder; `pypi-server migrate` and `pypi-server serve` create an empty one."
                )

    @property
    def stores(self) -> Mapping[str, LocalBlobs | S3Blobs]:
        """The stores of files, the one that is written first, by the names of their settings."""
        fallback = {"blobs.fallback": self.blobs.fallback} if self.blobs.fallback else {}
        return {"blobs": self.blobs, **fallback}

    def folder_of(self, store: LocalBlobs) -> Path:
        """Return the folder of a store of files, absolute."""
        return _absolute(store.folder) if store.folder else self.data_folder / "blobs"

    def is_same_store(self, one: LocalBlobs | S3Blobs, other: LocalBlobs | S3Blobs) -> bool:
        """Return whether two stores are one, as far as their settings tell."""
        if isinstance(one, LocalBlobs) and isinstance(other, LocalBlobs):
            return self.folder_of(one) == self.folder_of(other)
        if isinstance(one, S3Blobs) and isinstance(other, S3Blobs):
            where = attrgetter("endpoint", "bucket", "folder")
            return bool(where(one) == where(other))
        return False

    @property
    def _has_search_elsewhere(self) -> bool:
        return not isinstance(self.search, SqliteSearch) or self.search.file is not None

    @property
    def search_file(self) -> Path:
        """The file of the search, absolute; for `SqliteSearch` alone."""
        file = self.search.file if isinstance(self.search, SqliteSearch) else None
        return _absolute(file) if file else self.data_folder / "search.sqlite"

    @property
    def mail_folder(self) -> Path:
        """The folder of messages, absolute; for `MailFolder` alone."""
        folder = self.mail.folder if isinstance(self.mail, MailFolder) else None
        return _absolute(folder) if folder else self.data_folder / "mail"

    @property
    def database_url(self) -> str:
        """The SQLAlchemy URL of the database."""
        return self.database or f"sqlite:///{self.data_folder / 'index.sqlite'}"

    @property
    def scheme(self) -> str:
        """``https`` or ``http``."""
        return "https" if self.tls_certificate else "http"
