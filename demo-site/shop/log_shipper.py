"""Sends log lines to an HTTP address in small batches, as Vector or Fluent Bit would.

In production a log agent does this from the process's output; the demo has no agent.
"""

import logging
import queue
import threading
import urllib.request


class LogShipper(logging.Handler):
    """Never blocks the request: lines wait in a bounded queue and are dropped when it is full."""

    def __init__(self, url: str) -> None:
        super().__init__()
        self._url = url
        self._lines: queue.Queue[str | None] = queue.Queue(maxsize=10_000)
        self._thread = threading.Thread(target=self._run, name="log-shipper", daemon=True)
        self._thread.start()

    def emit(self, record: logging.LogRecord) -> None:
        try:
            self._lines.put_nowait(self.format(record))
        except queue.Full:
            self.handleError(record)

    def close(self) -> None:
        self._lines.put(None)
        self._thread.join(timeout=5)
        super().close()

    def _run(self) -> None:
        open_ = True
        while open_:
            batch = [self._lines.get()]
            while len(batch) < 500 and not self._lines.empty():
                batch.append(self._lines.get())
            open_ = None not in batch
            lines = [line for line in batch if line is not None]
            if lines:
                self._send("\n".join(lines) + "\n")

    def _send(self, body: str) -> None:
        request = urllib.request.Request(
            self._url, data=body.encode(), headers={"content-type": "application/x-ndjson"}
        )
        try:
            with urllib.request.urlopen(request, timeout=10):
                pass
        except OSError as error:
            # Logging about failed logging would feed itself.
            logging.lastResort.stream.write(f"log shipper: {error}\n")
