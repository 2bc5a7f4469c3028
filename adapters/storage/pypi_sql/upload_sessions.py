"""Upload sessions."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

import msgspec
from packaging.version import Version
from sqlalchemy import Connection, Row, bindparam, delete, func, insert, select, update

from pypi_core.domain.accounts import AccountId
from pypi_core.domain.digests import Digests
from pypi_core.domain.names import DisplayName, NormalizedName
from pypi_core.domain.upload_sessions import (
    Purpose,
    SessionFile,
    SessionState,
    UploadSession,
    UploadSessionId,
)
from pypi_core.domain.versions import release_key
from pypi_core.errors import ConcurrentChange, UploadSessionNotFound
from pypi_protocol.errors import Problem
from pypi_sql.tables import is_live, upload_session_files, upload_sessions

if TYPE_CHECKING:
    from pypi_core.ports.upload_sessions import UploadSessions

_IN_THE_INDEX = upload_sessions.c.index_id == bindparam("of_index")
_BY_ID = select(upload_sessions).where(_IN_THE_INDEX, upload_sessions.c.id == bindparam("called"))
_LIVE = select(upload_sessions).where(
    _IN_THE_INDEX,
    upload_sessions.c.project == bindparam("of_project"),
    upload_sessions.c.release_key == bindparam("of_release"),
    upload_sessions.c.purpose == bindparam("meant_for"),
    is_live,
)
_HOLDING = (
    select(upload_sessions)
    .join(upload_session_files, upload_session_files.c.session_id == upload_sessions.c.id)
    .where(_IN_THE_INDEX, upload_session_files.c.filename == bindparam("called"), is_live)
    .order_by(upload_sessions.c.created.desc(), upload_sessions.c.id.desc())
    .limit(1)
)
_COUNT_LIVE = (
    select(func.count())
    .select_from(upload_sessions)
    .where(_IN_THE_INDEX, upload_sessions.c.account_id == bindparam("of_account"), is_live)
)
_EXPIRED = (
    select(upload_sessions)
    .where(_IN_THE_INDEX, upload_sessions.c.expires < bindparam("moment"))
    .order_by(upload_sessions.c.expires, upload_sessions.c.id)
    .limit(bindparam("at_most"))
)
_FILES = (
    select(upload_session_files)
    .where(upload_session_files.c.session_id == bindparam("of_session"))
    .order_by(upload_session_files.c.position)
)
_ADD = insert(upload_sessions)
_ADD_FILES = insert(upload_session_files)
_UPDATE = update(upload_sessions).where(
    upload_sessions.c.id == bindparam("called"), upload_sessions.c.state == bindparam("before")
)
_UPDATE_FILE = update(upload_session_files).where(
    upload_session_files.c.session_id == bindparam("of_session"),
    upload_session_files.c.filename == bindparam("called"),
)
_DELETE = delete(upload_sessions).where(_IN_THE_INDEX, upload_sessions.c.id == bindparam("called"))


class SqlUploadSessions:
    """
    The upload sessions of one index, in one transaction.

    Attributes:
        were_changed: Whether this transaction changed one.
    """

    def __init__(self, connection: Connection, index_id: int) -> None:
        self._connection = connection
        self._index_id = index_id
        self.were_changed = False

    def get(self, session_id: UploadSessionId) -> UploadSession:
        wanted = {"of_index": self._index_id, "called": session_id}
        row = self._connection.execute(_BY_ID, wanted).one_or_none()
        if row is None:
            raise UploadSessionNotFound(session_id)
        return self._session(row)

    def live(self, name: NormalizedName, version: Version, purpose: Purpose) -> UploadSession | None:
        wanted = {"of_index": self._index_id, "of_project": name, "of_release": release_key(version)}
        wanted["meant_for"] = purpose
        row = self._connection.execute(_LIVE, wanted).one_or_none()
        return None if row is None else self._session(row)

    def holding(self, filename: str) -> UploadSession | None:
        wanted = {"of_index": self._index_id, "called": filename}
        row = self._connection.execute(_HOLDING, wanted).one_or_none()
        return None if row is None else self._session(row)

    def count_live(self, account_id: AccountId) -> int:
        wanted = {"of_index": self._index_id, "of_account": account_id}
        return self._connection.execute(_COUNT_LIVE, wanted).scalar_one()

    def expired(self, moment: datetime, limit: int) -> Sequence[UploadSession]:
        wanted = {"of_index": self._index_id, "moment": moment, "at_most": limit}
        return [self._session(row) for row in self._connection.execute(_EXPIRED, wanted).all()]

    def add(self, session: UploadSession) -> None:
        values = {
            "id": session.id,
            "index_id": self._index_id,
            "project": session.name,
            "display_name": session.project,
            "version": str(session.version),
            "release_key": release_key(session.version),
            "purpose": session.purpose,
            "account_id": session.account_id,
            "created": session.created,
            **_changing(session),
        }
        self._connection.execute(_ADD, values)
        self._connection.execute(
            _ADD_FILES,
            [
                {
                    "session_id": session.id,
                    "position": position,
                    "filename": each.filename,
                    "size": each.size,
                    "sha256": each.sha256,
                    **_arrived(each),
                }
                for position, each in enumerate(session.files)
            ],
        )
        self.were_changed = True

    def update(self, session: UploadSession, before: SessionState) -> None:
        values = {"called": session.id, "before": before, **_changing(session)}
        if self._connection.execute(_UPDATE, values).rowcount != 1:
            raise ConcurrentChange
        self.were_changed = True

    def update_file(self, session_id: UploadSessionId, file: SessionFile) -> None:
        values = {"of_session": session_id, "called": file.filename, **_arrived(file)}
        self._connection.execute(_UPDATE_FILE, values)
        self.were_changed = True

    def delete(self, session_id: UploadSessionId) -> None:
        self._connection.execute(_DELETE, {"of_index": self._index_id, "called": session_id})
        self.were_changed = True

    def _session(self, row: Row[Any]) -> UploadSession:
        files = self._connection.execute(_FILES, {"of_session": row.id})
        return UploadSession(
            id=UploadSessionId(row.id),
            project=DisplayName(row.display_name),
            version=Version(row.version),
            account_id=None if row.account_id is None else AccountId(row.account_id),
            created=row.created,
            expires=row.expires,
            files=tuple(_file(each) for each in files),
            state=SessionState(row.state),
            problems=msgspec.json.decode(row.problems, type=tuple[Problem, ...]),
            warnings=msgspec.json.decode(row.warnings, type=tuple[str, ...]),
        )


def _changing(session: UploadSession) -> dict[str, object]:
    return {
        "state": session.state,
        "expires": session.expires,
        "problems": msgspec.json.encode(session.problems).decode(),
        "warnings": msgspec.json.encode(session.warnings).decode(),
    }


def _arrived(file: SessionFile) -> dict[str, object]:
    return {
        "identifier": file.identifier,
        "md5": file.digests and file.digests.md5,
        "blake2_256": file.digests and file.digests.blake2_256,
    }


def _file(row: Row[Any]) -> SessionFile:
    has_arrived = row.blake2_256 is not None
    return SessionFile(
        filename=row.filename,
        size=row.size,
        sha256=row.sha256,
        identifier=row.identifier,
        digests=Digests(md5=row.md5, sha256=row.sha256, blake2_256=row.blake2_256) if has_arrived else None,
    )


if TYPE_CHECKING:
    _: type[UploadSessions] = SqlUploadSessions
