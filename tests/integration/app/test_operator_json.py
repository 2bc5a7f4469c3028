"""What ``pypi-server --json`` prints: one object of the documented form, by every command."""

from __future__ import annotations

import io
import json
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from jsonschema import Draft202012Validator

from pypi_app.container import assemble
from pypi_app.server_command.application import PROGRAM
from pypi_app.settings import Settings
from pypi_contracts.builders import build_wheel
from pypi_core.domain.accounts import OPERATOR
from pypi_core.domain.blob_keys import BlobKind
from pypi_core.domain.distributions import describe_upload
from pypi_core.domain.indexes import DEFAULT_INDEX
from reference.results import result_schema, result_types

if TYPE_CHECKING:
    from operator_command import OperatorCommand, OperatorOn

SCHEMA = Path(__file__).parents[3] / "docs/reference/pypi-server.schema.json"
Result = Callable[..., Any]


def publish(data: Path) -> None:
    wheel = build_wheel("Sample", "1.0")
    container = assemble(Settings(data=str(data)))
    index = container.site().index(DEFAULT_INDEX)
    arrival = index.staging.begin()
    arrival.append(wheel.content)
    staged = arrival.finish()
    with index.staging.open(staged) as archive:
        upload = describe_upload(wheel.filename, archive, staged.digests)
    index.publish_file(OPERATOR, upload, staged)
    container.database().dispose()


def look_after_outbox(result: Result) -> None:
    """Look at what an upload left to workers, and change it."""
    first, second = result("outbox", "list")["tasks"]
    assert (first["index"], first["project"], first["state"]) == ("pypi", "sample", "waiting")
    assert result("outbox", "show", str(first["id"])) == first
    [renewed] = result("outbox", "retry", str(first["id"]))["ids"]
    assert renewed == first["id"]
    assert result("outbox", "drop", str(second["id"])) == {"ids": [second["id"]]}
    assert result("outbox", "list", "--state", "buried") == {"tasks": []}
    assert result("outbox", "drop", "--all") == {"ids": []}
    status = result("outbox", "status")
    assert (status["waiting"], status["claimed"], status["buried"], status["periodic"]) == (1, 0, 0, [])


@pytest.fixture
def seen() -> set[str]:
    """Return the names of the commands that printed a result."""
    return set()


@pytest.fixture
def result(operator_on: OperatorOn, tmp_path: Path, seen: set[str]) -> Result:
    """Return a function that runs a command and returns its result, which is of the documented form."""
    run: OperatorCommand = operator_on(tmp_path, "--json")
    validator = Draft202012Validator(result_schema(PROGRAM))

    def result_of(*arguments: str, code: int = 0) -> Any:
        outcome = run(*arguments)
        assert (outcome.code, outcome.err) == (code, "")
        printed = json.loads(outcome.out)
        validator.validate(printed)
        assert list(printed) == ["schema", "command", "result"]
        seen.add(printed["command"])
        return printed["result"]

    return result_of


def test_every_command_prints_one_object_of_the_documented_form(
    result: Result, seen: set[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def type_in(password: str) -> None:
        monkeypatch.setattr("sys.stdin", io.StringIO(f"{password}\n"))

    assert result("migrate") == {"current": True}
    assert result("index", "create", "pypi", "--largest-project", "5")["largest_project"] == 5
    assert result("index", "configure", "pypi", "--largest-project", "0")["largest_project"] is None
    for given, said in (("hidden", "hidden"), ("default", "shown")):
        assert result("index", "configure", "pypi", "--remote-images", given)["remote_images"] == said
    assert result("index", "rules", "pypi", "--allow", "local-versions")["switches"]["local-versions"] is True
    assert [each["name"] for each in result("index", "list")["indexes"]] == ["pypi"]

    for name in ("alice", "bob"):
        type_in("correct horse")
        assert result("user", "create", name) == {"username": name}
    type_in("another horse")
    assert result("user", "password", "alice")["username"] == "alice"
    assert result("user", "disable", "bob") == {"username": "bob", "only_owner_of": []}
    assert [each["disabled"] for each in result("user", "list")["accounts"]] == [False, True]
    assert result("user", "enable", "bob") == {"username": "bob"}

    publish(tmp_path)
    look_after_outbox(result)
    assert result("project", "status", "Sample", "archived", "--reason", "Done.") == {
        "name": "sample",
        "status": "archived",
        "reason": "Done.",
    }
    assert result("role", "grant", "sample", "alice", "owner")["role"] == "Owner"
    assert result("role", "list", "sample")["roles"] == [{"username": "alice", "role": "Owner"}]
    assert result("role", "grant", "sample", "bob", "Maintainer")["role"] == "Maintainer"
    assert result("role", "revoke", "sample", "bob")["role"] is None
    yanked = {"name": "sample", "version": "1.0", "filename": None}
    assert result("project", "yank", "sample", "1.0") == yanked
    assert result("project", "unyank", "sample", "1.0") == yanked
    assert result("search", "rebuild") == {"searches": [{"index": "pypi", "projects": 1}]}
    assert result("pages", "rebuild") == {"pages": [{"index": "pypi", "projects": 1}]}
    made = result("backup", str(tmp_path.parent / f"{tmp_path.name}-backup"))
    assert result("restore", made["folder"], "--force") == {
        name: each
        for name, each in {**made, "copied_files": 0, "copied_bytes": 0}.items()
        if name != "folder"
    }

    other_store = tmp_path / "other.toml"
    other_store.write_text(f"[blobs]\nkind = 'local'\nfolder = '{tmp_path / 'other'}'\n")
    assert result("storage", "copy", "--to", str(other_store))["copied"] == 2
    assert result("storage", "copy", "--to", str(other_store))["present"] == 2

    assert result("check") == {"damaged": []}
    for each in (tmp_path / "blobs" / BlobKind.DISTRIBUTION).glob("*/*/*"):
        each.unlink()
    assert [each["damage"] for each in result("check", code=1)["damaged"]] == ["missing"]
    assert result("project", "delete", "sample", "--yes") == {**yanked, "version": None}
    assert result("sweep", "--grace-hours", "0").keys() == {"objects", "bytes", "uploads", "upload_sessions"}
    assert result("user", "delete", "bob", "--yes") == {"username": "bob"}

    made = result(
        "token", "create", "alice", "--scope", "upload", "--scope", "project:Sample", "--expires", "1"
    )
    assert made["secret"].startswith("pidx_")
    [listed] = result("token", "list", "alice")["tokens"]
    assert result("token", "list")["tokens"] == [listed]
    assert listed == made["token"]
    assert listed["scope"] == {"indexes": None, "projects": ["sample"], "actions": ["upload"]}
    assert result("token", "revoke", listed["id"]) == {"id": listed["id"]}

    assert result("database", "copy", "--to", f"sqlite:///{tmp_path}/copy.sqlite")["rows"] > 0
    assert result("database", "reopen") == {"was_closed": True}

    assert seen == result_types(PROGRAM).keys() - {"serve"}


def test_every_command_has_a_result_or_a_reason_for_none() -> None:
    # A log is printed line by line, and a worker prints nothing.
    assert PROGRAM.commands.keys() - result_types(PROGRAM).keys() == {"audit", "work"}


def test_the_schema_in_the_reference_is_current() -> None:
    assert json.loads(SCHEMA.read_text(encoding="utf-8")) == result_schema(PROGRAM), "Run make reference."


def test_other_names_of_a_command_print_the_same(operator_on: OperatorOn, tmp_path: Path) -> None:
    assert operator_on(tmp_path)("migrate").code == 0
    run = operator_on(tmp_path, "--json")

    assert run("users", "list") == run("user", "list")
    for plural, verb in (("users", "user"), ("tokens", "token")):
        assert run(plural, "--help").code == run(verb, "--help").code == 0


def test_a_task_that_is_not_there_is_not_found(operator_on: OperatorOn, tmp_path: Path) -> None:
    run = operator_on(tmp_path)
    assert run("migrate").code == 0

    for verb in ("show", "retry", "drop"):
        outcome = run("outbox", verb, "7")
        assert (outcome.code, "There is no such task, or a worker has it: 7." in outcome.err) == (3, True)
    assert run("outbox", "retry").code == run("outbox", "drop", "7", "--all").code == 2
    assert run("outbox", "status").out.startswith("0 waiting, 0 claimed, 0 buried.")


def test_common_options_may_stand_before_the_command(operator_on: OperatorOn, tmp_path: Path) -> None:
    run = operator_on(tmp_path)

    assert run("--json", "migrate").result == {"current": True}


def test_serve_prints_where_it_is_found_and_no_secret(tmp_path: Path) -> None:
    data = tmp_path / "data"
    command = [
        sys.executable,
        "-m",
        "pypi_app.server_command",
        "serve",
        "--json",
        "--port",
        "0",
        "--no-worker",
    ]
    with subprocess.Popen(
        [*command, "--data", str(data)], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as server:
        assert server.stdout is not None
        lines = [server.stdout.readline()]
        while lines[-1] not in {"}\n", ""}:
            lines.append(server.stdout.readline())
        printed = json.loads("".join(lines))
        answer = httpx.get(printed["result"]["url"] + "health/ready", trust_env=False, timeout=60)
        server.send_signal(signal.SIGTERM)
        rest = server.stdout.read()

    Draft202012Validator(result_schema(PROGRAM)).validate(printed)
    assert (server.returncode, answer.status_code, rest) == (0, 200, "")
    assert printed["result"]["first_start"] is True
    assert Path(printed["result"]["token_file"]).read_text().strip() not in "".join(lines)
