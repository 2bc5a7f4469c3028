"""Other indexes and web servers, each installed into an environment of its own, outside the checkout."""

from __future__ import annotations

import base64
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import httpx
import msgspec

from pypi_contracts.builders import BuiltDistribution
from service_programs import free_port

FOLDER = Path(os.environ.get("PYPI_BENCH_FOLDER") or "~/.cache/pypi-core-bench").expanduser()
PATIENCE = 120


class Skipped(Exception):
    """A system is not to be had here; the message says why."""


class Running(msgspec.Struct, frozen=True, kw_only=True):
    """A system that answers: its URL, its process, and where it has the page and the file of a project."""

    url: str
    process: subprocess.Popen[bytes]
    page: str
    file: str | None = None
    json: bool = False


@contextmanager
def pypiserver(folder: Path, distributions: Sequence[BuiltDistribution]) -> Iterator[Running]:
    """Run pypiserver on the files."""
    programs, files, port = environment("pypiserver", "pypiserver[cache]"), folder / "files", free_port()
    files.mkdir()
    for each in distributions:
        (files / each.filename).write_bytes(each.content)
    command = [programs / "pypi-server", "run", "-p", port, "-i", "127.0.0.1", "--disable-fallback", files]
    with process_of(command, f"http://127.0.0.1:{port}/", folder) as process:
        file = f"packages/{distributions[0].filename}"
        yield Running(url=f"http://127.0.0.1:{port}/", process=process, page="simple/{project}/", file=file)


@contextmanager
def devpi(folder: Path, distributions: Sequence[BuiltDistribution]) -> Iterator[Running]:
    """Run devpi-server and upload the files to it."""
    programs, data, port = environment("devpi", "devpi-server"), folder / "devpi", free_port()
    url = f"http://127.0.0.1:{port}/"
    run([programs / "devpi-init", "--serverdir", data, "--no-root-pypi"])
    command = [programs / "devpi-server", "--serverdir", data, "--port", port, "--offline-mode"]
    with process_of(command, url, folder) as process, httpx.Client(base_url=url, timeout=60) as client:
        login = client.post("/+login", json={"user": "root", "password": ""}).json()["result"]["password"]
        secret = base64.b64encode(f"root:{login}".encode()).decode()
        headers = {"X-Devpi-Auth": secret}
        client.put("/root/dev", json={"type": "stage", "bases": []}, headers=headers).raise_for_status()
        for each in distributions:
            client.post(
                "/root/dev/",
                data=dict(each.form_fields()),
                files={"content": (each.filename, each.content)},
                headers=headers,
            ).raise_for_status()
        yield Running(url=url, process=process, page="root/dev/+simple/{project}/")


def proxpi(upstream: str) -> Callable[[Path, Sequence[BuiltDistribution]], object]:
    """Return what runs proxpi in front of the index at *upstream*."""

    @contextmanager
    def running(folder: Path, _distributions: Sequence[BuiltDistribution]) -> Iterator[Running]:
        programs, port = environment("proxpi", "proxpi", "gunicorn"), free_port()
        command = [programs / "gunicorn", "-b", f"127.0.0.1:{port}", "--threads", "8", "proxpi.server:app"]
        variables = {"PROXPI_INDEX_URL": f"{upstream}simple/", "PROXPI_CACHE_DIR": str(folder)}
        url = f"http://127.0.0.1:{port}/"
        with process_of(command, url, folder, variables) as process:
            yield Running(url=url, process=process, page="index/{project}/")

    return running


@contextmanager
def nginx(folder: Path, bodies: Mapping[str, tuple[bytes, Mapping[str, str]]]) -> Iterator[Running]:
    """Run nginx with one worker that serves *bodies* by name, each with its headers."""
    program, port = shutil.which("nginx", path=f"{os.environ.get('PATH', '')}:/usr/sbin"), free_port()
    if program is None:
        raise Skipped("nginx is not installed")
    places = []
    for name, (body, headers) in bodies.items():
        (folder / name).write_bytes(body)
        lines = "".join(f'add_header {key} "{value}"; ' for key, value in headers.items())
        places.append(f"location = /{name} {{ {lines}}}")
    configuration = folder / "nginx.conf"
    configuration.write_text(
        f"daemon off; worker_processes 1; pid {folder}/pid; error_log {folder}/errors;\n"
        "events { worker_connections 1024; }\n"
        f"http {{ access_log off; sendfile on; tcp_nopush on; keepalive_requests 100000000; etag on;\n"
        f"open_file_cache max=1000; server {{ listen 127.0.0.1:{port}; root {folder};\n"
        + "\n".join(places)
        + "}}\n"
    )
    url = f"http://127.0.0.1:{port}/"
    # Its worker must read the folder, which is ours alone.
    user = ["-g", "user root;"] if os.getuid() == 0 else []
    with process_of([program, "-c", configuration, "-p", folder, *user], url, folder) as process:
        yield Running(url=url, process=process, page="")


def environment(name: str, *requirements: str) -> Path:
    """
    Return the folder with the programs of an environment that has *requirements*, made if it is missing.

    Raises:
        Skipped: They cannot be installed.
    """
    folder = FOLDER / "environments" / name
    if not (folder / "complete").exists():
        shutil.rmtree(folder, ignore_errors=True)
        try:
            run([sys.executable, "-m", "venv", folder])
            run([folder / "bin" / "pip", "install", "-q", *requirements])
        except subprocess.CalledProcessError as error:
            raise Skipped(f"{name} cannot be installed: {error.stderr[-200:]!r}") from error
        (folder / "complete").touch()
    return folder / "bin"


def run(command: Sequence[object]) -> None:
    """Run a command to its end."""
    subprocess.run([str(each) for each in command], check=True, capture_output=True)


@contextmanager
def process_of(
    command: Sequence[object], url: str, folder: Path, variables: Mapping[str, str] | None = None
) -> Iterator[subprocess.Popen[bytes]]:
    """
    Run a server until the block is left.

    Raises:
        Skipped: It does not answer at *url*.
    """
    with (folder / "output").open("wb") as output:
        process = subprocess.Popen(
            [str(each) for each in command],
            stdout=output,
            stderr=output,
            env={**os.environ, **(variables or {})},
        )
    try:
        for _ in range(PATIENCE * 5):
            if process.poll() is not None:
                break
            try:
                httpx.get(url, trust_env=False, timeout=10)
                break
            except httpx.TransportError:
                time.sleep(0.2)
        else:
            raise Skipped(f"{command[0]} did not answer in {PATIENCE} s")
        if process.poll() is not None:
            raise Skipped(f"{command[0]} ended: {(folder / 'output').read_text()[-200:]!r}")
        yield process
    finally:
        process.terminate()
        process.wait()
