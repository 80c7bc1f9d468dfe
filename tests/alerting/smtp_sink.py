"""A real SMTP server (aiosmtpd) for smtp_test.cc: STARTTLS, log-in, no relay.

Prints its port, then one JSON line a message as a mail program would read it:
sender, recipients, subject and the decoded text and HTML parts. Ends with its
standard input, so that no test leaves it behind. `--plain` asks for neither TLS
nor a log-in, as a relay on the same machine does.
"""

import asyncio
import json
import ssl
import sys
from email import message_from_bytes, policy
from pathlib import Path

from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword

CASES = Path(__file__).parent.parent / "cases" / "smtp"


class Sink:
    async def handle_DATA(self, _server, _session, envelope):
        mail = message_from_bytes(envelope.content, policy=policy.default)
        html = mail.get_body(("html",))
        text = mail.get_body(("plain",))
        found = {
            "from": envelope.mail_from,
            "to": envelope.rcpt_tos,
            "subject": mail["subject"],
            "message_id": mail["message-id"],
            "date": mail["date"],
            "text": text.get_content().replace("\r\n", "\n"),
            "html": html.get_content().replace("\r\n", "\n"),
            "defects": [str(d) for part in mail.walk() for d in part.defects],
        }
        print(json.dumps(found), flush=True)
        return "250 kept"


def authenticate(_server, _session, _envelope, mechanism, data):
    good = (
        isinstance(data, LoginPassword) and data.login == b"pagewake" and data.password == b"s3cret"
    )
    return AuthResult(success=good, handled=mechanism not in ("LOGIN", "PLAIN"))


async def main():
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(CASES / "certificate.pem", CASES / "key.pem")
    loop = asyncio.get_running_loop()
    server = await loop.create_server(
        lambda: SMTP(
            Sink(),
            hostname="localhost",
            loop=loop,
            **(
                {}
                if "--plain" in sys.argv[1:]
                else {
                    "tls_context": context,
                    "require_starttls": True,
                    "authenticator": authenticate,
                    "auth_required": True,
                }
            ),
        ),
        "127.0.0.1",
        0,
    )
    print(server.sockets[0].getsockname()[1], flush=True)
    await loop.run_in_executor(None, sys.stdin.read)
    server.close()


asyncio.run(main())
