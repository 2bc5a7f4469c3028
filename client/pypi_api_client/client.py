"""The client for programs that wait."""

from __future__ import annotations

from types import TracebackType
from typing import Self

from pypi_api_client.drivers.conversation import Conversation
from pypi_api_client.drivers.waiting import Driver, Sleep, Transport, waiting, waiting_for_each
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


class Client(Conversation[Driver, Transport, Sleep]):
    """
    Talks to a package index; for use in one thread at a time.

    It speaks JSON-RPC where the index does, and the public standards (Simple API, legacy JSON,
    legacy upload) everywhere else.  Plain http is used to this machine alone.

    Every method may raise `ConnectionFailed`, `Refused` and `BadAnswer`.  Changes of projects, releases,
    files and roles return the serial of the index after the change.
    """

    _open_driver = Driver

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close all connections."""
        self._driver.close()

    # An operation called as its module comes after the others of the module, whose name it hides.
    indexes = waiting(status.indexes)
    status = waiting(status.status)
    call = waiting(any_method.call)
    whoami = waiting(accounts.whoami)

    search = waiting(search.search)
    project = waiting(project.project)
    project_page = waiting(simple.project_page)
    release = waiting(releases.release)
    file = waiting(files.file)
    find_file = waiting(files.find_file)
    file_status = waiting(files.file_status)
    metadata = waiting(downloads.metadata)
    metadata_in_wheel = waiting(wheel_metadata.metadata_in_wheel)
    provenance = waiting(downloads.provenance)
    download = waiting(downloads.download)
    download_all = waiting(downloads.download_all)
    validate_metadata = waiting(validation.validate_metadata)
    validate_filename = waiting(validation.validate_filename)

    upload_all = waiting(upload.upload_all)
    upload = waiting(upload.upload)
    upload_release = waiting(upload_release.upload_release)
    begin_upload = waiting(upload_sessions.begin_upload)
    upload_status = waiting(upload_sessions.upload_status)
    send_file = waiting(upload_sessions.send_file)
    complete_upload = waiting(upload_sessions.complete_upload)
    cancel_upload = waiting(upload_sessions.cancel_upload)
    publish_release = waiting(upload_sessions.publish_release)
    upload_documentation = waiting(documentation.upload_documentation)
    delete_documentation = waiting(documentation.delete_documentation)
    documentation = waiting(documentation.documentation)

    create_project = waiting(projects.create_project)
    set_project_status = waiting(projects.set_project_status)
    delete_project = waiting(projects.delete_project)
    project_downloads = waiting(projects.project_downloads)
    roles = waiting(projects.roles)
    add_role = waiting(projects.add_role)
    remove_role = waiting(projects.remove_role)
    yank_release = waiting(releases.yank_release)
    unyank_release = waiting(releases.unyank_release)
    delete_release = waiting(releases.delete_release)
    set_release_metadata = waiting(releases.set_release_metadata)
    yank_file = waiting(files.yank_file)
    unyank_file = waiting(files.unyank_file)
    delete_file = waiting(files.delete_file)

    create_token = waiting(accounts.create_token)
    exchange_password = waiting(accounts.exchange_password)
    change_password = waiting(accounts.change_password)
    tokens = waiting(accounts.tokens)
    revoke_token = waiting(accounts.revoke_token)

    projects = waiting_for_each(project_list.projects)
    releases = waiting_for_each(releases.releases)
    follow = waiting_for_each(changes.follow)
    changes = waiting(changes.changes)
