"""``python -m flows NAME``: run one flow in this process, its parameters as JSON on standard input.

Progress goes to the descriptor that ``DECNET_PROGRESS_FD`` names, a JSON line an event. Without
``PREFECT_API_URL`` the run has a server of its own, started while everything else is imported.
"""

import atexit
import importlib
import os
import sys

from decnet_core.settings import Settings
from flows.embedded import QUIET, EmbeddedServer


def main() -> int:
    """Start the engine, read the parameters, run the flow; empty input means nobody wants it any more."""
    settings = Settings()
    _say_starting(settings.progress_fd)
    os.environ.update({key: os.environ.get(key, value) for key, value in QUIET.items()})
    os.environ.setdefault("PREFECT_LOGGING_TO_API_WHEN_MISSING_FLOW", "ignore")
    server = None
    if not settings.prefect_api_url:
        server = EmbeddedServer(settings.state_dir / "prefect")
        atexit.register(server.stop)  # registered before Prefect is imported, so it runs after Prefect's last words
        os.environ["PREFECT_API_URL"] = server.url
        os.environ["PREFECT_HOME"] = str(settings.state_dir / "prefect")
        os.environ.setdefault("PREFECT_CLIENT_MAX_RETRIES", "1")  # one that has died does not come back
    runner = importlib.import_module("flows.runner")  # only now: Prefect reads its settings when it is imported
    return int(runner.run_flow(sys.argv[1], server))


def _say_starting(handle: int | None) -> None:
    """Give whoever watches something to read before Prefect's seconds of importing."""
    if handle is not None:
        os.write(handle, b'{"event": "starting", "text": "starting the workflow engine"}\n')


if __name__ == "__main__":
    sys.exit(main())
