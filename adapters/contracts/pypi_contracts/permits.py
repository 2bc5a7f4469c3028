"""Permits for tests of what changes accounts, tokens and the list of indexes."""

from __future__ import annotations

from pypi_core.domain.accounts import OPERATOR
from pypi_core.domain.permissions import require_administrator

BY_OPERATOR = require_administrator(OPERATOR)
"""The permit of the operator, who may do everything."""
