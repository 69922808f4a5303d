"""The process of a decky: ``python3 -m decnet_core.decoy`` with DECNET_PERSONA in its environment."""

import asyncio
import gc
import os
import signal
import sys
import warnings
from types import FrameType

from decnet_core.decoy.journal import Journal
from decnet_core.decoy.persona import PersonaError, read_persona
from decnet_core.decoy.runtime import serve


def leave_at_once(_number: int, _frame: FrameType | None) -> None:
    """Answer a stop that comes while modules are still being imported; process 1 would ignore it otherwise."""
    os._exit(0)


def main() -> None:
    """Play the persona; exit 0 when stopped, 1 when nothing could start, 2 when the persona cannot be read."""
    signal.signal(signal.SIGTERM, leave_at_once)
    try:
        persona = read_persona(os.environ.pop("DECNET_PERSONA", None))
    except PersonaError as exc:
        print(f"decky: {exc}", file=sys.stderr)
        sys.exit(2)
    warnings.simplefilter("ignore")  # libraries warn of the old key exchanges that an old OpenSSH offers
    journal = Journal(persona.name)
    gc.set_threshold(5000, 20, 20)  # asyncssh makes many small objects per handshake, hardly any in cycles
    served = asyncio.run(serve(persona, journal), debug=False)
    journal.flush()
    if not served:
        print("decky: no service could start", file=sys.stderr)
        os._exit(1)
    os._exit(0)  # open visits would keep the loop's shutdown waiting


if __name__ == "__main__":
    main()
