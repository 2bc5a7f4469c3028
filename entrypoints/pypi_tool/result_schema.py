"""What ``--json`` prints, command by command, and the JSON Schema that says it to programs."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import Any

import msgspec

from pypi_api_client.models import Project
from pypi_api_client.records import Account, CreatedProject, NewToken, ProjectDocumentation
from pypi_tool import cache_results, results
from pypi_tool.terminal.output import SCHEMA

RESULTS: Mapping[str, type[msgspec.Struct]] = {
    "search": results.Found,
    "info": Project,
    "versions": results.Versions,
    "files": results.Files,
    "open": results.Address,
    "download": results.DownloadedFiles,
    "cache create": cache_results.FilledCache,
    "cache add": cache_results.FilledCache,
    "cache list": cache_results.CacheContent,
    "cache search": cache_results.CacheContent,
    "cache verify": cache_results.VerifiedCache,
    "cache remove": cache_results.TidiedCache,
    "cache clean": cache_results.TidiedCache,
    "cache serve": cache_results.ServedCache,
    "status": results.FileReports,
    "changes": results.Changes,
    "check": results.Checked,
    "upload": results.Sent,
    "upload-metadata": results.DescribedRelease,
    "upload-docs": results.SentDocumentation,
    "docs list": ProjectDocumentation,
    "docs delete": results.Changed,
    "project create": CreatedProject,
    "project status": results.ProjectState,
    "project archive": results.ProjectState,
    "project unarchive": results.ProjectState,
    "project delete": results.Changed,
    "yank": results.Changed,
    "unyank": results.Changed,
    "delete": results.Changed,
    "role list": results.Roles,
    "role grant": results.Changed,
    "role revoke": results.Changed,
    "token create": NewToken,
    "token list": results.Tokens,
    "token revoke": results.RevokedToken,
    "password": results.ChangedPassword,
    "login": results.Login,
    "logout": results.Logout,
    "whoami": Account,
    "index list": results.Indexes,
    "config list": results.Settings,
    "config path": results.ConfigurationPath,
    "config get": results.Setting,
    "config set": results.Setting,
    "config unset": results.Setting,
    "completion": results.CompletionScript,
}
"""The type of each command's result; the names are those in the member ``command``."""


def result_schema() -> dict[str, Any]:
    """Return the JSON Schema (draft 2020-12) of the object that a command prints."""
    kinds = sorted({*RESULTS.values()}, key=lambda each: each.__name__)
    shapes, components = msgspec.json.schema_components(kinds, ref_template="#/$defs/{name}")
    shape_of = dict(zip(kinds, shapes, strict=True))
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": f"What pypi-cli --json prints, {SCHEMA}",
        "type": "object",
        "required": ["schema", "command", "result"],
        "properties": {
            "schema": {"const": SCHEMA},
            "command": {"enum": sorted(RESULTS)},
            "result": {},
        },
        "oneOf": [
            {"properties": {"command": {"const": command}, "result": shape_of[RESULTS[command]]}}
            for command in sorted(RESULTS)
        ],
        "$defs": {name: _printed(component) for name, component in sorted(components.items())},
    }


def _printed(component: Mapping[str, Any]) -> dict[str, Any]:
    """Say that every member is there: what need not be given is printed all the same."""
    properties = {
        name: {key: value for key, value in each.items() if key != "default"}
        for name, each in component.get("properties", {}).items()
    }
    return {**component, "properties": properties, "required": [*properties]} if properties else {**component}


def main() -> None:
    """Print the schema."""
    content = msgspec.json.format(msgspec.json.encode(result_schema()), indent=2)
    sys.stdout.write(content.decode() + "\n")


if __name__ == "__main__":
    main()
