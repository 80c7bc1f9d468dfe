"""Starts the demo shop: telemetry first, then migrations, seed data and a WSGI server.

    python serve.py --listen 127.0.0.1:0 --data DIR

PAGEWAKE_DSN says where telemetry goes; without it the shop runs uninstrumented.
Prints one line "shop on http://HOST:PORT" once it answers. SIGTERM and Ctrl-C stop it and
send what telemetry is still waiting.
"""

import argparse
import os
import signal
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--listen", default="127.0.0.1:8791", help="HOST:PORT, port 0 takes a free one"
    )
    parser.add_argument("--data", default=None, help="folder of the shop's database")
    arguments = parser.parse_args()
    host, _, port = arguments.listen.rpartition(":")
    if not host or not port.isdigit():
        parser.error(f"--listen {arguments.listen!r}: want HOST:PORT, for example 127.0.0.1:8791")
    if arguments.data:
        Path(arguments.data).mkdir(parents=True, exist_ok=True)
        os.environ["SHOP_DATA"] = arguments.data
    os.environ["DJANGO_SETTINGS_MODULE"] = "shop.settings"

    from shop import telemetry

    stop_telemetry = telemetry.start(os.environ.get("PAGEWAKE_DSN", ""))

    import django
    from django.core.management import call_command

    django.setup()
    call_command("migrate", verbosity=0)
    from shop import seed

    seed.fill_if_empty()

    import waitress
    from shop.wsgi import application

    server = waitress.create_server(application, host=host, port=int(port), threads=8)

    def stop(_signal, _frame):
        raise SystemExit(0)

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    print(f"shop on http://{host}:{server.effective_port}", flush=True)
    try:
        server.run()
    finally:
        stop_telemetry()


if __name__ == "__main__":
    main()
