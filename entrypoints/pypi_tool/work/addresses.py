"""Where people find a project in a browser."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote, urlsplit

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from pypi_api_client import Client
    from pypi_api_client.models import Metadata

_REPOSITORY = ("repository", "source", "sourcecode", "github", "code")
_DOCUMENTATION = ("documentation", "docs", "doc")


def page_address(client: Client, name: str, version: str | None = None) -> str:
    """Return the address of a project's page; nothing where an index does not speak our protocol."""
    from packaging.utils import canonicalize_name

    from pypi_api_client.errors import ClientError

    try:
        if not client.status().protocol:
            return ""
    except ClientError:
        return ""
    release = f"{quote(version)}/" if version else ""
    return f"{client.url}project/{canonicalize_name(name)}/{release}"


def documentation_address(client: Client, name: str, version: str | None = None) -> str:
    """Return where an index shows the documentation of a version, or of the best one; nothing without any."""
    from pypi_api_client.errors import ClientError
    from pypi_api_client.selection import same_release

    try:
        if not client.status().can("docs"):
            return ""
        found = client.documentation(name)
    except ClientError:
        return ""
    wanted = version or found.stable or found.latest or ""
    return next((each.url for each in found.versions if same_release(each.version, wanted)), "")


def repository_address(metadata: Metadata | None) -> str:
    """Return where the source code of a project is, as its own metadata says."""
    return _labelled(metadata.project_urls if metadata else {}, _REPOSITORY)


def own_documentation_address(metadata: Metadata | None) -> str:
    """Return where the documentation of a project is, as its own metadata says."""
    return _labelled(metadata.project_urls if metadata else {}, _DOCUMENTATION)


def home_page_address(metadata: Metadata | None) -> str:
    """Return the home page of a project, as its own metadata says."""
    if metadata is None:
        return ""
    return _web([metadata.home_page, _labelled(metadata.project_urls, ("homepage",))])


def _labelled(urls: Mapping[str, str], labels: Iterable[str]) -> str:
    """Return the URL with the first of *labels*, which are compared by letters alone (PEP 753)."""
    by_label = {"".join(filter(str.isalnum, label)).lower(): url for label, url in urls.items()}
    return _web([by_label.get(each, "") for each in labels])


def _web(addresses: Iterable[str]) -> str:
    """Return the first address that a browser may be sent to: a project may state anything."""
    return next((each for each in addresses if urlsplit(each).scheme in {"http", "https"}), "")
