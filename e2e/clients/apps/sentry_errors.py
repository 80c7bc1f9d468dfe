"""Three errors, one after the other, each delivered or given up before the next.

Called with "traced", a transaction before each.
"""

import os
import sys

import sentry_sdk

traced = "traced" in sys.argv
sentry_sdk.init(
    dsn=os.environ["SENTRY_DSN"], default_integrations=False, traces_sample_rate=float(traced)
)
for i in range(3):
    if traced:
        with sentry_sdk.start_transaction(name=f"work {i}"):
            pass
    sentry_sdk.capture_exception(ValueError(f"number {i}"))
    sentry_sdk.flush(timeout=5)
print("done", flush=True)
