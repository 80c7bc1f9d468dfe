"""What every template gets."""

import os
from urllib.parse import urlsplit

from shop import telemetry
from shop.middleware import current_traceparent


def pagewake(_request) -> dict:
    dsn = os.environ.get("PAGEWAKE_DSN", "")
    parts = urlsplit(dsn)
    return {
        "pagewake_dsn": dsn,
        "pagewake_host": f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}" if dsn else "",
        "release": telemetry.RELEASE,
        "environment": telemetry.ENVIRONMENT,
        "traceparent": current_traceparent(),
    }
