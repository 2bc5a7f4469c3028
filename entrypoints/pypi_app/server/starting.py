"""What a server needs of the machine before it touches its data: an address, and its certificate."""

from __future__ import annotations

import errno
import os
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NoReturn

from pypi_app.settings import Settings, StartError

_BACKLOG = 2048
_FIRST_PASSED_ON = 3
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


@contextmanager
def listen(settings: Settings) -> Iterator[list[socket.socket]]:
    """
    Return sockets that listen, and close them after the block.

    They are those that systemd has opened and passes on, which stay open there, or else one on the
    address of the settings.

    Raises:
        StartError: The address cannot be listened on.
    """
    sockets = _passed_on() or [_listening(settings)]
    try:
        yield sockets
    finally:
        for each in sockets:
            each.close()


def _passed_on() -> list[socket.socket]:
    """Return the sockets that were opened for this process (man sd_listen_fds)."""
    count = os.environ.pop("LISTEN_FDS", "")
    if os.environ.pop("LISTEN_PID", "") != str(os.getpid()) or not count.isdigit():
        return []
    try:
        sockets = [socket.socket(fileno=_FIRST_PASSED_ON + number) for number in range(int(count))]
    except OSError as error:
        raise StartError(f"LISTEN_FDS is {count}, but no such sockets were passed on: unset it.") from error
    for each in sockets:
        each.set_inheritable(False)
        is_tcp = each.family in {socket.AF_INET, socket.AF_INET6} and each.type == socket.SOCK_STREAM
        if not (is_tcp and each.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN)):
            raise StartError(
                "A socket that was passed on (LISTEN_FDS) does not listen for TCP: write "
                "ListenStream= with a port or an address and a port."
            )
    return sockets


def _listening(settings: Settings) -> socket.socket:
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    try:
        return socket.create_server((settings.host, settings.port), family=family, backlog=_BACKLOG)
    except (OSError, UnicodeError, ValueError) as error:
        raise StartError(
            f"Cannot listen on {settings.host} port {settings.port}: {_reason(error)}. {_advice(error)}"
        ) from error


def check_tls(settings: Settings) -> None:
    """
    Make sure that certificate and key can be used, if the settings name them.

    Raises:
        StartError: They cannot; the message names the file and what is wrong with it.
    """
    if settings.tls_certificate is None or settings.tls_key is None:
        return
    certificate, key = Path(settings.tls_certificate), Path(settings.tls_key)
    _check_pem(certificate, "tls_certificate", b"-----BEGIN CERTIFICATE-----", "certificate")
    _check_pem(key, "tls_key", b"PRIVATE KEY-----", "private key")
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(certificate, key, password=_refuse_password)
    except _EncryptedKey as error:
        raise StartError(
            f"The key in {key} (tls_key) is encrypted, and the server asks for no password: store it "
            "decrypted, readable by the server alone."
        ) from error
    except ssl.SSLError as error:
        if error.reason == "KEY_VALUES_MISMATCH":
            raise StartError(
                f"The key in {key} (tls_key) does not belong to the first certificate in {certificate} "
                "(tls_certificate). The server's own certificate comes first, then those above it."
            ) from error
        raise StartError(
            f"The certificate in {certificate} (tls_certificate) or the key in {key} (tls_key) cannot be "
            f"used: {error.reason or error}. Check that both are whole PEM files."
        ) from error


def _check_pem(file: Path, setting: str, beginning: bytes, what: str) -> None:
    try:
        content = file.read_bytes()
    except OSError as error:
        raise StartError(f"The file {file} ({setting}) cannot be read: {error.strerror}.") from error
    if content.startswith(_BYTE_ORDER_MARK):
        raise StartError(f"The file {file} ({setting}) starts with a byte order mark: save it without.")
    if beginning not in content:
        raise StartError(f"The file {file} ({setting}) cannot be used: it has no {what} in PEM form.")


class _EncryptedKey(Exception):
    """OpenSSL asks for a password."""


def _refuse_password() -> NoReturn:
    raise _EncryptedKey


def _reason(error: Exception) -> str:
    if isinstance(error, OSError):
        # Python adds which address it was trying, which is said already.
        return (error.strerror or str(error)).partition(" (while")[0]
    return "this is not a host name or address"


def _advice(error: Exception) -> str:
    number = error.errno if isinstance(error, OSError) else None
    if number == errno.EADDRINUSE:
        return "Another program does: stop it, or choose another port with --port."
    if number in {errno.EACCES, errno.EPERM}:
        return "Ports below 1024 need a permission: choose another with --port, or put a proxy in front."
    if number == errno.EADDRNOTAVAIL:
        return (
            "Choose an address of this machine with --host: 127.0.0.1 for it alone, 0.0.0.0 for others too."
        )
    return "Choose another with --host and --port."
