"""The conformance kit as a user runs it: on our server, and on one that others wrote."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from foreign_servers import PYPISERVER, running_pypiserver
from pypi_conformance.registry import Level

if TYPE_CHECKING:
    from foreign_tools import ForeignTools
    from running_server import RunningServer
    from tool_client import Client

pytestmark = pytest.mark.foreign

KIT = ("python", "-m", "pypi_conformance")
# What the public standards leave to an index, and ours does not have.
NOT_OURS = {"simple-html/signature-form", "simple-json/provenance"}
# What pypiserver 2.4 does wrong, each seen in its source and with a request by hand.
KNOWN_FAILURES = {
    # Bottle's `static_file` knows `Range`, but not `If-Range`.
    "files/if-range",
    # An upload's digests are not looked at, nor any field but the name of the file, nor its bytes.
    "legacy-upload/wrong-sha256",
    "legacy-upload/wrong-blake2",
    "legacy-upload/wrong-md5",
    "legacy-upload/bad-name",
    "legacy-upload/bad-version",
    "legacy-upload/bad-metadata-version",
    "legacy-upload/bad-filetype",
    "legacy-upload/no-name",
    "legacy-upload/foreign-filename",
    "legacy-upload/no-wheel",
    "legacy-upload/no-sdist",
    "legacy-upload/nothing-left",
    # A form without boundary is an exception in the standard library's `cgi`.
    "legacy-upload/never-5xx",
    # `search` is all there is: any other method is answered with nothing, what is no XML with 400.
    "xml-rpc/content-type",
    "xml-rpc/no-method",
    "xml-rpc/not-well-formed",
}
KNOWN_WARNINGS = {
    "simple-html/repository-version",
    "simple-html/requires-python",
    "simple-html/conditional",
    "simple-html/cross-origin",
    "files/conditional",
    "legacy-upload/metadata-inside",
    "xml-rpc/list-packages",
    "xml-rpc/last-serial",
    "xml-rpc/list-methods",
    "xml-rpc/multicall",
}


def claims(report: dict[str, Any], outcome: str, *keywords: str) -> set[str]:
    return {
        each["claim"]
        for each in report["claims"]
        if each["outcome"] == outcome and (not keywords or each["keyword"] in keywords)
    }


def offered(report: dict[str, Any]) -> set[str]:
    return {level for level, each in report["levels"].items() if each["offered"]}


def test_our_server_does_all_that_it_should(server: RunningServer, client: Client) -> None:
    required = [word for level in Level for word in ("--require", level)]
    data = ("--data", str(server.data))
    create = [str(client.scripts / "pypi-server"), "users", "create", "bob", *data]
    subprocess.run(create, input="a long password\n", capture_output=True, text=True, check=True)
    other = client.run("pypi-server", "tokens", "create", "bob", *data).stdout.strip()
    tokens = {"PYPI_CONFORMANCE_TOKEN": server.token, "PYPI_CONFORMANCE_OTHER_TOKEN": other}

    outcome = client.run(*KIT, server.url, *required, "--json", check=False, **tokens)

    report = json.loads(outcome.stdout)
    assert claims(report, "fails") == set()
    assert claims(report, "not checked") == set()
    assert claims(report, "not offered") == NOT_OURS
    assert offered(report) == {*Level}
    assert outcome.returncode == 0
    assert "are published on" in outcome.stderr
    assert server.token not in outcome.stdout + outcome.stderr

    # Whoever only reads gets a table, and leaves nothing behind.
    before = server.get("changes").json()["since"]
    reading = client.run(*KIT, server.url)

    assert "  ✓ simple-json/agreement " in reading.stdout
    assert "legacy-upload: not checked. Without credentials nothing is published" in reading.stdout
    assert "conforms in what it offers: no claim failed, 0 warnings" in reading.stdout
    assert reading.stderr == ""
    assert server.get("changes").json()["since"] == before


@pytest.fixture
def pypiserver(foreign_tools: ForeignTools, client: Client, tmp_path: Path) -> Iterator[str]:
    """Return the URL of a pypiserver where uploads need a password."""
    tool = client.using(foreign_tools.environment(PYPISERVER))
    with running_pypiserver(tool, tmp_path / "pypiserver") as url:
        yield url


def test_the_known_gaps_of_another_server_are_found(pypiserver: str, client: Client) -> None:
    credentials = {"PYPI_CONFORMANCE_USERNAME": "ada", "PYPI_CONFORMANCE_PASSWORD": "secret"}

    outcome = client.run(*KIT, pypiserver, "--upload-url", "/", "--json", check=False, **credentials)

    report = json.loads(outcome.stdout)
    assert offered(report) == {"simple-html", "files", "legacy-upload", "xml-rpc"}
    assert claims(report, "fails", "MUST") == KNOWN_FAILURES
    assert claims(report, "fails", "SHOULD") >= KNOWN_WARNINGS
    # It has neither sizes nor metadata beside its wheels.
    assert {"files/size", "files/metadata", "simple-html/core-metadata"} <= claims(report, "not offered")
    # And what it does well is not called a gap.
    assert claims(report, "holds") >= {
        "simple-html/list-links", "simple-html/redirect-not-normalised", "simple-html/unknown-404",
        "simple-html/digests", "files/digest", "files/ranges", "files/range-unsatisfiable", "files/head",
        "legacy-upload/wheel", "legacy-upload/sdist", "legacy-upload/bytes", "legacy-upload/other-bytes",
        "legacy-upload/path-in-filename", "legacy-upload/anonymous", "legacy-upload/challenge",
        "legacy-upload/wrong-credentials", "xml-rpc/search", "xml-rpc/entities",
    }  # fmt: skip
    assert outcome.returncode == 1


def test_requiring_a_level_that_is_missing_fails(pypiserver: str, client: Client) -> None:
    outcome = client.run(*KIT, pypiserver, "--level", "simple-json", "--require", "simple-json", check=False)

    assert "simple-json: REQUIRED, but not offered" in outcome.stdout
    assert outcome.returncode == 1
