"""Every rule for fields, in archives and forms alike (docs/reference/standards/metadata.md#fields)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

from pypi_core.domain.metadata.bounds import bounded
from pypi_core.domain.metadata.classifiers import classifier_problems
from pypi_core.domain.metadata.contacts import email_problems
from pypi_core.domain.metadata.extras import extra_problems
from pypi_core.domain.metadata.fields import FieldValues, single
from pypi_core.domain.metadata.import_names import import_problems
from pypi_core.domain.metadata.licenses import license_problems
from pypi_core.domain.metadata.problems import invalid
from pypi_core.domain.metadata.project_urls import project_url_problems, url_problems
from pypi_core.domain.metadata.requirements import requirement_problems, requires_python_problems
from pypi_core.domain.metadata.texts import content_type_problems, dynamic_problems, summary_problems
from pypi_core.domain.names import parse_display_name
from pypi_core.domain.rules import UploadRules
from pypi_core.domain.versions import parse_version
from pypi_core.errors import Invalid
from pypi_protocol.errors import Problem
from pypi_protocol.metadata import METADATA_VERSIONS

_REQUIRED = ("metadata_version", "name", "version")


def field_problems(values: FieldValues, rules: UploadRules) -> Iterator[Problem]:
    """
    Yield everything that is wrong with the values of fields.

    Each single-use field has one value, and no field is newer than the metadata version: both
    are seen to before.
    """
    for field in _REQUIRED:
        if not values.get(field):
            yield Problem(field, f"{field}: This field is required.")
    values, too_large = bounded(values)
    yield from too_large
    metadata_version = declared_version(values)
    if values.get("metadata_version") and metadata_version is None:
        yield _unknown_version(single(values, "metadata_version"))
    if name := single(values, "name"):
        yield from _refusals(lambda: parse_display_name(name))
    if version := single(values, "version"):
        yield from _version_problems(version, rules)
    for field, check in _CHECKS_OF_ONE.items():
        if value := single(values, field):
            yield from check(value)
    for field, check_all in _CHECKS_OF_MANY.items():
        yield from check_all(values.get(field, ()))
    yield from requirement_problems(
        "requires_dist", values.get("requires_dist", ()), may_name_urls=rules.allow_direct_references
    )
    yield from classifier_problems(values.get("classifiers", ()), rules)
    yield from extra_problems(values.get("provides_extra", ()), metadata_version or "1.0", rules)
    yield from license_problems(values)
    yield from import_problems(values.get("import_name", ()), values.get("import_namespace", ()))


def declared_version(values: FieldValues) -> str | None:
    """Return the metadata version that *values* claim, ``None`` where there is no such version."""
    version = single(values, "metadata_version").strip()
    return version if version in METADATA_VERSIONS else None


_CHECKS_OF_ONE: dict[str, Callable[[str], Iterable[Problem]]] = {
    "summary": summary_problems,
    "description_content_type": content_type_problems,
    "author_email": lambda value: email_problems("author_email", value),
    "maintainer_email": lambda value: email_problems("maintainer_email", value),
    "home_page": lambda value: url_problems("home_page", value),
    "download_url": lambda value: url_problems("download_url", value),
    "requires_python": requires_python_problems,
}

_CHECKS_OF_MANY: dict[str, Callable[[Sequence[str]], Iterable[Problem]]] = {
    "dynamic": dynamic_problems,
    "project_urls": project_url_problems,
    "provides_dist": lambda values: requirement_problems("provides_dist", values),
    "obsoletes_dist": lambda values: requirement_problems("obsoletes_dist", values),
}


def _unknown_version(version: str) -> Problem:
    newest = METADATA_VERSIONS[-1]
    if version.strip() == "2.0":
        why = "Version 2.0 was withdrawn and never accepted: build the file with a current tool."
    else:
        why = f"Use a metadata version from 1.0 to {newest}."
    return invalid("metadata_version", version, why)


def _version_problems(text: str, rules: UploadRules) -> Iterator[Problem]:
    try:
        version = parse_version(text)
    except Invalid as error:
        yield from error.problems
        return
    if version.local is not None and not rules.allow_local_versions:
        yield invalid("version", text, "This index takes no local versions: leave out what follows the '+'.")


def _refusals(parse: Callable[[], object]) -> tuple[Problem, ...]:
    try:
        parse()
    except Invalid as error:
        return error.problems
    return ()
