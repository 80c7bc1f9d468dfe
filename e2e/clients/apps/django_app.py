"""A site of a few views, instrumented by the snippet that SNIPPET names, on a free port.

Serves the files of STATIC beside them, so that a page and its backend are one origin.
"""

import logging
import os
import signal
import sys
from pathlib import Path
from socketserver import ThreadingMixIn
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

from django.conf import settings

settings.configure(
    DEBUG=False,
    ALLOWED_HOSTS=["127.0.0.1"],
    ROOT_URLCONF=__name__,
    SECRET_KEY="nothing to keep",
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
    LOGGING_CONFIG=None,
)

if snippet := os.environ.get("SNIPPET"):
    exec(compile(Path(snippet).read_text(), snippet, "exec"))

import django  # noqa: E402
from django.core.wsgi import get_wsgi_application  # noqa: E402
from django.db import connection  # noqa: E402
from django.http import FileResponse, JsonResponse  # noqa: E402
from django.urls import path  # noqa: E402

django.setup()
logging.basicConfig(level=logging.INFO)


def ok(request):
    with connection.cursor() as cursor:
        cursor.execute("SELECT 6 * 7")
        return JsonResponse({"answer": cursor.fetchone()[0]})


def boom(request):
    prices = {}
    return JsonResponse({"price": prices["tea"]})


def static(request, name):
    headers = os.environ.get("PAGE_HEADERS", "")
    response = FileResponse(Path(os.environ["STATIC"], name).open("rb"))  # noqa: SIM115, the response closes it
    for line in headers.splitlines():
        key, _, value = line.partition(": ")
        response[key] = value
    return response


urlpatterns = [path("ok/", ok), path("boom/", boom), path("<str:name>", static)]


class Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True


class Quiet(WSGIRequestHandler):
    def log_message(self, *_):
        pass


# Leaving through sys.exit() runs the clients' own flushes at exit.
signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
server = make_server("127.0.0.1", 0, get_wsgi_application(), Server, Quiet)
print(f"app on http://127.0.0.1:{server.server_port}", flush=True)
server.serve_forever()
