"""From settings to adapters: each function builds one thing, matching exhaustively what is set."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, cast

from pypi_app.settings import LocalBlobs, Settings, SettingsError, SqliteSearch, StartError
from pypi_app.traces import NoTraces
from pypi_app.watch import Watch
from pypi_blobs.fallback import FallbackBlobStore, FallbackStaging
from pypi_blobs.local import LocalBlobStore
from pypi_blobs.local_staging import LocalStaging
from pypi_blobs.s3_settings import S3Blobs, renamed
from pypi_core.domain.indexes import DEFAULT_INDEX, IndexName
from pypi_core.domain.rate_limits import RateLimit, RateLimits, parse_rate
from pypi_core.domain.web_sessions import SessionTerms
from pypi_core.errors import InvalidSetting, Unavailable
from pypi_core.index import Index
from pypi_core.ports.blobs import BlobStore, Staging, Store
from pypi_core.ports.environment import Clock, DescriptionRenderer, PasswordHasher, Randomness
from pypi_core.ports.mail import Mail
from pypi_core.ports.search import SearchEngine
from pypi_core.site import Site
from pypi_core.use_cases.accounts.registration import RegistrationTerms
from pypi_core.use_cases.upkeep.forget_history import KeptDownloads
from pypi_core.use_cases.upkeep.leases import WorkTerms
from pypi_environment.counts_beside import CountsBeside
from pypi_environment.download_counter import DownloadCounter
from pypi_environment.heart_beat import heart_beat
from pypi_environment.mail import FolderMail, MailBeside, SmtpServerMail
from pypi_environment.mail_settings import MailFolder, NoMail, SmtpMail
from pypi_environment.readme import ReadmeRenderer
from pypi_environment.remembered_pages import RememberedPages
from pypi_environment.rendering_process import RenderingLimits
from pypi_environment.sightings_beside import SightingsBeside
from pypi_search.settings import OpenSearchSettings, PostgresSearchSettings
from pypi_search.sqlite_fts import SqliteFtsSearch
from pypi_sql import InvalidReplica, SqlDatabase

if TYPE_CHECKING:
    # The libraries that they need belong to extras.
    from pypi_blobs.s3_bucket import S3Bucket
    from pypi_search.opensearch_server import OpenSearchServer
    from pypi_search.postgres_connections import PostgresConnections


def build_database(settings: Settings, clock: Clock) -> SqlDatabase:
    """
    Build the database; nothing is opened yet.

    Raises:
        SettingsError: The URL is none, or of no database that is supported.
    """
    try:
        return SqlDatabase(settings.database_url, clock, settings.postgresql, settings.database_replica)
    except InvalidReplica as error:
        raise SettingsError(str(error), "database_replica") from error
    except ValueError as error:
        raise SettingsError(str(error), "database") from error


def build_buckets(settings: Settings) -> Mapping[str, S3Bucket]:
    """
    Build the buckets of the stores that are none in a folder; nothing is asked yet.

    Raises:
        SettingsError: What it needs is not installed, or a file that the settings name cannot be used.
    """
    return {
        name: build_bucket(settings, store, rf"{name}.\1")
        for name, store in settings.stores.items()
        if isinstance(store, S3Blobs)
    }


def build_bucket(settings: Settings, store: S3Blobs, naming: str) -> S3Bucket:
    """
    Build a bucket of stored and staged files; *naming* is a template of what its settings are called.

    Raises:
        SettingsError: What it needs is not installed, or a file that the settings name cannot be used.
    """
    try:
        from pypi_blobs.s3_bucket import S3Bucket
    except ModuleNotFoundError as error:
        raise SettingsError(
            "'s3' needs more than is installed: `pip install 'pypi-core[s3]'`", renamed("blobs.kind", naming)
        ) from error
    try:
        return S3Bucket(store, 2 * settings.read_threads + settings.write_threads, naming)
    except InvalidSetting as error:
        [problem] = error.problems
        raise SettingsError(renamed(problem.message, naming), renamed(problem.field, naming)) from error


def require_buckets(buckets: Mapping[str, S3Bucket], *, creates: bool = False) -> None:
    """
    Make sure that buckets can be used; with *creates* they are created where they are missing.

    Raises:
        StartError: One cannot be used; the message names the setting and says what to do.
    """
    try:
        for bucket in buckets.values():
            if creates:
                bucket.create()
            else:
                bucket.require()
    except Unavailable as error:
        raise StartError(str(error)) from error


def build_download_counter(settings: Settings, database: SqlDatabase, clock: Clock) -> DownloadCounter | None:
    """Build what counts the downloads of this process, if they are to be counted."""
    statistics = settings.statistics
    if not statistics.enabled:
        return None
    return DownloadCounter(
        database.download_batches,
        clock,
        flush_seconds=statistics.flush_seconds,
        most=statistics.buffer,
    )


def build_stores(
    settings: Settings, buckets: Mapping[str, S3Bucket], randomness: Randomness
) -> Sequence[Store]:
    """
    Build the stores of files, the one that is written first; folders are made if they are missing.

    Raises:
        StartError: A folder cannot be made.
    """
    return [
        build_folder_store(name, settings.folder_of(store), randomness)
        if isinstance(store, LocalBlobs)
        else build_bucket_store(name, buckets[name], randomness)
        for name, store in settings.stores.items()
    ]


def build_folder_store(name: str, folder: Path, randomness: Randomness) -> Store:
    """
    Build a store of files in a folder, which is made if it is missing.

    Raises:
        StartError: The folder cannot be made.
    """
    try:
        return Store(name=name, blobs=LocalBlobStore(folder), staging=LocalStaging(folder, randomness))
    except OSError as error:
        raise StartError(
            f"The folder of stored files {folder} cannot be used: {error.strerror}. "
            f"Check {name}.folder, the permissions and the room on its disk."
        ) from error


def build_bucket_store(name: str, bucket: S3Bucket, randomness: Randomness) -> Store:
    """Build a store of files in a bucket."""
    from pypi_blobs.s3 import S3BlobStore
    from pypi_blobs.s3_staging import S3Staging

    return Store(name=name, blobs=S3BlobStore(bucket), staging=S3Staging(bucket, randomness))


def build_blobs(stores: Sequence[Store], traces: NoTraces) -> BlobStore:
    """Build what keeps stored objects: one store, or two as one."""
    first, *others = (each.blobs for each in stores)
    return traces.of_port(FallbackBlobStore(first, *others) if others else first, "blobs")


def build_staging(stores: Sequence[Store], traces: NoTraces) -> Staging:
    """Build what stages uploads: that of one store, or of two as one."""
    first, *others = (each.staging for each in stores)
    return traces.of_port(FallbackStaging(first, *others) if others else first, "staging")


def build_renderer(settings: Settings) -> DescriptionRenderer:
    """Build the renderer of descriptions; no process is started yet."""
    rendering = settings.rendering
    limits = RenderingLimits(
        cpu_seconds=rendering.seconds,
        memory=rendering.memory,
        longest_html=rendering.longest_html,
        substitutions=rendering.substitutions,
    )
    return ReadmeRenderer(limits=limits, processes=rendering.processes)


def build_search_server(settings: Settings) -> PostgresConnections | OpenSearchServer | None:
    """
    Build what the searches of all indexes share, ``None`` where they are in a file; nothing is asked yet.

    Raises:
        SettingsError: What it needs is not installed, or a setting means nothing.
    """
    match settings.search:
        case SqliteSearch():
            return None
        case PostgresSearchSettings():
            return _search_database(settings, settings.search)
        case OpenSearchSettings():
            return _opensearch(settings.search)


def require_search(server: PostgresConnections | OpenSearchServer | None) -> None:
    """
    Make sure that what the searches share can be used.

    Raises:
        StartError: It cannot; the message names the setting and says what to do.
    """
    if server is None:
        return
    try:
        server.require()
    except Unavailable as error:
        raise StartError(str(error)) from error


def _search_database(settings: Settings, search: PostgresSearchSettings) -> PostgresConnections:
    url, setting = search.url or settings.database_url, "search.url" if search.url else "search.kind"
    if not url.startswith("postgresql"):
        raise SettingsError(
            "'postgres' needs a PostgreSQL: set search.url, or database, to the URL of one", setting
        )
    try:
        from pypi_search.postgres_connections import PostgresConnections
    except ImportError as error:
        raise SettingsError(
            "'postgres' needs more than is installed: `pip install 'pypi-core[postgres]'`", "search.kind"
        ) from error
    limits = settings.postgresql
    return PostgresConnections(
        url,
        most=search.connections,
        patience=limits.pool_seconds,
        connect_seconds=limits.connect_seconds,
        statement_seconds=limits.statement_seconds,
    )


def _opensearch(search: OpenSearchSettings) -> OpenSearchServer:
    try:
        from pypi_search.opensearch_server import OpenSearchServer
    except ImportError as error:
        raise SettingsError(
            "'opensearch' needs more than is installed: `pip install 'pypi-core[opensearch]'`", "search.kind"
        ) from error
    try:
        return OpenSearchServer(search)
    except OSError as error:
        file = search.ca_bundle if error.filename is None else error.filename
        setting = "search.password_file" if file == search.password_file else "search.ca_bundle"
        raise SettingsError(f"the file {file} cannot be read: {error.strerror or error}", setting) from error


def build_search(
    settings: Settings, server: PostgresConnections | OpenSearchServer | None, index: IndexName
) -> SearchEngine:
    """Build the search engine of one index."""
    match settings.search:
        case SqliteSearch():
            return SqliteFtsSearch(settings.search_file, index)
        case PostgresSearchSettings():
            from pypi_search.postgres import PostgresSearch

            return PostgresSearch(cast("PostgresConnections", server), index)
        case OpenSearchSettings():
            from pypi_search.opensearch import OpenSearchSearch

            return OpenSearchSearch(cast("OpenSearchServer", server), index)


def build_index(
    settings: Settings,
    database: SqlDatabase,
    blobs: BlobStore,
    staging: Staging,
    search: SearchEngine,
    renderer: DescriptionRenderer,
    clock: Clock,
    randomness: Randomness,
    traces: NoTraces,
    name: IndexName,
) -> Index:
    """Assemble one index."""
    rows = database.index(name)
    index = Index(
        open_snapshot=rows.open_snapshot,
        open_unit_of_work=traces.of_opening(rows.open_unit_of_work, "unit of work"),
        open_shared_unit_of_work=traces.of_opening(rows.open_shared_unit_of_work, "unit of work"),
        open_lagging_snapshot=rows.open_lagging_snapshot,
        pages=RememberedPages(rows.pages, settings.page_memory),
        warmed_pages=rows.pages,
        blobs=blobs,
        staging=staging,
        search=search,
        renderer=renderer,
        clock=clock,
        randomness=randomness,
        rate_limiter=database.rate_limiter,
        download_counts=rows.download_counts,
        dependencies=rows.dependencies,
        counts_downloads=settings.statistics.enabled,
        limits=build_limits(settings),
    )
    return traces.of_reactions(index)


def build_site(
    settings: Settings,
    database: SqlDatabase,
    stores: Sequence[Store],
    blobs: BlobStore,
    staging: Staging,
    search_of: Callable[[IndexName], SearchEngine],
    renderer: DescriptionRenderer,
    passwords: PasswordHasher,
    clock: Clock,
    randomness: Randomness,
    traces: NoTraces,
) -> Site:
    """Assemble the site over all indexes of the database; *search_of* builds the search of each."""
    return Site(
        open_snapshot=database.open_site_snapshot,
        open_unit_of_work=traces.of_opening(database.open_site_unit_of_work, "unit of work of the site"),
        build_index=lambda name: build_index(
            settings, database, blobs, staging, search_of(name), renderer, clock, randomness, traces, name
        ),
        blobs=blobs,
        staging=staging,
        stores=stores,
        condemned_blobs=database.condemned_blobs,
        outbox=database.outbox,
        download_batches=database.download_batches,
        periodic_work=database.periodic_work,
        audit_log=database.audit_log,
        # Failed logins alone are counted by the site, many of them by who only reads.
        rate_limiter=CountsBeside(database.rate_limiter),
        sightings=SightingsBeside(database.sightings),
        passwords=passwords,
        clock=clock,
        randomness=randomness,
        limits=build_limits(settings),
        session_terms=SessionTerms(
            idle=timedelta(days=settings.accounts.idle_days),
            longest=timedelta(days=settings.accounts.session_days),
            most=settings.accounts.sessions,
        ),
        registration=RegistrationTerms(
            is_open=settings.accounts.registration, url=(settings.accounts.url or "").rstrip("/")
        ),
        mail=build_mail(settings),
        keep_audit=timedelta(days=settings.audit_days) if settings.audit_days else None,
        keep_downloads=KeptDownloads(
            days=settings.statistics.keep_days, months=settings.statistics.keep_months or None
        ),
        work_terms=WorkTerms(
            lease=timedelta(seconds=settings.outbox.lease_seconds), attempts=settings.outbox.attempts
        ),
        heart_beat=heart_beat,
    )


def build_mail(settings: Settings) -> Mail | None:
    """
    Build what sends messages to people, ``None`` where none are sent; nothing is connected yet.

    Raises:
        SettingsError: A file that the settings name cannot be read.
    """
    match settings.mail:
        case NoMail():
            return None
        case MailFolder():
            return FolderMail(settings.mail_folder, settings.mail.sender)
        case SmtpMail():
            try:
                return MailBeside(SmtpServerMail(settings.mail))
            except OSError as error:
                raise SettingsError(
                    f"the file {error.filename} cannot be read: {error.strerror}", "mail.password_file"
                ) from error


def build_watch(
    settings: Settings,
    database: SqlDatabase,
    blobs: BlobStore,
    search_of: Callable[[IndexName], SearchEngine],
    clock: Clock,
) -> Watch:
    """Build what looks at all the others."""
    return Watch(
        settings,
        database,
        blobs,
        search_of(DEFAULT_INDEX),
        database.outbox,
        database.periodic_work,
        clock,
    )


def build_limits(settings: Settings) -> RateLimits:
    """Build the limits of the site, each with the sentence for whom it stops."""
    limits = settings.limits
    login = "Too many logins failed: wait {wait}, then try again."
    return RateLimits(
        failed_logins_by_address=_limit("failed-logins", limits.failed_logins_by_address, login),
        failed_logins_by_user=_limit("failed-logins-of-user", limits.failed_logins_by_user, login),
        uploads=_limit(
            "uploads",
            limits.uploads,
            "Too many files were uploaded by this account: wait {wait}, then upload the rest.",
        ),
        new_projects=_limit(
            "new-projects",
            limits.new_projects,
            "Too many new projects were created by this account: wait {wait}, or ask an administrator.",
        ),
        validations=_limit(
            "validations",
            limits.validations,
            "Too many texts were checked for this account: wait {wait}, then check the rest.",
        ),
        messages=_limit(
            "messages", limits.messages, "Too many e-mails were asked for: wait {wait}, then ask again."
        ),
    )


def _limit(name: str, rate: str, refusal: str) -> RateLimit | None:
    parsed = parse_rate(rate)
    return parsed and RateLimit(name=name, quota=parsed[0], window=parsed[1], refusal=refusal)
