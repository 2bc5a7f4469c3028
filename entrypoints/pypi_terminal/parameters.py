"""Parameters that commands of both programs have."""

from __future__ import annotations

from typing import Annotated

from cyclopts import Parameter

Flag = Annotated[bool, Parameter(negative=(), show_default=False)]
"""Something that is off unless it is named."""

Yes = Annotated[bool, Parameter(name=["--yes", "-y"], negative=(), show_default=False, help="Do not ask.")]
"""The answer to a question before it is asked."""

Texts = Annotated[tuple[str, ...], Parameter(negative=(), show_default=False)]
"""Something that may be given several times."""
