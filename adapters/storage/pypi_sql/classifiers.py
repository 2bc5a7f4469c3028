"""Which releases carry a classifier."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

from sqlalchemy import Connection, bindparam, delete, func, insert, select

from pypi_core.domain.entities import NamedRelease, ReleaseId, Status
from pypi_core.domain.names import DisplayName
from pypi_sql.inserting import insertion
from pypi_sql.tables import LONGEST_CLASSIFIER, classifiers, projects, release_classifiers, releases
from pypi_sql.versions import read_version

_IDS = select(classifiers.c.id).where(classifiers.c.name.in_(bindparam("called", expanding=True)))
_other = release_classifiers.alias("other")
_COUNT_CARRIED = (
    select(func.count())
    .select_from(_other)
    .where(
        _other.c.index_id == release_classifiers.c.index_id,
        _other.c.classifier_id.in_(bindparam("all_of", expanding=True)),
        _other.c.release_id == release_classifiers.c.release_id,
    )
    .scalar_subquery()
)
_CARRYING = (
    select(projects.c.name, projects.c.display_name, releases.c.version)
    .select_from(release_classifiers)
    .join(releases, releases.c.id == release_classifiers.c.release_id)
    .join(projects, projects.c.id == releases.c.project_id)
    .where(
        release_classifiers.c.index_id == bindparam("of_index"),
        release_classifiers.c.classifier_id == bindparam("one_of_them"),
        bindparam("how_many") == _COUNT_CARRIED,
        projects.c.status != Status.QUARANTINED,
    )
    .limit(bindparam("at_most"))
)
_ADD = insert(release_classifiers)
_FORGET = delete(release_classifiers).where(release_classifiers.c.release_id == bindparam("known_as"))


def note_classifiers(
    connection: Connection, index_id: int, release_id: ReleaseId, carried: Iterable[str]
) -> None:
    """Make a new release findable by its classifiers."""
    # In one order, so that two transactions never wait for each other crosswise.
    names = sorted({each for each in carried if len(each) <= LONGEST_CLASSIFIER})
    if not names:
        return
    adding = insertion(connection.dialect.name, classifiers).on_conflict_do_nothing(
        index_elements=[classifiers.c.name]
    )
    known = _ids(connection, names)
    if len(known) < len(names):
        connection.execute(adding, [{"name": each} for each in names])
        known = _ids(connection, names)
    connection.execute(
        _ADD,
        [{"index_id": index_id, "classifier_id": each, "release_id": release_id} for each in known],
    )


def forget_classifiers(connection: Connection, release_id: ReleaseId) -> None:
    """Make a release unfindable by classifiers."""
    connection.execute(_FORGET, {"known_as": release_id})


def with_classifiers(
    connection: Connection, index_id: int, wanted: Collection[str], limit: int
) -> Sequence[NamedRelease]:
    """Return up to *limit* releases of an index that carry all that are *wanted*."""
    names = set(wanted)
    ids = _ids(connection, names)
    if not ids or len(ids) < len(names):
        return []
    rows = connection.execute(
        _CARRYING,
        {
            "of_index": index_id,
            # What was seen last for the first time is the rarest, as a rule: the others are
            # looked up for each release that carries it.
            "one_of_them": max(ids),
            "all_of": ids,
            "how_many": len(ids),
            "at_most": limit,
        },
    )
    found = sorted((name, read_version(version), display_name) for name, display_name, version in rows)
    return [
        NamedRelease(project=DisplayName(display_name), version=version)
        for _name, version, display_name in found
    ]


def _ids(connection: Connection, names: Iterable[str]) -> list[int]:
    return list(connection.execute(_IDS, {"called": list(names)}).scalars())
