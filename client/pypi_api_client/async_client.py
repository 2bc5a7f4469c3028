"""The client for programs on asyncio."""

from __future__ import annotations

from types import TracebackType
from typing import Self

from pypi_api_client.drivers.awaiting import AsyncDriver, AsyncSleep, AsyncTransport, awaiting, awaiting_each
from pypi_api_client.drivers.conversation import Conversation
from pypi_api_client.protocol import (
    accounts,
    any_method,
    changes,
    documentation,
    downloads,
    files,
    project,
    project_list,
    projects,
    releases,
    search,
    simple,
    status,
    upload,
    upload_release,
    upload_sessions,
    validation,
    wheel_metadata,
)


class AsyncClient(Conversation[AsyncDriver, AsyncTransport, AsyncSleep]):
    """
    Talks to a package index, on asyncio; many of its methods may run at the same time.

    It speaks JSON-RPC where the index does, and the public standards (Simple API, legacy JSON,
    legacy upload) everywhere else.  Plain http is used to this machine alone.

    Every method may raise `ConnectionFailed`, `Refused` and `BadAnswer`.  Changes of projects, releases,
    files and roles return the serial of the index after the change.
    """

    _open_driver = AsyncDriver

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Close all connections."""
        await self._driver.close()

    # An operation called as its module comes after the others of the module, whose name it hides.
    indexes = awaiting(status.indexes)
    status = awaiting(status.status)
    call = awaiting(any_method.call)
    whoami = awaiting(accounts.whoami)

    search = awaiting(search.search)
    project = awaiting(project.project)
    project_page = awaiting(simple.project_page)
    release = awaiting(releases.release)
    file = awaiting(files.file)
    find_file = awaiting(files.find_file)
    file_status = awaiting(files.file_status)
    metadata = awaiting(downloads.metadata)
    metadata_in_wheel = awaiting(wheel_metadata.metadata_in_wheel)
    provenance = awaiting(downloads.provenance)
    download = awaiting(downloads.download)
    download_all = awaiting(downloads.download_all)
    validate_metadata = awaiting(validation.validate_metadata)
    validate_filename = awaiting(validation.validate_filename)

    upload_all = awaiting(upload.upload_all)
    upload = awaiting(upload.upload)
    upload_release = awaiting(upload_release.upload_release)
    begin_upload = awaiting(upload_sessions.begin_upload)
    upload_status = awaiting(upload_sessions.upload_status)
    send_file = awaiting(upload_sessions.send_file)
    complete_upload = awaiting(upload_sessions.complete_upload)
    cancel_upload = awaiting(upload_sessions.cancel_upload)
    publish_release = awaiting(upload_sessions.publish_release)
    upload_documentation = awaiting(documentation.upload_documentation)
    delete_documentation = awaiting(documentation.delete_documentation)
    documentation = awaiting(documentation.documentation)

    create_project = awaiting(projects.create_project)
    set_project_status = awaiting(projects.set_project_status)
    delete_project = awaiting(projects.delete_project)
    project_downloads = awaiting(projects.project_downloads)
    roles = awaiting(projects.roles)
    add_role = awaiting(projects.add_role)
    remove_role = awaiting(projects.remove_role)
    yank_release = awaiting(releases.yank_release)
    unyank_release = awaiting(releases.unyank_release)
    delete_release = awaiting(releases.delete_release)
    set_release_metadata = awaiting(releases.set_release_metadata)
    yank_file = awaiting(files.yank_file)
    unyank_file = awaiting(files.unyank_file)
    delete_file = awaiting(files.delete_file)

    create_token = awaiting(accounts.create_token)
    exchange_password = awaiting(accounts.exchange_password)
    change_password = awaiting(accounts.change_password)
    tokens = awaiting(accounts.tokens)
    revoke_token = awaiting(accounts.revoke_token)

    projects = awaiting_each(project_list.projects)
    releases = awaiting_each(releases.releases)
    follow = awaiting_each(changes.follow)
    changes = awaiting(changes.changes)
