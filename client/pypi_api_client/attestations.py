"""Attestations on this machine (PEP 740): what a signing tool wrote beside a distribution."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import msgspec

from pypi_api_client.errors import InvalidAttestation

_ENDING = ".attestation"
_LARGEST = 1024 * 1024


def attestations_beside(distribution: Path) -> tuple[Path, ...]:
    """Return the attestations in the same folder, which are called ``FILENAME.*.attestation``."""
    beginning = distribution.name + "."
    return tuple(
        sorted(
            each
            for each in distribution.parent.iterdir()
            if each.name.startswith(beginning) and each.name.endswith(_ENDING)
        )
    )


def attestations_field(paths: Iterable[Path]) -> str:
    """
    Return the field of the upload form that carries attestations: a JSON array.

    What is in them is left as it is; nothing is verified.

    Raises:
        InvalidAttestation: One cannot be read, or is not of version 1.
    """
    return msgspec.json.encode([_read(each) for each in paths]).decode()


def _read(path: Path) -> dict[str, Any]:
    try:
        if path.stat().st_size > _LARGEST:
            raise InvalidAttestation(f"{path} is larger than {_LARGEST} bytes: that is not an attestation.")
        content = path.read_bytes()
    except OSError as error:
        raise InvalidAttestation(f"{path} cannot be read: {error.strerror or error}.") from error
    try:
        attestation = msgspec.json.decode(content, type=dict[str, Any])
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise InvalidAttestation(f"{path} is not an attestation: it is not a JSON object.") from error
    if attestation.get("version") != 1 or not attestation.keys() >= {"verification_material", "envelope"}:
        raise InvalidAttestation(f"{path} is not an attestation of version 1 (PEP 740): sign the file again.")
    return attestation
