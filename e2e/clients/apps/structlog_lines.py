"""Two lines as structlog writes them in production."""

import os

import structlog

structlog.configure(
    processors=[
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        structlog.processors.JSONRenderer(),
    ]
)
log = structlog.get_logger().bind(trace_id=os.environ["TRACE_ID"])
log.info("order_placed", order_id=7)
try:
    {}["tea"]
except KeyError:
    log.exception("checkout_failed", order_id=8)
