"""
A project's page as HTML (PEP 503, 592, 629, 658, 792).

The form is frozen (PEP 833): what the JSON says beyond it is absent by design.
"""

from __future__ import annotations

from pypi_core.domain.entities import ProjectStatus
from pypi_core.simple_api.detail import API_VERSION, ListedFile, ProjectDetail
from pypi_core.simple_api.markup import escaped


def detail_as_html(detail: ProjectDetail) -> bytes:
    """Return the page as HTML in UTF-8, one anchor per line, each of them well-formed XML too."""
    title = f"Links for {escaped(detail.name)}"
    return "".join(
        (
            html_opening(title, _status_metas(detail.status)),
            *(_anchor(file) for file in detail.files),
            html_closing(detail.serial),
        )
    ).encode()


def html_opening(title: str, metas: str = "") -> str:
    """Return what stands before the first anchor; *title* and *metas* are markup."""
    return (
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">\n'
        f'<meta name="pypi:repository-version" content="{API_VERSION}">\n'
        f"{metas}<title>{title}</title></head>\n<body><h1>{title}</h1>\n"
    )


def html_closing(serial: int) -> str:
    """Return what stands behind the last anchor."""
    return f"</body></html>\n<!--SERIAL {serial}-->\n"


def _status_metas(status: ProjectStatus) -> str:
    state = f'<meta name="pypi:project-status" content="{escaped(status.state)}">\n'
    if not status.reason:
        return state
    return f'{state}<meta name="pypi:project-status-reason" content="{escaped(status.reason)}">\n'


def _anchor(file: ListedFile) -> str:
    target = escaped(f"{file.url}#sha256={file.sha256}")
    attributes = f'href="{target}"'
    if file.requires_python:
        attributes += f' data-requires-python="{escaped(file.requires_python)}"'
    if file.yank is not None:
        # PEP 592: its presence says "yanked", the value may be empty.
        attributes += f' data-yanked="{escaped(file.yank.reason)}"'
    if file.metadata_sha256:
        digest = escaped(f"sha256={file.metadata_sha256}")
        # PEP 714: pip before 23.2 knows the second name only; both must say the same.
        attributes += f' data-core-metadata="{digest}" data-dist-info-metadata="{digest}"'
    return f"<a {attributes}>{escaped(file.filename)}</a><br>\n"
