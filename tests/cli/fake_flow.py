"""A child that speaks the flows' protocol: it does what the script says, and nothing to any fleet.

Called as ``fake_flow.py SCRIPT NAME``. The script is a JSON list; a step is an event to report, or
one of {"do": "read" | "sleep" | "kill" | "exit" | "say" | "wait for interrupt" | "garbage", ...}.
What it is told and which signals it got is written beside the script.
"""

import json
import os
import signal
import sys
import time
from pathlib import Path

script = Path(sys.argv[1])
progress = os.fdopen(int(os.environ["DECNET_PROGRESS_FD"]), "w", buffering=1)
signals: list[int] = []
for number in (signal.SIGINT, signal.SIGTERM):
    signal.signal(number, lambda number, _: signals.append(number))


def note(kind: str, text: str) -> None:
    script.with_suffix(f".{kind}").write_text(text)


def read() -> None:
    note("name", sys.argv[2])
    text = sys.stdin.read()
    note("parameters", text)
    if not text:
        sys.exit(0)


def wait_for_interrupt() -> None:
    note("ready", "")
    deadline = time.monotonic() + 10
    while not signals and time.monotonic() < deadline:
        time.sleep(0.02)
    time.sleep(0.5)  # room for a second signal, which must not come
    note("signals", json.dumps(signals))


for step in json.loads(script.read_text()):
    match step:
        case {"do": "read"}:
            read()
        case {"do": "sleep", "seconds": seconds}:
            time.sleep(seconds)
        case {"do": "kill"}:
            os.kill(os.getpid(), signal.SIGKILL)
        case {"do": "exit", "status": status}:
            sys.exit(status)
        case {"do": "say", "text": text}:
            print(text, flush=True)
        case {"do": "garbage", "text": text}:
            progress.write(text + "\n")
        case {"do": "wait for interrupt"}:
            wait_for_interrupt()
        case event:
            progress.write(json.dumps(event) + "\n")
