"""What can be learnt of an index."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from pypi_api_client.models import (
    Project,
    ProjectPage,
    ProjectVersion,
    SearchResults,
)
from pypi_api_client.protocol import (
    accounts,
    changes,
    documentation,
    files,
    project,
    project_list,
    releases,
    search,
    simple,
    status,
    validation,
)
from pypi_api_client.records import (
    Account,
    Change,
    ChangesPage,
    FileStatus,
    FoundFile,
    IndexStatus,
    ListedIndex,
    ProjectDocumentation,
    Release,
    Verdict,
)
from pypi_api_client.synchronous.conversation import Conversation


class Reading(Conversation):
    """The methods that change nothing."""

    def status(self) -> IndexStatus:
        """Return what the index says of itself and what it can do; it is asked once."""
        return self._run(status.status(self._index))

    def search(
        self,
        words: str = "",
        *,
        words_in: Sequence[str] | None = None,
        fields: Mapping[str, str] | None = None,
        classifiers: Sequence[str] = (),
        sort: str | None = None,
        facets: bool = False,
        cursor: str | None = None,
        limit: int = 20,
    ) -> SearchResults:
        """
        Find projects by words, by words in single *fields*, and by *classifiers* they carry.

        *words_in* are the fields in which to look for the words; where to look unless they are given is
        the index's own choice.  *sort* is ``relevance``, ``name`` or ``updated``; *limit* is at most 100,
        *cursor* the ``next`` of the page before.

        Raises:
            NotSpoken: The index has no search, or none that can do what is asked for.
        """
        exchange = search.search(
            self._index,
            words,
            words_in=words_in,
            fields=fields,
            classifiers=classifiers,
            sort=sort,
            facets=facets,
            cursor=cursor,
            limit=limit,
        )
        return self._run(exchange)

    def project(self, name: str, version: str | None = None) -> Project:
        """
        Describe a project by the version asked for, or by its latest.

        Raises:
            NotFound: There is no such project, or no such version.
        """
        return self._run(project.project(self._index, name, version))

    def project_page(self, name: str) -> ProjectPage:
        """
        Read a project's page of the Simple API.

        Raises:
            NotFound: There is no such project.
        """
        return self._run(simple.project_page(self._index, name))

    def projects(self, *, largest: int | None = None) -> Iterator[str]:
        """
        Yield the names of all projects, which arrive in one answer.

        Raises:
            BadAnswer: The list has more than *largest* bytes, or than any answer may have.
        """
        yield from self._run(project_list.projects(self._index, largest))

    def indexes(self) -> tuple[ListedIndex, ...]:
        """List the indexes of the server that the caller may read."""
        return self._run(status.indexes(self._index))

    def releases(self, name: str) -> Iterator[ProjectVersion]:
        """
        Yield the versions of a project, the newest first.

        Raises:
            NotSpoken: The index does not speak JSON-RPC; `project` has them too.
        """
        cursor: str | None = None
        while True:
            page = self._run(releases.page(self._index, name, cursor))
            yield from page.releases
            cursor = page.next
            if cursor is None:
                return

    def release(self, name: str, version: str) -> Release:
        """
        Describe a release: its metadata and files.

        Raises:
            NotSpoken: The index does not speak JSON-RPC; `project` tells of other indexes.
        """
        return self._run(releases.release(self._index, name, version))

    def file(self, filename: str) -> FoundFile:
        """
        Find a file by its name.

        Raises:
            NotSpoken: The index does not speak JSON-RPC.
        """
        return self._run(files.file(self._index, filename))

    def file_status(self, filename: str) -> FileStatus:
        """
        Explain whether a file is there and visible, and if not, why not.

        Raises:
            NotSpoken: The index does not speak JSON-RPC.
        """
        return self._run(files.status(self._index, filename))

    def whoami(self) -> Account:
        """
        Tell who the index thinks is calling, and what the token is narrowed to.

        Raises:
            NotSpoken: The index does not speak JSON-RPC.
        """
        return self._run(accounts.whoami(self._index))

    def validate_metadata(self, metadata: str) -> Verdict:
        """Hold the content of a METADATA or PKG-INFO file against the rules of the index."""
        return self._run(validation.metadata(self._index, metadata))

    def validate_filename(self, filename: str) -> Verdict:
        """Hold the name of a wheel or sdist against the rules of the index."""
        return self._run(validation.filename(self._index, filename))

    def changes(self, since: int = 0, *, limit: int = 1000, wait: int = 0) -> ChangesPage:
        """
        Read a page of what came after the serial *since*.

        Where there is nothing yet, it comes after *wait* seconds, or as soon as there is.

        Raises:
            NotSpoken: The index does not tell what changes.
        """
        return self._run(changes.changes(self._index, since, limit=limit, wait=wait))

    def follow(self, since: int, *, wait: int = 60) -> Iterator[Change]:
        """
        Yield every change after the serial *since*, without end: it waits for those to come.

        Raises:
            NotSpoken: The index does not tell what changes.
        """
        while True:
            page = self.changes(since, wait=wait)
            since = page.since
            yield from page.changes

    def documentation(self, name: str) -> ProjectDocumentation:
        """
        List the documentation of a project, that of the newest version first.

        Raises:
            NotSpoken: The index keeps no documentation.
        """
        return self._run(documentation.documentation(self._index, name))
