"""``python -m benchmarks.prober PORT ADDRESS…``: connect to every address ten times a second until told to stop.

Prints one JSON object when it gets SIGTERM or its standard input closes: probes, failures, and for
each address that failed how often. Stops by itself after ten minutes.
"""

import asyncio
import json
import sys
from collections import Counter

_PERIOD = 0.1
_PATIENCE = 2.0
_LIMIT_SECONDS = 600


async def _probe(address: str, port: int, failures: Counter[str]) -> None:
    try:
        _, writer = await asyncio.wait_for(asyncio.open_connection(address, port), _PATIENCE)
    except (OSError, TimeoutError):
        failures[address] += 1
        return
    writer.transport.abort()


async def _watch(address: str, port: int, counts: Counter[str], failures: Counter[str]) -> None:
    loop = asyncio.get_running_loop()
    due = loop.time()
    while True:
        await _probe(address, port, failures)
        counts[address] += 1
        due = max(due + _PERIOD, loop.time())
        await asyncio.sleep(due - loop.time())


async def _main(port: int, addresses: list[str]) -> None:
    counts: Counter[str] = Counter()
    failures: Counter[str] = Counter()
    watchers = [asyncio.create_task(_watch(address, port, counts, failures)) for address in addresses]
    print("ready", flush=True)
    try:
        await asyncio.wait_for(asyncio.to_thread(sys.stdin.read), _LIMIT_SECONDS)
    finally:
        for watcher in watchers:
            watcher.cancel()
    rate = min(counts.values(), default=0)
    print(json.dumps({"probes": counts.total(), "failures": failures.total(), "fewest": rate, "by": dict(failures)}))


if __name__ == "__main__":
    asyncio.run(_main(int(sys.argv[1]), sys.argv[2:]))
