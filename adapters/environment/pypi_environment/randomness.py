"""The system's randomness."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

from pypi_core.ports.environment import Randomness


class SystemRandomness:
    """Ask the operating system for random bytes."""

    def bytes(self, count: int) -> bytes:
        return secrets.token_bytes(count)


if TYPE_CHECKING:
    _: type[Randomness] = SystemRandomness
