"""The index that the examples of the protocol speak of: what they send finds this, and so they are tests."""

from __future__ import annotations

from datetime import datetime

from pypi_core.domain.accounts import OPERATOR, Role
from pypi_core.domain.digests import Digests
from pypi_core.domain.entities import Yank
from pypi_core.domain.events import FilePublished, ProjectCreated, ReleaseCreated
from pypi_core.domain.filenames import FileType
from pypi_core.domain.indexes import DEFAULT_INDEX
from pypi_core.domain.metadata import CoreMetadata
from pypi_core.domain.names import DisplayName, NormalizedName
from pypi_core.domain.versions import parse_version
from pypi_core.ports.environment import Clock
from pypi_core.ports.files import NewFile
from pypi_core.ports.search import SearchDocument, SearchEngine
from pypi_core.ports.transactions import OpenUnitOfWork
from pypi_core.site import Site

_NAME, _SHOWN = NormalizedName("hello-index"), DisplayName("Hello.Index")
_OLDER, _NEWER = parse_version("1.0"), parse_version("1.1")
_METADATA = CoreMetadata(
    metadata_version="2.4", summary="Says hello", keywords=("greeting",), requires_python=">=3.11"
)
_WHEEL = "hello_index-1.0-py3-none-any.whl"


def publish_hello(site: Site, open_unit_of_work: OpenUnitOfWork, search: SearchEngine, clock: Clock) -> None:
    """
    Put into the main index of *site*, which is empty, what the examples show.

    That is a project with a yanked release of one wheel, which has no bytes, and a newer one without
    files; *ada* owns it, *grace* maintains it, *joan* has nothing to do with it.  All have the password
    "correct horse".  The other arguments are what that index is made of.
    """
    ada, grace, _joan = (
        site.register_account(OPERATOR, each, "correct horse") for each in ("ada", "grace", "joan")
    )
    now = clock.now()
    with open_unit_of_work(OPERATOR) as uow:
        project = uow.projects.add(_NAME, _SHOWN, now)
        release = uow.releases.add(project.id, _OLDER, _METADATA, now)
        uow.releases.add(project.id, _NEWER, _METADATA, now)
        uow.files.add(release, _wheel(now))
        uow.memberships.grant(project.id, ada.id, Role.OWNER)
        uow.memberships.grant(project.id, grace.id, Role.MAINTAINER)
        uow.record_event(ProjectCreated(project=_SHOWN))
        uow.record_event(ReleaseCreated(project=_SHOWN, version=_OLDER))
        uow.record_event(FilePublished(project=_SHOWN, version=_OLDER, filename=_WHEEL, python_version="py3"))
        uow.record_event(ReleaseCreated(project=_SHOWN, version=_NEWER))
        uow.commit()
    site.index(DEFAULT_INDEX).yank_release(OPERATOR, _NAME, _OLDER, Yank("greets nobody"))
    search.put(
        SearchDocument(
            name=_NAME,
            display_name=_SHOWN,
            version="1.1",
            summary="Says hello",
            author="Ada <ada@example.org>",
            classifiers=("Topic :: Utilities",),
            updated=now,
        )
    )


def _wheel(uploaded: datetime) -> NewFile:
    return NewFile(
        filename=_WHEEL,
        filetype=FileType.WHEEL,
        python_version="py3",
        size=4661,
        digests=Digests(
            md5="0" * 32,
            sha256="9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
            blake2_256="928b20366943e2afd11ebc0eae2e53a93bf177a4fcf35bcc64d503704e65e202",
        ),
        uploaded=uploaded,
        requires_python=">=3.11",
        metadata_sha256=None,
    )
