"""Proxies in front of a server, which share their host name with others: its index is below a path."""

from __future__ import annotations

import http.client
import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import msgspec

from absence import leave_out
from certificates import Certificates
from foreign_servers import free_port
from running_server import RunningServer

NGINX = shutil.which("nginx", path="/usr/sbin:/usr/local/sbin:/usr/bin:/usr/local/bin:/opt/homebrew/bin")
_HOP_BY_HOP = {"connection", "keep-alive", "transfer-encoding", "host", "date", "server"}


class ServedBelow(msgspec.Struct, frozen=True, kw_only=True):
    """A server as clients know it: its URL below a path, its first owner's token, and whom to trust."""

    url: str
    token: str
    authority: Path | None = None


@contextmanager
def small_proxy(server: RunningServer, prefix: str, *, strips: bool, says: bool) -> Iterator[ServedBelow]:
    """
    Serve *server* below *prefix*, and nothing beside it.

    The proxy strips the prefix from the paths, or passes them on as they are, and says what it is or not.
    """

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            length = int(self.headers.get("content-length") or 0)
            body = self._chunked() if "chunked" in self.headers.get("transfer-encoding", "") else None
            content = self.rfile.read(length) if body is None else body
            if not self.path.startswith(f"{prefix}/"):
                self._answer(404, [], b"There is another service here.")
                return
            kept = {name: value for name, value in self.headers.items() if name.lower() not in _HOP_BY_HOP}
            forwarded = {**kept, "Host": self.headers["Host"], "X-Forwarded-For": self.client_address[0]}
            if says:
                forwarded["X-Forwarded-Prefix"] = prefix
            behind = http.client.HTTPConnection("127.0.0.1", server.port)
            target = self.path.removeprefix(prefix) if strips else self.path
            behind.request(self.command, target, content or None, forwarded)
            answer = behind.getresponse()
            self._answer(answer.status, answer.getheaders(), answer.read(), answer.reason)
            behind.close()

        do_POST = do_PUT = do_HEAD = do_GET  # noqa: N815 - the base class's names

        def _chunked(self) -> bytes:
            body = b""
            while size := int(self.rfile.readline().partition(b";")[0], 16):
                body += self.rfile.read(size)
                self.rfile.readline()
            self.rfile.readline()
            return body

        def _answer(
            self, status: int, headers: list[tuple[str, str]], body: bytes, reason: str | None = None
        ) -> None:
            self.send_response(status, reason)
            kept = [each for each in headers if each[0].lower() not in _HOP_BY_HOP]
            for name, value in kept:
                self.send_header(name, value)
            if not any(name.lower() == "content-length" for name, _value in kept) and status not in {
                204,
                304,
            }:
                self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *arguments: object) -> None:  # noqa: A002 - the base class's name
            """Print nothing."""

    proxy = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    proxy.daemon_threads = True
    threading.Thread(target=proxy.serve_forever, daemon=True).start()
    try:
        yield ServedBelow(url=f"http://127.0.0.1:{proxy.server_port}{prefix}/", token=server.token)
    finally:
        proxy.shutdown()
        proxy.server_close()


_CONFIGURATION = """\
daemon off;
pid {folder}/nginx.pid;
error_log {folder}/error.log;
worker_processes 1;
events {{ worker_connections 128; }}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    server {{
        listen 127.0.0.1:{port} ssl;
        ssl_certificate {chain};
        ssl_certificate_key {key};
        location = / {{ return 404 "another service"; }}
        location {prefix}/ {{
            proxy_pass http://127.0.0.1:{behind}{slash};
            proxy_set_header Host $http_host;
            proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
            proxy_set_header X-Forwarded-Proto $scheme;
            proxy_set_header X-Forwarded-Host "";
            proxy_set_header X-Forwarded-Prefix "{told}";
            client_max_body_size 0;
            proxy_request_buffering off;
            proxy_buffering off;
        }}
    }}
}}
"""


@contextmanager
def nginx(
    folder: Path, certificates: Certificates, server: RunningServer, prefix: str, *, strips: bool, says: bool
) -> Iterator[ServedBelow]:
    """Serve *server* below *prefix* by nginx and https; without nginx the test is left out."""
    if NGINX is None:
        leave_out("there is no nginx on this machine")
    folder.mkdir()
    port = free_port()
    configuration = folder / "nginx.conf"
    configuration.write_text(
        _CONFIGURATION.format(
            folder=folder,
            port=port,
            chain=certificates.chain,
            key=certificates.key,
            prefix=prefix,
            behind=server.port,
            slash="/" if strips else "",
            told=prefix if says else "",
        )
    )
    log = folder / "error.log"
    process = subprocess.Popen([NGINX, "-p", str(folder), "-c", str(configuration), "-e", str(log)])
    try:
        while not _listens(port):
            assert process.poll() is None, log.read_text(errors="replace")
            time.sleep(0.02)
        yield ServedBelow(
            url=f"https://127.0.0.1:{port}{prefix}/", token=server.token, authority=certificates.authority
        )
    finally:
        process.terminate()
        process.wait()


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
