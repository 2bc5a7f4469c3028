"""Every setting, error code and command stands in the reference."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import pytest

from pypi_app.metrics import METRICS
from pypi_app.server_command.application import PROGRAM as SERVER
from pypi_app.settings import (
    Accounts,
    Calls,
    ConnectionLimits,
    DownloadStatistics,
    Health,
    Limits,
    LocalBlobsFirst,
    Metrics,
    OutboxTerms,
    Rendering,
    S3BlobsFirst,
    Settings,
    SqliteSearch,
    Traces,
)
from pypi_core import errors
from pypi_core.domain.indexes import IndexSettings
from pypi_environment.mail_settings import MailFolder, NoMail, SmtpMail
from pypi_search.settings import OpenSearchSettings, PostgresSearchSettings
from pypi_sql.postgresql_server import PostgresqlLimits
from pypi_tool.application import PROGRAM as TOOL
from reference import versions
from reference.errors import renewed

REFERENCE = Path(__file__).parents[3] / "docs" / "reference"


def text(page: str) -> str:
    return (REFERENCE / page).read_text(encoding="utf-8")


def setting_names() -> list[str]:
    nested: dict[str, Any] = {
        "blobs": LocalBlobsFirst | S3BlobsFirst,
        "search": SqliteSearch | PostgresSearchSettings | OpenSearchSettings,
        "limits": Limits,
        "rendering": Rendering,
        "calls": Calls,
        "connections": ConnectionLimits,
        "metrics": Metrics,
        "health": Health,
        "traces": Traces,
        "postgresql": PostgresqlLimits,
        "outbox": OutboxTerms,
        "statistics": DownloadStatistics,
        "accounts": Accounts,
        "mail": NoMail | MailFolder | SmtpMail,
    }
    plain = [name for name in Settings.__struct_fields__ if name not in nested]
    inner = [
        f"{name}.{field}"
        for name, kinds in nested.items()
        for kind in get_args(kinds) or (kinds,)
        for field in (*(["kind"] if kind.__struct_config__.tag else []), *kind.__struct_fields__)
    ]
    return plain + inner + list(IndexSettings.__struct_fields__)


@pytest.mark.parametrize("name", setting_names())
def test_every_setting_is_described(name: str) -> None:
    assert f"| `{name}` |" in text("settings.md")


def subclasses(error: type[errors.PackageIndexError]) -> Iterator[type[errors.PackageIndexError]]:
    yield error
    for each in error.__subclasses__():
        yield from subclasses(each)


@pytest.mark.parametrize("error", list(subclasses(errors.PackageIndexError))[1:])
def test_every_error_code_is_described(error: type[errors.PackageIndexError]) -> None:
    assert f"| `{error.code}` |" in text("errors.md")


def test_the_table_of_error_codes_is_current() -> None:
    assert renewed(text("errors.md")) == text("errors.md"), "Renew it with make reference."


def test_error_codes_are_unique() -> None:
    codes = [each.code for each in subclasses(errors.PackageIndexError)]

    assert len(codes) == len(set(codes))


def test_the_tree_in_the_docstring_names_every_error() -> None:
    for each in subclasses(errors.PackageIndexError):
        assert each.__name__ in (errors.__doc__ or "")


@pytest.mark.parametrize("command", SERVER.commands)
def test_every_command_of_the_server_is_described(command: str) -> None:
    assert f"`pypi-server {command}" in text("pypi-server.md")


@pytest.mark.parametrize("command", TOOL.commands)
def test_every_command_of_the_tool_is_described(command: str) -> None:
    assert f"`pypi-cli {command}" in text("pypi-cli.md") or f"`{command}" in text("pypi-cli.md")


@pytest.mark.parametrize("page", ["how-to/install-pypi-cli.md", "tutorials/first-index.md"])
def test_a_page_that_names_a_release_names_the_current_one(page: str) -> None:
    shown = (REFERENCE.parent / page).read_text(encoding="utf-8")

    assert versions.renewed(shown) == shown, "Run make reference."


def test_every_metric_is_described() -> None:
    described = {
        (name, kind, labels)
        for name, kind, labels in re.findall(
            r"^\| `(pypi_\w+)` \| (\w+) \| ?([^|]*?) ?\|", text("metrics.md"), re.MULTILINE
        )
    }

    assert described == {
        (each.name, each.kind.value, ", ".join(f"`{label}`" for label in each.labels)) for each in METRICS
    }
