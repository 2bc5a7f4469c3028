"""Whose certificates are trusted."""

from __future__ import annotations

import ssl
from pathlib import Path

import truststore

from pypi_api_client.errors import InvalidCertificates


def tls_context(ca_bundle: Path | None) -> ssl.SSLContext:
    """
    Trust the certificates in *ca_bundle*, or those that the operating system trusts.

    Raises:
        InvalidCertificates: *ca_bundle* cannot be used.
    """
    if ca_bundle is None:
        # The certificates that the operating system trusts, a company's own among them.
        return truststore.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    try:
        if ca_bundle.is_dir():
            return ssl.create_default_context(capath=ca_bundle)
        return ssl.create_default_context(cafile=ca_bundle)
    except (OSError, ssl.SSLError) as error:
        raise InvalidCertificates(
            f"The certificates in {str(ca_bundle)!r} cannot be read: {error.strerror or error}. Name a "
            "file of certificates in PEM."
        ) from error
