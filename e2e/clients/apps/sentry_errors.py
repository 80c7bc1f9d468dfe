"""Three errors, one after the other, each delivered or given up before the next."""

import os

import sentry_sdk

sentry_sdk.init(dsn=os.environ["SENTRY_DSN"], default_integrations=False)
for i in range(3):
    sentry_sdk.capture_exception(ValueError(f"number {i}"))
    sentry_sdk.flush(timeout=5)
print("done", flush=True)
