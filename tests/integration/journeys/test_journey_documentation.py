"""Documentation on a real server: large sites in little memory, real old clients, a real browser."""

from __future__ import annotations

import hashlib
import io
import json
import os
import random
import re
import shutil
import subprocess
import time
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from pypi_contracts.builders import build_wheel
from pypi_contracts.documentation import build_documentation

if TYPE_CHECKING:
    from running_server import RunningServer, StartServer
    from tool_client import Client

pytestmark = pytest.mark.slow

Save = Callable[..., list[Path]]

PAGES = 5_000
PAGE_SIZE = 20_000
MOST_MEMORY = 200 * 1024 * 1024
MOST_GROWTH = 48 * 1024 * 1024
# The last that has the command.
SETUPTOOLS = "setuptools<72"
BROWSER = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


def call(server: RunningServer, method: str, **params: object) -> Any:
    response = httpx.post(
        f"{server.url}rpc",
        json={"jsonrpc": "2.0", "method": method, "params": params, "id": 1},
        headers=authorization(server),
        trust_env=False,
        timeout=120,
    )
    assert "error" not in response.json(), response.text
    return response.json()["result"]


def authorization(server: RunningServer) -> dict[str, str]:
    return {"Authorization": f"Bearer {server.token}"}


def publish(server: RunningServer, client: Client, save: Save, name: str = "sample") -> None:
    client.twine_upload(server, save(build_wheel(name, "1.0")))


def put(server: RunningServer, url: str, content: bytes, offset: int) -> httpx.Response:
    headers = {**authorization(server), "Upload-Offset": str(offset)}
    return httpx.put(server.url + url, content=content, headers=headers, trust_env=False, timeout=120)


def document(server: RunningServer, archive: bytes, name: str = "sample") -> None:
    """Send documentation in two pieces, publish it and wait until it is shown."""
    begun = call(
        server,
        "docs.begin",
        name=name,
        version="1.0",
        size=len(archive),
        sha256=hashlib.sha256(archive).hexdigest(),
    )
    half = len(archive) // 2
    assert put(server, begun["url"], archive[:half], 0).headers["Upload-Offset"] == str(half)
    assert put(server, begun["url"], archive[half:], half).status_code == 204
    call(server, "docs.complete", upload=begun["upload"])
    wait_until_shown(server, name)


def wait_until_shown(server: RunningServer, name: str = "sample") -> None:
    while True:
        [listed] = call(server, "docs.list", name=name)["versions"]
        if listed["state"] == "ready" and not listed["is_being_replaced"]:
            return
        time.sleep(0.1)


def large_site(pages: int) -> bytes:
    """Return a ZIP of pages of 20 kB that do not compress well."""
    chance, content = random.Random(pages), io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        archive.writestr("index.html", "<!DOCTYPE html><p>Hello</p>")
        for number in range(pages - 1):
            archive.writestr(f"{number % 50}/{number}.html", page(number, chance))
    return content.getvalue()


def page(number: int, chance: random.Random) -> str:
    return f"<!DOCTYPE html><h1>{number}</h1><p>{chance.randbytes(PAGE_SIZE // 2).hex()}</p>"


def peaks(server: RunningServer) -> tuple[int, int]:
    """Return the most memory, in bytes, that the server ever held, and the most of any child: the worker."""
    children = subprocess.run(
        ["ps", "--no-headers", "-o", "pid", "--ppid", str(server.process.pid)], capture_output=True, text=True
    )
    return max(peak(server.process.pid)), max(each for pid in children.stdout.split() for each in peak(pid))


def peak(pid: int | str) -> list[int]:
    """Return the most memory that a process ever held, nothing for one that has just ended."""
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except FileNotFoundError:
        return []
    return [int(each) * 1024 for each in re.findall(r"VmHWM:\s+(\d+) kB", status)]


def test_a_site_of_5000_pages_needs_no_more_memory_than_a_small_one(
    start_server: StartServer, client: Client, save: Save, tmp_path: Path
) -> None:
    measured = []
    for pages in (50, PAGES):
        server = start_server(data=tmp_path / f"data{pages}")
        publish(server, client, save)
        archive = large_site(pages)
        document(server, archive)
        chance = random.Random(pages)
        with httpx.Client(base_url=server.url, trust_env=False, timeout=60) as session:
            for number in range(pages - 1):
                expected = page(number, chance)
                if number % 7 == 0:
                    assert session.get(f"docs/sample/latest/{number % 50}/{number}.html").text == expected
            assert session.get("docs/sample/1.0.zip").content == archive
        measured.append(peaks(server))
        server.stop()

    for small, large in zip(*measured, strict=True):
        print(f"{small / 2**20:.0f} MiB, then {large / 2**20:.0f} MiB")
        assert large < MOST_MEMORY
        assert large - small < MOST_GROWTH


def test_an_upload_that_broke_off_goes_on_after_the_server_was_killed(
    server: RunningServer, client: Client, save: Save
) -> None:
    publish(server, client, save)
    archive = large_site(200)
    sha256 = hashlib.sha256(archive).hexdigest()
    begun = call(server, "docs.begin", name="sample", version="1.0", size=len(archive), sha256=sha256)
    put(server, begun["url"], archive[:1_000_000], 0)
    server.kill()
    server.start()

    told = httpx.head(server.url + begun["url"], headers=authorization(server), trust_env=False)
    arrived = int(told.headers["Upload-Offset"])
    wrong = put(server, begun["url"], archive, 0)
    put(server, begun["url"], archive[arrived:], arrived)
    call(server, "docs.complete", upload=begun["upload"])
    wait_until_shown(server)

    assert arrived == 1_000_000
    assert (wrong.status_code, wrong.headers["Upload-Offset"]) == (409, "1000000")
    assert server.get("docs/sample/1.0.zip").content == archive


def test_unpacking_goes_on_after_the_server_was_killed(
    server: RunningServer, client: Client, save: Save
) -> None:
    publish(server, client, save)
    document(server, build_documentation(index="Old"))
    archive = large_site(1_500)
    upload = {"content": ("sample.zip", archive)}
    data = {":action": "doc_upload", "name": "sample"}
    sent = httpx.post(
        f"{server.url}legacy/", data=data, files=upload, headers=authorization(server), trust_env=False
    )
    time.sleep(0.5)
    server.kill()
    server.start()
    shown = server.get("docs/sample/1.0/").text
    wait_until_shown(server)

    assert sent.status_code == 200
    assert shown in {"<!DOCTYPE html><p>Old</p>", "<!DOCTYPE html><p>Hello</p>"}
    assert server.get("docs/sample/1.0/").text == "<!DOCTYPE html><p>Hello</p>"
    assert server.get("docs/sample/1.0/0/1450.html").status_code == 200


@pytest.mark.foreign
@pytest.mark.parametrize("address", ["legacy/", "pypi"])
def test_legacy_setuptools_uploads_documentation(
    server: RunningServer, client: Client, save: Save, address: str
) -> None:
    publish(server, client, save)
    environment = client.new_environment("old-setuptools")
    client.run("uv", "pip", "install", "--python", environment / "bin" / "python", SETUPTOOLS)
    project = client.home / "project"
    (project / "build" / "html" / "guide").mkdir(parents=True)
    (project / "build" / "html" / "index.html").write_text("<p>Hello")
    (project / "build" / "html" / "guide" / "index.html").write_text("<p>Guide")
    (project / "setup.py").write_text("from setuptools import setup\nsetup(name='sample', version='1.0')\n")
    (client.home / ".pypirc").write_text(
        "[distutils]\nindex-servers = ours\n"
        f"[ours]\nrepository = {server.url}{address}\nusername = __token__\npassword = {server.token}\n"
    )

    outcome = subprocess.run(
        [
            environment / "bin" / "python", "setup.py", "upload_docs",
            "--upload-dir", "build/html", "-r", "ours",
        ],
        cwd=project,
        env={"HOME": str(client.home), "PATH": "/usr/bin:/bin", "no_proxy": "*"},
        capture_output=True,
        text=True,
    )  # fmt: skip

    assert "Server response (200)" in outcome.stdout + outcome.stderr, outcome.stdout + outcome.stderr
    wait_until_shown(server)
    assert "Server response (200)" in outcome.stdout + outcome.stderr
    assert server.get("docs/sample/latest/guide/").text == "<p>Guide"


HOSTILE = """<!DOCTYPE html><link rel="stylesheet" href="style.css"><p id="told"></p>
<script src="script.js"></script>"""
SCRIPT = """
function tried(what) { try { return String(what()); } catch (error) { return error.name; } }
const told = {
    origin: self.origin,
    storage: tried(() => localStorage.length),
    cookies: tried(() => document.cookie),
    worker: tried(() => navigator.serviceWorker.register("script.js")),
    style: getComputedStyle(document.querySelector("p")).color,
};
const request = new XMLHttpRequest();
request.open("GET", "/project/sample/", false);
told.reading = tried(() => { request.send(); return request.responseText.length; });
const own = new XMLHttpRequest();
own.open("GET", "search.json", false);
told.own = tried(() => { own.send(); return own.responseText; });
document.querySelector("p").textContent = JSON.stringify(told);
"""


@pytest.mark.browser
@pytest.mark.skipif(
    BROWSER is None and not os.environ.get("CI"), reason="there is no Chromium on this machine"
)
def test_a_hostile_page_runs_and_reaches_nothing_of_the_site(
    server: RunningServer, client: Client, save: Save, tmp_path: Path
) -> None:
    publish(server, client, save)
    pages = {"script.js": SCRIPT, "style.css": "p { color: rgb(1, 2, 3) }", "search.json": "[7]"}
    document(server, build_documentation({**pages, "index.html": HOSTILE}))

    shown = subprocess.run(
        [
            str(BROWSER), "--headless", "--no-sandbox", "--disable-gpu", "--no-proxy-server",
            f"--user-data-dir={tmp_path / 'profile'}", "--dump-dom", f"{server.url}docs/sample/1.0/",
        ],
        capture_output=True,
        text=True,
    )  # fmt: skip
    found = re.search(r'id="told">(.*?)</p>', shown.stdout)

    assert found, shown.stderr
    told = json.loads(found[1])
    assert told["origin"] == "null"
    assert told["storage"] == told["cookies"] == "SecurityError"
    assert told["worker"] in {"SecurityError", "TypeError", "[object Promise]"}
    # Pages of people are not for other origins; its own style sheet and data are there.
    assert told["reading"] == "NetworkError"
    assert (told["style"], told["own"]) == ("rgb(1, 2, 3)", "[7]")
