"""Logging of the processes: structlog over standard logging, for a person or for a machine."""

from __future__ import annotations

import logging
import sys

import structlog

from pypi_http_api.request_ids import current_request_id


def _add_request_id(
    _logger: logging.Logger, _method: str, event: structlog.typing.EventDict
) -> structlog.typing.EventDict:
    if request_id := current_request_id.get():
        event["request_id"] = request_id
    return event


def set_up_logs(*, level: str = "INFO") -> None:
    """Write log lines to standard error: coloured on a terminal, JSON elsewhere."""
    shared: list[structlog.typing.Processor] = [
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.PositionalArgumentsFormatter(),
        _add_request_id,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    on_terminal = sys.stderr.isatty()
    last: list[structlog.typing.Processor] = (
        [structlog.dev.ConsoleRenderer()]
        if on_terminal
        else [structlog.processors.format_exc_info, structlog.processors.JSONRenderer()]
    )
    # On a terminal a line has to be readable; elsewhere its fields are kept beside it.
    if not on_terminal:
        shared.append(structlog.stdlib.ExtraAdder())
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *last],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for chatty in ("alembic", "uvicorn.error"):
        logging.getLogger(chatty).setLevel("WARNING")
    # It warns of each try; what became of the last is told by who asked.
    logging.getLogger("urllib3").setLevel("ERROR")
