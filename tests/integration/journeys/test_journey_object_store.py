"""Stored files in a bucket: publishing, installing and unfinished uploads, through us and by redirect."""

from __future__ import annotations

import hashlib
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from msgspec.structs import replace

from pypi_blobs.s3_bucket import S3Bucket
from pypi_contracts.builders import BuiltDistribution, build_sdist, build_wheel
from pypi_contracts.documentation import build_documentation
from s3_servers import S3Server, running_s3_server, settings_file

if TYPE_CHECKING:
    from running_server import RunningServer, StartServer
    from tool_client import Client

pytestmark = pytest.mark.service

Save = Callable[..., list[Path]]
MIB = 1024 * 1024


@pytest.fixture(scope="module", params=["MinIO", "VersityGW"])
def store(request: pytest.FixtureRequest) -> Iterator[S3Server]:
    with running_s3_server(request.param) as running:
        yield running


@pytest.fixture(params=["through", "redirect"])
def on_store(
    request: pytest.FixtureRequest, store: S3Server, start_server: StartServer, tmp_path: Path
) -> RunningServer:
    settings = replace(store.settings(), downloads=request.param)
    S3Bucket(settings).create()
    return start_server("--settings", str(settings_file(tmp_path, settings)))


def url_of(server: RunningServer, name: str, filename: str) -> str:
    page = server.get(f"simple/{name}/", headers={"Accept": "application/vnd.pypi.simple.v1+json"}).json()
    [url] = [each["url"] for each in page["files"] if each["filename"] == filename]
    return str(httpx.URL(f"{server.url}simple/{name}/").join(url)).removeprefix(server.url)


def test_files_are_published_and_installed(on_store: RunningServer, client: Client, save: Save) -> None:
    client.twine_upload(
        on_store,
        save(
            build_wheel("kept", "1.0", modules={"kept.py": "answer = 42"}, padding=20 * MIB),
            build_sdist("kept", "1.0", padding=2 * MIB),
            build_wheel("small", "1.0", requires_dist=["kept"]),
        ),
    )
    environment = client.new_environment("consumer")
    client.pip_install(on_store, environment, "small")
    consumer = client.using(environment)
    assert consumer.run("python", "-c", "import kept; print(kept.answer)").stdout == "42\n"

    folder = client.home / "downloaded"
    client.run("pypi-cli", "download", "--index", on_store.url, "--no-deps", "--dest", folder, "kept")
    assert [each.name for each in folder.iterdir()] == ["kept-1.0-py3-none-any.whl"]


def test_parts_of_a_file_are_sent(on_store: RunningServer, client: Client, save: Save) -> None:
    wheel = build_wheel("parts", "1.0", padding=3 * MIB)
    client.twine_upload(on_store, save(wheel))
    url = url_of(on_store, "parts", wheel.filename)

    whole = on_store.get(url, follow_redirects=True)
    part = on_store.get(url, follow_redirects=True, headers={"Range": "bytes=1000-2000999"})
    end = on_store.get(url, follow_redirects=True, headers={"Range": "bytes=-10"})
    head = httpx.head(on_store.url + url, follow_redirects=True, trust_env=False)

    same = on_store.get(
        url, follow_redirects=True, headers={"Range": "bytes=10-", "If-Range": whole.headers["etag"]}
    )
    another = on_store.get(
        url, follow_redirects=True, headers={"Range": "bytes=10-", "If-Range": '"another"'}
    )

    assert (same.status_code, same.content) == (206, wheel.content[10:])
    assert (another.status_code, another.content) == (200, wheel.content)
    assert whole.content == wheel.content
    assert whole.headers["content-type"] == "application/octet-stream"
    assert (part.status_code, part.content) == (206, wheel.content[1000:2_001_000])
    assert (end.status_code, end.content) == (206, wheel.content[-10:])
    assert (head.status_code, head.headers["content-length"]) == (200, str(len(wheel.content)))
    assert head.headers["etag"] == whole.headers["etag"]


def test_a_redirect_leads_to_an_origin_that_is_announced(
    on_store: RunningServer, store: S3Server, client: Client, save: Save
) -> None:
    wheel = build_wheel("sent", "1.0", padding=100_000)
    client.twine_upload(on_store, save(wheel))
    announced = call(on_store, "index.status")["file_origins"]
    answer = on_store.get(url_of(on_store, "sent", wheel.filename))
    metadata = on_store.get(url_of(on_store, "sent", wheel.filename) + ".metadata")

    # What is short is not worth a second connection.
    assert metadata.status_code == 200
    if answer.status_code == 200:
        assert announced == []
        return
    assert announced == [store.endpoint]
    assert answer.headers["location"].startswith(store.endpoint + "/")
    assert answer.headers["cache-control"] == "private, no-store"
    from_store = httpx.get(answer.headers["location"], trust_env=False)
    assert from_store.content == wheel.content
    assert from_store.headers["content-disposition"] == f'attachment; filename="{wheel.filename}"'


def test_an_upload_begun_on_one_server_is_finished_on_another(
    on_store: RunningServer, start_server: StartServer, tmp_path: Path
) -> None:
    database = f"sqlite:///{on_store.data / 'index.sqlite'}"
    other = start_server(
        "--settings", str(tmp_path / "settings.toml"), "--database", database, data=tmp_path / "other"
    )
    wheel, sdist = build_wheel("shared", "1.0", padding=18 * MIB), build_sdist("shared", "1.0")
    session = begin(on_store, "shared", wheel, sdist)
    urls = {each["filename"]: each["url"] for each in session["files"]}

    half = 10 * MIB
    assert put(on_store, urls[wheel.filename], wheel.content[:half], 0) == half
    assert put(other, urls[wheel.filename], wheel.content[half:], half) == len(wheel.content)
    assert put(other, urls[sdist.filename], sdist.content, 0) == len(sdist.content)
    call(on_store, "release.publish", session=session["session"])

    for server in (on_store, other):
        for each in (wheel, sdist):
            found = server.get(url_of(server, "shared", each.filename), follow_redirects=True)
            assert hashlib.sha256(found.content).hexdigest() == each.sha256


def test_documentation_is_unpacked_and_shown(on_store: RunningServer, client: Client, save: Save) -> None:
    client.twine_upload(on_store, save(build_wheel("told", "1.0")))
    archive = client.home / "docs.zip"
    archive.write_bytes(build_documentation(index="told in HTML"))
    outcome = httpx.post(
        f"{on_store.url}legacy/",
        auth=("__token__", on_store.token),
        data={":action": "doc_upload", "name": "told", "version": "1.0"},
        files={"content": ("docs.zip", archive.read_bytes())},
        trust_env=False,
    )
    assert outcome.is_success, outcome.text
    deadline = time.monotonic() + 60
    while (page := on_store.get("docs/told/1.0/")).status_code != 200:
        assert time.monotonic() < deadline, "the worker does not unpack"
        time.sleep(0.2)
    assert "told in HTML" in page.text


def test_the_store_is_whole_after_all_that(on_store: RunningServer, client: Client, save: Save) -> None:
    client.twine_upload(on_store, save(build_wheel("checked", "1.0"), build_sdist("checked", "1.0")))
    checked = subprocess.run(
        [
            client.scripts / "pypi-server", "check", "--thorough",
            "--settings", on_store.data.parent / "settings.toml", "--data", on_store.data,
        ],
        capture_output=True, text=True,
    )  # fmt: skip
    assert checked.returncode == 0, checked.stdout + checked.stderr


def begin(server: RunningServer, name: str, *files: BuiltDistribution) -> Any:
    declared = [
        {"filename": each.filename, "size": len(each.content), "sha256": each.sha256} for each in files
    ]
    return call(server, "upload.begin", name=name, version="1.0", files=declared)


def put(server: RunningServer, url: str, content: bytes, offset: int) -> int:
    answer = httpx.put(
        server.url + url,
        content=content,
        headers={"Authorization": f"Bearer {token(server)}", "Upload-Offset": str(offset)},
        trust_env=False,
        timeout=60,
    )
    assert answer.status_code == 204, answer.text
    return int(answer.headers["Upload-Offset"])


def call(server: RunningServer, method: str, **params: object) -> Any:
    answer = httpx.post(
        f"{server.url}rpc",
        json={"jsonrpc": "2.0", "id": 1, "method": method, "params": params},
        headers={"Authorization": f"Bearer {token(server)}"},
        trust_env=False,
        timeout=60,
    ).json()
    return answer["result"]


def token(server: RunningServer) -> str:
    """Return the owner's token, of whichever server of the test created the account."""
    [found] = server.data.parent.glob("*/owner-token")
    return found.read_text().strip()
