"""
Every table.

What belongs to an index carries ``index_id``; accounts, tokens and stored bytes are shared.
Moments are UTC.  Changes go through a migration in ``migrations/versions``.
"""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Date,
    DateTime,
    Dialect,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
    false,
    literal_column,
)

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


class UtcDateTime(TypeDecorator[datetime]):
    """An aware moment in UTC, to the microsecond; SQLite itself knows no zones."""

    impl = DateTime
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Store *value* without its zone, which is UTC."""
        return None if value is None else value.astimezone(UTC).replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Give the zone back."""
        return None if value is None else value.replace(tzinfo=UTC)


LONGEST_CLASSIFIER = 256
"""No classifier that anybody looks for is longer; longer ones stand in the metadata alone."""

# SQLite numbers rows by itself only in a column of exactly the type INTEGER.
_RowId = BigInteger().with_variant(Integer, "sqlite")

site_state = Table(
    "site_state",
    metadata,
    Column("id", Integer, primary_key=True),
    # Grows with every commit that takes no serial: tokens, accounts, settings, roles.
    Column("access_version", BigInteger, nullable=False),
)

indexes = Table(
    "indexes",
    metadata,
    Column("id", _RowId, primary_key=True),
    Column("name", String(63), nullable=False, unique=True),
    Column("settings", Text, nullable=False),
    Column("settings_version", Integer, nullable=False),
)

serials = Table(
    "serials",
    metadata,
    Column("index_id", ForeignKey("indexes.id"), primary_key=True, autoincrement=False),
    Column("serial", BigInteger, nullable=False),
)

accounts = Table(
    "accounts",
    metadata,
    Column("id", _RowId, primary_key=True),
    Column("username", String(50), nullable=False),
    # Lower-case: a user name is the same in any case of its letters.
    Column("username_key", String(50), nullable=False, unique=True),
    Column("password_hash", Text, nullable=False),
    Column("is_administrator", Boolean, nullable=False),
    Column("state", String(16), nullable=False, server_default="active"),
    Column("created", UtcDateTime, nullable=False),
)

tokens = Table(
    "tokens",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("account_id", ForeignKey("accounts.id"), nullable=False, index=True),
    Column("description", Text, nullable=False),
    Column("secret_hash", String(64), nullable=False, unique=True),
    Column("scope", Text, nullable=False),
    Column("created", UtcDateTime, nullable=False),
    Column("expires", UtcDateTime),
    # NULL: not since this was counted.
    Column("used", UtcDateTime),
)

web_sessions = Table(
    "web_sessions",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("account_id", ForeignKey("accounts.id"), nullable=False, index=True),
    Column("secret_hash", String(64), nullable=False, unique=True),
    Column("created", UtcDateTime, nullable=False),
    Column("seen", UtcDateTime, nullable=False),
    Column("proved", UtcDateTime, nullable=False),
    Column("expires", UtcDateTime, nullable=False),
    Column("address", String(45), nullable=False),
    Column("user_agent", String(200), nullable=False),
)

second_factors = Table(
    "second_factors",
    metadata,
    Column("account_id", ForeignKey("accounts.id"), primary_key=True, autoincrement=False),
    # Codes cannot be checked against a hash of it.
    Column("secret", String(64), nullable=False),
    Column("is_confirmed", Boolean, nullable=False),
    Column("last_step", BigInteger, nullable=False),
    # One a line.
    Column("recovery_hashes", Text, nullable=False),
)

one_time_secrets = Table(
    "one_time_secrets",
    metadata,
    Column("secret_hash", String(64), primary_key=True),
    Column("purpose", String(32), nullable=False),
    Column("account_id", ForeignKey("accounts.id"), nullable=False, index=True),
    Column("address", String(254), nullable=False),
    Column("expires", UtcDateTime, nullable=False),
)

email_addresses = Table(
    "email_addresses",
    metadata,
    Column("account_id", ForeignKey("accounts.id"), primary_key=True, autoincrement=False),
    Column("address", String(254), nullable=False),
    # Lower-case: an address is the same in any case of its letters.
    Column("address_key", String(254), nullable=False, unique=True),
)

projects = Table(
    "projects",
    metadata,
    Column("id", _RowId, primary_key=True),
    Column("index_id", ForeignKey("indexes.id"), nullable=False),
    Column("name", String(214), nullable=False),
    Column("display_name", String(214), nullable=False),
    # Of names that can be mistaken for each other it is the same.
    Column("similarity_key", String(214), nullable=False, server_default=""),
    Column("status", String(16), nullable=False),
    Column("status_reason", Text, nullable=False),
    Column("created", UtcDateTime, nullable=False),
    Column("serial", BigInteger, nullable=False),
    UniqueConstraint("index_id", "name"),
    Index(None, "index_id", "similarity_key"),
    # Project ids are never reused: a segment of the list keeps its place.
    Index(None, "index_id", "id"),
    sqlite_autoincrement=True,
)

segments = Table(
    "segments",
    metadata,
    Column("index_id", ForeignKey("indexes.id"), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("serial", BigInteger, nullable=False),
)

memberships = Table(
    "memberships",
    metadata,
    Column("project_id", ForeignKey("projects.id"), primary_key=True),
    Column("account_id", ForeignKey("accounts.id"), primary_key=True, index=True),
    Column("role", String(16), nullable=False),
)

invitations = Table(
    "invitations",
    metadata,
    Column("project_id", ForeignKey("projects.id", ondelete="CASCADE"), primary_key=True),
    Column("account_id", ForeignKey("accounts.id"), primary_key=True, index=True),
    Column("role", String(16), nullable=False),
    Column("invited_by", String(50), nullable=False),
    Column("since", UtcDateTime, nullable=False),
)

releases = Table(
    "releases",
    metadata,
    Column("id", _RowId, primary_key=True),
    Column("project_id", ForeignKey("projects.id"), nullable=False),
    Column("version", String(128), nullable=False),
    Column("release_key", String(128), nullable=False),
    Column("created", UtcDateTime, nullable=False),
    # NULL: not yanked; empty: yanked without a reason.
    Column("yank_reason", Text),
    UniqueConstraint("project_id", "release_key"),
    Index(None, "created"),
)

# Apart, because a description is large and a page of 2,000 releases needs none of them.
release_metadata = Table(
    "release_metadata",
    metadata,
    Column("release_id", ForeignKey("releases.id"), primary_key=True, autoincrement=False),
    Column("metadata", LargeBinary, nullable=False),
)

classifiers = Table(
    "classifiers",
    metadata,
    Column("id", _RowId, primary_key=True),
    Column("name", String(LONGEST_CLASSIFIER), nullable=False, unique=True),
)

# What is in the metadata too, the other way round.
release_classifiers = Table(
    "release_classifiers",
    metadata,
    Column("index_id", ForeignKey("indexes.id"), primary_key=True),
    Column("classifier_id", ForeignKey("classifiers.id"), primary_key=True),
    Column("release_id", ForeignKey("releases.id", ondelete="CASCADE"), primary_key=True, index=True),
    sqlite_with_rowid=False,
)

# What the newest release of each project requires; names that are no projects, too.
dependencies = Table(
    "dependencies",
    metadata,
    Column("index_id", ForeignKey("indexes.id"), primary_key=True),
    Column("project", String(214), primary_key=True),
    Column("required", String(214), primary_key=True),
    # Whether only an extra does.
    Column("is_optional", Boolean, nullable=False),
    # Of the one that requires, so that the most popular ones are found first.
    Column("popularity", BigInteger, nullable=False),
    sqlite_with_rowid=False,
)
Index(
    "ix_dependencies_popular",
    dependencies.c.index_id,
    dependencies.c.required,
    dependencies.c.popularity.desc(),
    dependencies.c.project,
)

files = Table(
    "files",
    metadata,
    Column("id", _RowId, primary_key=True),
    Column("index_id", ForeignKey("indexes.id"), nullable=False),
    Column("project_id", ForeignKey("projects.id"), nullable=False, index=True),
    Column("release_id", ForeignKey("releases.id"), nullable=False, index=True),
    Column("filename", String(246), nullable=False),
    Column("filetype", String(16), nullable=False),
    Column("python_version", Text, nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("md5", String(32), nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("blake2_256", String(64), nullable=False, index=True),
    Column("metadata_sha256", String(64)),
    Column("requires_python", Text),
    Column("comment", Text, nullable=False),
    # One path a line; paths have no line breaks.
    Column("sboms", Text, nullable=False, server_default=""),
    # One name a line.
    Column("modules", Text, nullable=False, server_default=""),
    Column("uploaded", UtcDateTime, nullable=False),
    Column("yank_reason", Text),
    UniqueConstraint("index_id", "filename"),
    UniqueConstraint("index_id", "blake2_256"),
    # Users know a file by its SHA-256.
    Index(None, "index_id", "sha256"),
)

# Of deleted files too: a name is never used again.
used_filenames = Table(
    "used_filenames",
    metadata,
    Column("index_id", ForeignKey("indexes.id"), primary_key=True),
    Column("filename", String(246), primary_key=True),
)

# What a release shows, and what it will show once it is unpacked.
documentation_sets = Table(
    "documentation_sets",
    metadata,
    Column("id", _RowId, primary_key=True),
    Column("index_id", ForeignKey("indexes.id"), nullable=False),
    Column("project_id", ForeignKey("projects.id"), nullable=False, index=True),
    Column("release_id", ForeignKey("releases.id"), nullable=False, index=True),
    Column("state", String(16), nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("blake2_256", String(64), nullable=False, index=True),
    Column("uploaded", UtcDateTime, nullable=False),
    # Ids are never reused: who unpacks a set that is gone must not add to another.
    sqlite_autoincrement=True,
)

documentation_pages = Table(
    "documentation_pages",
    metadata,
    Column("documentation_id", ForeignKey("documentation_sets.id"), primary_key=True),
    Column("path", String(240), primary_key=True),
    Column("blake2_256", String(64), nullable=False, index=True),
    Column("size", BigInteger, nullable=False),
    sqlite_with_rowid=False,
)

# Upload sessions took its place: nothing is added to it, and a later migration drops it.
documentation_uploads = Table(
    "documentation_uploads",
    metadata,
    Column("identifier", String(64), primary_key=True),
    Column("index_id", ForeignKey("indexes.id"), nullable=False),
    Column("release_id", ForeignKey("releases.id"), nullable=False, index=True),
    Column("size", BigInteger, nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("begun", UtcDateTime, nullable=False),
    Index(None, "index_id", "begun"),
)

journal = Table(
    "journal",
    metadata,
    Column("index_id", ForeignKey("indexes.id"), primary_key=True),
    Column("serial", BigInteger, primary_key=True, autoincrement=False),
    Column("project", String(214), nullable=False),
    Column("version", String(128)),
    Column("action", Text, nullable=False),
    Column("actor", String(50), nullable=False),
    Column("moment", UtcDateTime, nullable=False),
    Index(None, "index_id", "moment", "serial"),
)

# Append-only: rows are added by the transactions they tell of, and go when they are old.
audit_log = Table(
    "audit_log",
    metadata,
    Column("id", _RowId, primary_key=True),
    Column("moment", UtcDateTime, nullable=False),
    # What it names may go, an entry stays as it was: nothing here points at other rows.
    Column("index_name", String(63)),
    Column("username", String(50), nullable=False),
    Column("account_id", BigInteger),
    Column("proof", String(16), nullable=False),
    Column("token_id", String(64)),
    Column("address", String(45), nullable=False),
    Column("user_agent", String(200), nullable=False),
    Column("action", String(64), nullable=False),
    Column("project", String(214)),
    Column("version", String(128)),
    Column("filename", String(246)),
    Column("detail", Text, nullable=False),
    Index(None, "project", "id"),
    Index(None, "username", "id"),
    sqlite_autoincrement=True,
)

rate_counts = Table(
    "rate_counts",
    metadata,
    Column("limit_name", String(32), primary_key=True),
    Column("subject", String(64), primary_key=True),
    # Microseconds since 1970, for the sake of arithmetic in one statement.
    Column("free_at", BigInteger, nullable=False),
)

outbox = Table(
    "outbox",
    metadata,
    Column("id", _RowId, primary_key=True),
    Column("index_id", ForeignKey("indexes.id"), nullable=False),
    Column("kind", String(32), nullable=False),
    Column("subject", String(214), nullable=False),
    # NULL: due at once.
    Column("due", UtcDateTime),
    # NULL: not claimed.
    Column("lease_until", UtcDateTime),
    Column("attempts", Integer, nullable=False),
    Column("is_buried", Boolean, nullable=False),
    Column("error", Text),
    # NULL: recorded by an earlier version.
    Column("since", UtcDateTime),
    # Ids are never reused: a worker that lost its lease must not finish another's task.
    sqlite_autoincrement=True,
)
unclaimed = outbox.c.lease_until.is_(None) & (outbox.c.is_buried == false())
Index(
    "uq_outbox_unclaimed",
    outbox.c.index_id,
    outbox.c.kind,
    outbox.c.subject,
    unique=True,
    sqlite_where=unclaimed,
    postgresql_where=unclaimed,
)
claimed = outbox.c.lease_until.is_not(None) & (outbox.c.is_buried == false())
Index(
    "ix_outbox_claimed",
    outbox.c.index_id,
    outbox.c.kind,
    outbox.c.subject,
    sqlite_where=claimed,
    postgresql_where=claimed,
)

# What is done now and then, by one of all workers.
periodic_work = Table(
    "periodic_work",
    metadata,
    Column("name", String(32), primary_key=True),
    Column("due", UtcDateTime, nullable=False),
    # Each claim counts: a worker that lost its lease must not end another's turn.
    Column("turn", BigInteger, nullable=False),
    # NULL: nobody is at it.
    Column("lease_until", UtcDateTime),
    Column("began", UtcDateTime),
    Column("ended", UtcDateTime),
    # Of the last turn that ended; NULL if it did not fail.
    Column("error", Text),
)

# What servers counted, until a worker adds it up.
download_batches = Table(
    "download_batches",
    metadata,
    Column("id", _RowId, primary_key=True),
    Column("body", LargeBinary, nullable=False),
)

# By files, and by what clients are: the two together would have a row for each pair.
file_downloads = Table(
    "file_downloads",
    metadata,
    Column("project_id", ForeignKey("projects.id", ondelete="CASCADE"), primary_key=True),
    Column("span", String(8), primary_key=True),
    Column("start", Date, primary_key=True),
    Column("version", String(128), primary_key=True),
    Column("filename", String(246), primary_key=True),
    Column("downloads", BigInteger, nullable=False),
    Index(None, "span", "start"),
    sqlite_with_rowid=False,
)

client_downloads = Table(
    "client_downloads",
    metadata,
    Column("project_id", ForeignKey("projects.id", ondelete="CASCADE"), primary_key=True),
    Column("span", String(8), primary_key=True),
    Column("start", Date, primary_key=True),
    Column("trait", String(16), primary_key=True),
    Column("value", String(32), primary_key=True),
    Column("downloads", BigInteger, nullable=False),
    Index(None, "span", "start"),
    sqlite_with_rowid=False,
)
is_project_total = (client_downloads.c.span == literal_column("'total'")) & (
    client_downloads.c.trait == literal_column("'all'")
)
Index(
    "ix_client_downloads_total",
    client_downloads.c.downloads,
    sqlite_where=is_project_total,
    postgresql_where=is_project_total,
)

upload_sessions = Table(
    "upload_sessions",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("index_id", ForeignKey("indexes.id"), nullable=False),
    # A project need not be there yet.
    Column("project", String(214), nullable=False),
    Column("display_name", String(214), nullable=False),
    Column("version", String(128), nullable=False),
    Column("release_key", String(128), nullable=False),
    Column("purpose", String(16), nullable=False, server_default="release"),
    Column("account_id", ForeignKey("accounts.id"), index=True),
    Column("state", String(16), nullable=False),
    Column("created", UtcDateTime, nullable=False),
    Column("expires", UtcDateTime, nullable=False),
    Column("problems", Text, nullable=False),
    Column("warnings", Text, nullable=False),
    Index(None, "index_id", "expires"),
)
# Not as parameters, or SQLite would not see that the index answers the query.
is_live = upload_sessions.c.state.in_([literal_column("'open'"), literal_column("'completed'")])
Index(
    "uq_upload_sessions_live",
    upload_sessions.c.index_id,
    upload_sessions.c.project,
    upload_sessions.c.release_key,
    upload_sessions.c.purpose,
    unique=True,
    sqlite_where=is_live,
    postgresql_where=is_live,
)

upload_session_files = Table(
    "upload_session_files",
    metadata,
    Column("session_id", ForeignKey("upload_sessions.id", ondelete="CASCADE"), primary_key=True),
    Column("position", Integer, primary_key=True, autoincrement=False),
    Column("filename", String(246), nullable=False, index=True),
    Column("size", BigInteger, nullable=False),
    Column("sha256", String(64), nullable=False),
    # Names the bytes in the staging area, once there are some.
    Column("identifier", String(64), index=True),
    # NULL until all bytes have arrived.
    Column("md5", String(32)),
    Column("blake2_256", String(64)),
)

condemned_blobs = Table(
    "condemned_blobs",
    metadata,
    Column("blake2_256", String(64), primary_key=True),
    Column("kind", String(32), primary_key=True),
    Column("state", String(16), nullable=False),
    Column("since", UtcDateTime, nullable=False),
    Index(None, "state", "since"),
)

pages = Table(
    "pages",
    metadata,
    Column("index_id", ForeignKey("indexes.id"), primary_key=True),
    Column("kind", String(32), primary_key=True),
    Column("subject", String(400), primary_key=True),
    Column("validity", Text, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("compressed", LargeBinary, nullable=False),
    Column("etag", Text, nullable=False),
)
