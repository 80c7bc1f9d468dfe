"""One structlog line a request, and the trace id in the answer for the browser to continue."""

import time

import structlog
from opentelemetry import trace

log = structlog.get_logger("shop.request")


class RequestLog:
    def __init__(self, get_response) -> None:
        self._get_response = get_response

    def __call__(self, request):
        started = time.perf_counter()
        response = self._get_response(request)
        context = trace.get_current_span().get_span_context()
        if context.is_valid:
            # W3C Server-Timing form: the browser's page load joins this trace.
            response["Server-Timing"] = f"traceparent;desc={_traceparent(context)}"
        if not request.path.startswith(("/static/", "/image/", "/metrics")):
            log.info(
                "request_finished",
                method=request.method,
                path=request.path,
                status=response.status_code,
                duration_ms=round((time.perf_counter() - started) * 1000, 1),
            )
        return response

    def process_exception(self, request, exception):
        log.exception("request_failed", path=request.path)


def _traceparent(context) -> str:
    trace_id = trace.format_trace_id(context.trace_id)
    return f"00-{trace_id}-{trace.format_span_id(context.span_id)}-{context.trace_flags:02x}"


def current_traceparent() -> str:
    """`traceparent` of the request being answered; "" when it is not traced."""
    context = trace.get_current_span().get_span_context()
    return _traceparent(context) if context.is_valid else ""
