"""A foreign tool that reads our OpenAPI document and sends what nobody would think of."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from pypi_contracts.builders import build_sdist, build_wheel

if TYPE_CHECKING:
    from collections.abc import Callable

    from foreign_tools import ForeignTools
    from running_server import RunningServer
    from tool_client import Client

pytestmark = pytest.mark.foreign

CHECKS = (
    "not_a_server_error,status_code_conformance,content_type_conformance,"
    "response_headers_conformance,response_schema_conformance,unsupported_method"
)
_CONFIGURATION = """
[parameters]
"path.name" = ["sample", "Sam.ple", "nowhere", "-"]
"path.version" = ["1.0", "1", "2.0", "latest"]
"path.filename" = ["sample-1.0.tar.gz", "sample-1.0-py3-none-any.whl.metadata", "x"]
"""


@pytest.fixture
def schemathesis(foreign_tools: ForeignTools) -> Path:
    return foreign_tools.environment("schemathesis==4.32.5") / "bin" / "schemathesis"


@pytest.mark.parametrize("known", [True, False], ids=["with a token", "anonymous"])
def test_every_answer_is_documented(
    schemathesis: Path,
    server: RunningServer,
    client: Client,
    save: Callable[..., list[Path]],
    tmp_path: Path,
    known: bool,
) -> None:
    client.twine_upload(server, save(build_wheel("sample", "1.0"), build_sdist("sample", "1.0")))
    (tmp_path / "schemathesis.toml").write_text(_CONFIGURATION)
    token = (server.data / "owner-token").read_text().strip()

    outcome = subprocess.run(
        [
            schemathesis, "--config-file", tmp_path / "schemathesis.toml", "run", f"{server.url}openapi.json",
            "--checks", CHECKS, "--phases", "examples,coverage,fuzzing", "--max-examples", "15",
            "--seed", "1", "--generation-database", "none", "--no-color",
            # Whoever asks it to wait, waits.
            "--exclude-operation-id", "changes_get",
            *(["--header", f"Authorization: Bearer {token}"] if known else []),
        ],
        capture_output=True, text=True, check=False, cwd=tmp_path,
    )  # fmt: skip

    assert outcome.returncode == 0, outcome.stdout + outcome.stderr
    assert " 0 generated" not in outcome.stdout
