"""
The set-ups on which the same journeys pass: everything in the data folder, or everything kept by services.

A set-up differs from another in its settings file alone.  What a further service is for is said in
`ExternalSetup.settings`, and nowhere else.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path

from opensearch_node import OpenSearchNode
from postgresql_cluster import PostgresqlCluster, running_cluster
from pypi_blobs.s3_bucket import S3Bucket
from s3_servers import S3Server, running_s3_server, table

ON_EVERY_SETUP = {
    "test_changes_while_writing",
    "test_journey_documentation",
    "test_journey_mirrors",
    "test_journey_publish_and_install",
    "test_journey_pypi_cli",
    "test_journey_upload_sessions",
}
"""The modules whose tests run on each of them."""

NIGHTLY_ON_SERVICES = {
    "test_a_release_is_never_seen_in_part_whenever_the_server_is_killed",
    "test_a_site_of_5000_pages_needs_no_more_memory_than_a_small_one",
    "test_journey_crashes",
    "test_journey_legacy_uploads",
    "test_journey_pypi_cli_commands",
    "test_journey_xmlrpc",
    "test_upload_sessions_on_the_wire",
}
"""The modules, and single tests, that take too long on services to run there for every change."""

SetUp = Callable[[Path], list[str]]
"""Returns the options of ``pypi-server`` for a data folder; for the same folder they are the same."""


def embedded(_data: Path) -> list[str]:
    """Keep everything in the data folder, as it is without any setting."""
    return []


class ExternalSetup:
    """Keeps what each data folder would have in services, which all folders share."""

    def __init__(self, postgresql: PostgresqlCluster, store: S3Server, search: OpenSearchNode) -> None:
        self._postgresql = postgresql
        self._store = store
        self._search = search
        self._files: dict[Path, Path] = {}

    def __call__(self, data: Path) -> list[str]:
        """Return the option that names the settings file of a folder."""
        file = self._files.get(data)
        if file is None:
            file = self._files[data] = data.parent / f"{data.name}-external.toml"
            file.write_text(self.settings())
        return ["--settings", str(file)]

    def settings(self) -> str:
        """Return settings for one more folder, whose part of each service is empty."""
        database = self._postgresql.create_database()
        blobs = self._store.settings()
        S3Bucket(blobs).create()
        lines = [f'database = "{self._postgresql.url(database)}"', *table(blobs), *self._search.settings()]
        return "\n".join(lines) + "\n"


@contextlib.contextmanager
def external_setup(search: OpenSearchNode) -> Iterator[ExternalSetup]:
    """Run the services beside *search*, which takes so much memory that other tests share it."""
    with running_cluster() as postgresql, running_s3_server("MinIO") as store:
        yield ExternalSetup(postgresql, store, search)
