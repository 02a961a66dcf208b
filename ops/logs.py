"""The log of a process: lines of JSON, in which numbers are masked."""

import logging
import sys

import structlog

from hotline.log_masking import mask_numbers
from hotline.settings import Settings
from ops.syslog import SecurityLog, socket_of


def configure_logging(settings: Settings, process: str) -> None:
    """Structured lines on standard output: one JSON object an event, numbers masked; those of security to
    the collector too, where one is set.
    """
    level = logging.getLevelNamesMapping()[settings.log_level]
    collector = socket_of(settings)
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            lambda _logger, _method, event: {**event, "process": process},
            structlog.processors.format_exc_info,
            mask_numbers,
            *([SecurityLog(collector, settings.node, process)] if collector else []),
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.WriteLoggerFactory(file=sys.stdout),
        cache_logger_on_first_use=True,
    )
