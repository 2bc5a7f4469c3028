"""All files move from a folder to a bucket and back, while people publish, delete and install."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest
from msgspec.structs import replace

from moving_traffic import MovingTraffic
from pypi_app.container import assemble
from pypi_app.settings import Settings
from pypi_app.settings_sources import load_settings
from pypi_blobs.s3_settings import S3Blobs
from pypi_contracts.builders import build_wheel
from pypi_contracts.documentation import build_documentation
from pypi_contracts.suites.rows import add_file, add_project, add_release, new_file
from pypi_core.domain.accounts import OPERATOR
from pypi_core.domain.blob_keys import BlobKey, core_metadata_key, distribution_key
from pypi_core.domain.filenames import parse_filename
from pypi_core.domain.indexes import DEFAULT_INDEX
from running_server import RunningServer, clean_environment
from s3_servers import S3Server, running_s3_server

pytestmark = [pytest.mark.service, pytest.mark.nightly]

MIB = 1024 * 1024
GRACE = timedelta(seconds=15)
"""Longer than any transaction of these tests."""
_NO_LIMITS = {"PYPI_LIMITS__UPLOADS": "0", "PYPI_LIMITS__NEW_PROJECTS": "0"}
_ACCEPT = {"Accept": "application/vnd.pypi.simple.v1+json"}


@pytest.fixture
def store() -> Iterator[S3Server]:
    with running_s3_server("MinIO") as running:
        yield running


class Place:
    """One index on one machine, whose files move; each server is started with other settings."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.data = folder / "data"
        self._running: list[RunningServer] = []
        self._files = 0

    def settings_file(self, first: Mapping[str, Any], fallback: Mapping[str, Any] | None = None) -> Path:
        """Write the settings of one or two stores."""
        self._files += 1
        file = self.folder / f"settings-{self._files}.toml"
        blobs = "\n".join(f"{name} = {json.dumps(value)}" for name, value in first.items())
        second = "\n".join(f"{name} = {json.dumps(value)}" for name, value in (fallback or {}).items())
        file.write_text(f"[blobs]\n{blobs}\n" + (f"[blobs.fallback]\n{second}\n" if second else ""))
        return file

    def serve(self, settings: Path) -> RunningServer:
        """Start a server beside those that run."""
        server = RunningServer(self.data, "--settings", str(settings), environment=_NO_LIMITS)
        self._running.append(server)
        return server

    def operator(self, settings: Path, *arguments: object, code: int = 0) -> Any:
        """Run a command, and return its result."""
        outcome = subprocess.run(
            [
                sys.executable, "-m", "pypi_app.server_command", *map(str, arguments),
                "--json", "--settings", settings, "--data", self.data,
            ],
            capture_output=True, text=True, env=clean_environment(self.folder),
        )  # fmt: skip
        assert outcome.returncode == code, outcome.stdout[-3000:] + outcome.stderr[-3000:]
        return json.loads(outcome.stdout)["result"]

    def copy(self, settings: Path, to: Path, *, at_once: bool = False) -> list[int]:
        """Copy until nothing is left; return how many objects each run copied."""
        copied: list[int] = []
        while not copied or (copied[-1] and not at_once):
            began = time.monotonic()
            result = self.operator(settings, "storage", "copy", "--to", to)
            assert result["damaged"] == []
            copied.append(result["copied"])
            print(
                f"copied {copied[-1]} of {result['present'] + copied[-1]} in {time.monotonic() - began:.1f} s"
            )
            assert len(copied) < 10
        return copied

    @contextmanager
    def sweeping(self, settings: Path) -> Iterator[None]:
        """Sweep again and again, with short grace."""
        container = assemble(load_settings(settings, {"data": str(self.data)}, {}))
        stop = threading.Event()
        errors: list[BaseException] = []

        def sweep() -> None:
            try:
                while not stop.wait(1):
                    freed.append(container.site().sweep_blobs(GRACE).objects)
            except BaseException as error:
                errors.append(error)

        freed: list[int] = []
        thread = threading.Thread(target=sweep)
        thread.start()
        try:
            yield
        finally:
            stop.set()
            thread.join()
            container.database().dispose()
        assert errors == []
        print(f"swept {sum(freed)} objects")

    def stop(self) -> None:
        """End all servers."""
        for each in self._running:
            each.stop()


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    found = Place(tmp_path)
    yield found
    found.stop()


def seed(data: Path, count: int) -> dict[tuple[str, str], str]:
    """List so many small files, every fifth a wheel with core metadata; return their SHA-256."""
    container = assemble(Settings(data=str(data)))
    rows = container.database().index(DEFAULT_INDEX)
    expected = {}
    for start in range(0, count, 500):
        with rows.open_unit_of_work(OPERATOR) as uow:
            for number in range(start, min(start + 500, count)):
                project = f"seeded_{number % 50}"
                content = f"file {number} ".encode() * 150
                if number % 5:
                    filename = f"{project}-1.{number}.tar.gz"
                    file = add_file(uow, filename, content)
                else:
                    filename = f"{project}-1.{number}-py3-none-any.whl"
                    metadata = f"Metadata-Version: 2.1\nName: {project}\nVersion: 1.{number}\n".encode()
                    parsed = parse_filename(filename)
                    of_project = uow.projects.find(parsed.name) or add_project(uow, parsed.name)
                    release = add_release(uow, of_project, str(parsed.version))
                    digest = hashlib.sha256(metadata).hexdigest()
                    file = uow.files.add(
                        release, replace(new_file(filename, content), metadata_sha256=digest)
                    )
                    lay(data, core_metadata_key(file.digests), metadata)
                lay(data, distribution_key(file.digests), content)
                expected[project.replace("_", "-"), filename] = file.digests.sha256
            uow.commit()
    container.database().dispose()
    return expected


def lay(data: Path, key: BlobKey, content: bytes) -> None:
    """Put an object where the store in a folder looks for it."""
    file = data / "blobs" / key.path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(content)


def table(settings: S3Blobs) -> dict[str, Any]:
    return {name: value for name, value in msgspec.to_builtins(settings).items() if value is not None}


@pytest.mark.parametrize(
    ("count", "downloads"),
    [
        pytest.param(200, "redirect", id="200 files"),
        pytest.param(5_000, "through", id="5000 files", marks=pytest.mark.nightly),
    ],
)
def test_files_move_to_a_bucket_and_back_while_the_index_is_used(
    place: Place, store: S3Server, count: int, downloads: str
) -> None:
    bucket = table(replace(store.settings(), downloads=downloads, read_seconds=60))
    before, after = {"kind": "local"}, {"kind": "local", "folder": str(place.folder / "after")}
    on_disk = place.settings_file(before)
    to_bucket, in_bucket = place.settings_file(bucket, before), place.settings_file(bucket)
    to_disk, back_on_disk = place.settings_file(after, bucket), place.settings_file(after)
    server = place.serve(on_disk)
    expected = seed(place.data, count)
    document(server, "documented")
    session = UploadSession(server, "halfway")
    traffic = MovingTraffic(server, expected)
    with traffic.going_on():
        with place.sweeping(on_disk):
            place.copy(on_disk, in_bucket, at_once=True)
        with place.sweeping(to_bucket):
            server = moved(place, traffic, server, to_bucket)
            session.go_on(server)
            place.copy(to_bucket, in_bucket)
            traffic.wait_for("publish", 5)
        server = moved(place, traffic, server, in_bucket)
        (place.data / "blobs").rename(place.folder / "put away")
        traffic.wait_for("install", 20)
        with place.sweeping(to_disk):
            server = moved(place, traffic, server, to_disk)
            place.copy(to_disk, back_on_disk)
            traffic.wait_for("publish", 5)
        server = moved(place, traffic, server, back_on_disk)
        store.stop()
        traffic.wait_for("install", 20)
    print(dict(traffic.done))

    assert traffic.failures == []
    assert place.operator(back_on_disk, "check", "--thorough") == {"damaged": []}
    assert listed(server, {project for project, _ in expected}) == expected
    assert server.get("docs/documented/1.0/").text == server_page(server)


def test_a_damaged_object_is_named_left_out_and_repaired(place: Place, store: S3Server) -> None:
    bucket, disk = table(store.settings()), {"kind": "local"}
    on_disk, in_bucket = place.settings_file(disk), place.settings_file(bucket)
    both = place.settings_file(bucket, disk)
    place.serve(on_disk).stop()
    seed(place.data, 20)
    sound, spoiled, *_ = sorted((place.data / "blobs" / "distributions").glob("*/*/*"))
    place.copy(on_disk, in_bucket)
    content = spoiled.read_bytes()
    for each in (spoiled, sound):
        each.write_bytes(bytes(len(each.read_bytes())))
    third = place.settings_file({"kind": "local", "folder": str(place.folder / "third")})

    result = place.operator(on_disk, "storage", "copy", "--to", third, code=1)
    paths = {each.relative_to(place.data / "blobs").as_posix() for each in (sound, spoiled)}
    assert set(result["damaged"]) == paths
    assert result["copied"] == 22
    assert {
        each["path"] for each in place.operator(on_disk, "check", "--thorough", code=1)["damaged"]
    } == paths

    repaired = place.operator(both, "check", "--thorough", "--repair")["damaged"]
    assert {(each["path"], each["store"], each["repaired"]) for each in repaired} == {
        (each, "blobs.fallback", True) for each in paths
    }
    assert spoiled.read_bytes() == content
    assert place.operator(both, "check", "--thorough") == {"damaged": []}
    assert place.operator(on_disk, "check", "--thorough") == {"damaged": []}


def test_a_store_that_is_down_ends_copying_with_a_sentence_and_copying_goes_on_later(
    place: Place, store: S3Server
) -> None:
    on_disk, in_bucket = place.settings_file({"kind": "local"}), place.settings_file(table(store.settings()))
    place.serve(on_disk).stop()
    seed(place.data, 20)
    store.stop()
    outcome = subprocess.run(
        [
            sys.executable, "-m", "pypi_app.server_command", "storage", "copy", "--to", in_bucket,
            "--settings", on_disk, "--data", place.data,
        ],
        capture_output=True, text=True, env=clean_environment(place.folder),
    )  # fmt: skip
    assert (outcome.returncode, outcome.stdout) == (6, "")
    assert f"check blobs.endpoint in {in_bucket}" in outcome.stderr
    store.start()
    assert sum(place.copy(on_disk, in_bucket)) == 24
    assert place.operator(in_bucket, "check", "--thorough") == {"damaged": []}


def moved(place: Place, traffic: MovingTraffic, before: RunningServer, settings: Path) -> RunningServer:
    """Start a server with other settings, turn all requests to it, and stop the one before."""
    server = place.serve(settings)
    traffic.turn_to(server)
    assert before.stop() == 0
    return server


def listed(server: RunningServer, projects: set[str]) -> dict[tuple[str, str], str]:
    found: dict[tuple[str, str], str] = {}
    for project in projects:
        page = server.get(f"simple/{project}/", headers=_ACCEPT).json()
        found |= {(project, each["filename"]): each["hashes"]["sha256"] for each in page["files"]}
    return found


def document(server: RunningServer, name: str) -> None:
    """Publish a project with documentation, and wait until it is shown."""
    wheel = build_wheel(name, "1.0")
    for fields, file in (
        (dict(wheel.form_fields()), (wheel.filename, wheel.content)),
        (
            {":action": "doc_upload", "name": name, "version": "1.0"},
            ("docs.zip", build_documentation(index="told")),
        ),
    ):
        answer = httpx.post(
            f"{server.url}legacy/", data=fields, files={"content": file},
            auth=("__token__", server.token), trust_env=False, timeout=60,
        )  # fmt: skip
        assert answer.is_success, answer.text
    while "told" not in server_page(server):
        time.sleep(0.1)


def server_page(server: RunningServer) -> str:
    return server.get("docs/documented/1.0/").text


class UploadSession:
    """An upload of two files, of which one arrives on one server, and half of the other on another one."""

    def __init__(self, server: RunningServer, name: str) -> None:
        self._name = name
        self._wheels = [build_wheel(name, version, padding=3 * MIB) for version in ("1.0",)]
        self._half = 2 * MIB
        declared = [
            {"filename": each.filename, "size": len(each.content), "sha256": each.sha256}
            for each in self._wheels
        ]
        session = self._call(server, "upload.begin", name=name, version="1.0", files=declared)
        self._session = session["session"]
        self._urls = {each["filename"]: each["url"] for each in session["files"]}
        for each in self._wheels:
            self._put(server, each.filename, each.content[: self._half], 0)

    def go_on(self, server: RunningServer) -> None:
        """Send the rest to another server, publish, and look at what is there."""
        for each in self._wheels:
            self._put(server, each.filename, each.content[self._half :], self._half)
        self._call(server, "release.publish", session=self._session)
        assert listed(server, {self._name}) == {
            (self._name, each.filename): each.sha256 for each in self._wheels
        }

    def _put(self, server: RunningServer, filename: str, content: bytes, offset: int) -> None:
        answer = httpx.put(
            server.url + self._urls[filename],
            content=content,
            headers={"Authorization": f"Bearer {server.token}", "Upload-Offset": str(offset)},
            trust_env=False,
            timeout=60,
        )
        assert answer.status_code == 204, answer.text

    def _call(self, server: RunningServer, method: str, **params: object) -> Any:
        answer = httpx.post(
            f"{server.url}rpc",
            json={"jsonrpc": "2.0", "id": 1, "method": method, "params": params},
            headers={"Authorization": f"Bearer {server.token}"},
            trust_env=False,
            timeout=60,
        ).json()
        return answer["result"]
