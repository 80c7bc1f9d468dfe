"""What a team with existing instrumentation has: OpenTelemetry, sentry-sdk, structlog.

Nothing here knows Pagewake: every client is unmodified and only its address changes. The DSN
gives all of them: `http://KEY@HOST:PORT/PROJECT`.
"""

import logging
import sys
from urllib.parse import urlsplit

import structlog
from opentelemetry import trace

RELEASE = "shop@1.4.2"
ENVIRONMENT = "demo"
SERVICE = "shop"


def start(dsn: str):
    """Instruments the process; gives a function that flushes and stops everything."""
    if not dsn:
        _configure_logging(None)
        return lambda: None

    parts = urlsplit(dsn)
    base = f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"
    key, project = parts.username, parts.path.strip("/")

    provider = _start_opentelemetry(f"{base}/api/{project}/otlp/v1/traces", key)
    _start_sentry(dsn)
    from shop.log_shipper import LogShipper

    shipper = LogShipper(f"{base}/api/{project}/logs/?key={key}")
    _configure_logging(shipper)

    def stop() -> None:
        import sentry_sdk

        shipper.close()
        provider.shutdown()
        sentry_sdk.flush(timeout=5)

    return stop


def _start_opentelemetry(endpoint: str, key: str):
    from opentelemetry.exporter.otlp.proto.http import Compression
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.instrumentation.django import DjangoInstrumentor
    from opentelemetry.instrumentation.sqlite3 import SQLite3Instrumentor
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    provider = TracerProvider(
        resource=Resource.create(
            {
                "service.name": SERVICE,
                "service.version": RELEASE,
                "deployment.environment.name": ENVIRONMENT,
            }
        )
    )
    exporter = OTLPSpanExporter(
        endpoint=endpoint, headers={"x-pagewake-key": key}, compression=Compression.Gzip
    )
    # One second instead of five: a demo should show the join while one watches.
    provider.add_span_processor(BatchSpanProcessor(exporter, schedule_delay_millis=1000))
    trace.set_tracer_provider(provider)
    DjangoInstrumentor().instrument(excluded_urls="metrics,static/,image/")
    SQLite3Instrumentor().instrument()
    return provider


def _start_sentry(dsn: str) -> None:
    import sentry_sdk
    from sentry_sdk.integrations.otlp import OTLPIntegration

    sentry_sdk.init(
        dsn=dsn,
        release=RELEASE,
        environment=ENVIRONMENT,
        # Traces come from OpenTelemetry; this puts its trace and span ids on Sentry's events.
        integrations=[OTLPIntegration(setup_otlp_traces_exporter=False, setup_propagator=False)],
    )


def _add_trace_ids(_logger, _method, event: dict) -> dict:
    context = trace.get_current_span().get_span_context()
    if context.is_valid:
        event["trace_id"] = trace.format_trace_id(context.trace_id)
        event["span_id"] = trace.format_span_id(context.span_id)
    return event


def _configure_logging(shipper: logging.Handler | None) -> None:
    shared = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _add_trace_ids,
        structlog.processors.format_exc_info,
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=shared,
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            structlog.processors.JSONRenderer(),
        ],
    )
    console = logging.StreamHandler(sys.stderr)
    handlers = [console] if shipper is None else [console, shipper]
    for handler in handlers:
        handler.setFormatter(formatter)
    root = logging.getLogger()
    root.handlers[:] = handlers
    root.setLevel(logging.INFO)
