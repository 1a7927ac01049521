"""Logs as one JSON object a line on stderr; nothing in them is about a person."""

import logging
import sys

import structlog


def log_to_stderr() -> None:
    """Send everything that is logged to stderr."""
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=False,
    )
    logging.basicConfig(handlers=[_Bare(sys.stderr)], level=logging.WARNING, force=True)


class _Bare(logging.StreamHandler):  # type: ignore[type-arg]  # not subscriptable when run
    """Writes libraries' warnings without tracebacks, whose values may be anything."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the record as JSON."""
        renderer = structlog.processors.JSONRenderer()
        event = {"event": record.name, "level": record.levelname.lower()}
        if record.exc_info and record.exc_info[0]:
            event["error"] = record.exc_info[0].__name__
        else:
            event["message"] = record.getMessage()
        return str(renderer(None, "", event))
