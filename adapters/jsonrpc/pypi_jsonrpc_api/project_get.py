"""The method ``project.get``."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta

from pypi_core.domain.accounts import Actor
from pypi_core.domain.names import parse_project_name
from pypi_core.domain.versions import parse_version
from pypi_core.errors import Forbidden, Invalid, NotFound, Unauthenticated
from pypi_core.index import Index
from pypi_jsonrpc_api.methods import Example, Method
from pypi_jsonrpc_api.project_shapes import ProjectDescription, describe


class ProjectGetParameters(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which project, and by which of its versions to show it."""

    name: Annotated[str, Meta(description="The project's name in any spelling.")]
    version: Annotated[
        str | None, Meta(description="The version to show, in any spelling; the latest unless given.")
    ] = None


def project_get(index: Index, actor: Actor, parameters: ProjectGetParameters) -> ProjectDescription:
    """
    Describe a project: its versions, and the metadata and files of one of them.

    The latest version is one not yanked first, then a final one, then the highest.
    """
    name = parse_project_name(parameters.name)
    version = None if parameters.version is None else parse_version(parameters.version)
    return describe(index.read_project(actor, name, version))


_SHA256 = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
_BLAKE2 = "928b20366943e2afd11ebc0eae2e53a93bf177a4fcf35bcc64d503704e65e202"

PROJECT_GET = Method(
    name="project.get",
    function=project_get,
    result_name="project",
    summary="Describe a project",
    raises=(NotFound, Invalid, Unauthenticated, Forbidden),
    examples=(
        Example(
            name="a version that was withdrawn",
            params={"name": "hello_index", "version": "1.0.0"},
            result={
                "name": "hello-index",
                "display_name": "Hello.Index",
                "status": {"state": "active", "reason": ""},
                "serial": 5,
                "versions": [
                    {"version": "1.0", "files": 1, "yanked": "greets nobody"},
                    {"version": "1.1", "files": 0, "yanked": False},
                ],
                "version": "1.0",
                "metadata": {
                    "metadata_version": "2.4",
                    "summary": "Says hello",
                    "keywords": ["greeting"],
                    "requires_python": ">=3.11",
                },
                "files": [
                    {
                        "filename": "hello_index-1.0-py3-none-any.whl",
                        "kind": "bdist_wheel",
                        "url": f"packages/{_BLAKE2[:2]}/{_BLAKE2[2:4]}/{_BLAKE2[4:]}"
                        "/hello_index-1.0-py3-none-any.whl",
                        "hashes": {"sha256": _SHA256, "blake2b_256": _BLAKE2},
                        "size": 4661,
                        "upload_time": "2026-03-01T12:00:00Z",
                        "requires_python": ">=3.11",
                        "yanked": "greets nobody",
                        "metadata_sha256": None,
                        "sboms": [],
                    }
                ],
            },
        ),
    ),
)
