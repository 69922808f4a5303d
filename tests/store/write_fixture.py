"""Write down a database of this release, for later ones to be tested on: ``python -m tests.store.write_fixture``.

Run once for each revision of the schema, when it is released; a fixture is never written anew.
"""

import json
import sqlite3
import sys
import tempfile
from pathlib import Path

from decnet_core.domain.operation import EventKind, OperationStatus
from decnet_core.domain.snapshot import DeckyState
from decnet_core.store.mirror import Mirror
from decnet_core.store.schema import REVISIONS
from tests.store.builders import (
    FLEET,
    HOST,
    at,
    create,
    event,
    finish,
    network,
    operation,
    recreate,
    remove,
    seen,
    spec,
)

FIXTURES = Path(__file__).parent / "fixtures"


def write_history(mirror: Mirror) -> None:
    """Leave every kind of row: a decky with all fields, a tombstone, a shard, an operation cut off."""
    whole = seen(
        "files-01",
        mutate_interval=45,
        archetype="file-server",
        protected=True,
        host_uuid=HOST,
        last_mutated=at(1),
        last_login_attempt=at(2),
        service_config={"ssh": {"users": {"admin": '100% #1 $HOME "x"\nü'}}},
    )
    web, old = seen("web-01", number=2, state=DeckyState.FAILED, reason="80/tcp"), seen("old-01", number=3)
    mirror.heartbeat(HOST, "alpha", "10.0.0.1", at(0))
    mirror.report(FLEET, "host-2", [seen("far-01", number=9)], at(0))
    mirror.begin(operation("op-1", create("files-01"), create("web-01", number=2), create("old-01", number=3)))
    told = [event("files-01"), event("web-01", EventKind.FAILED), event("old-01")]
    finish(mirror, "op-1", whole, web, old, events=told, network=network(ip_range="10.77.0.96/27"), minutes=1)
    mirror.begin(operation("op-2", remove("old-01"), minutes=2))
    finish(mirror, "op-2", retired=["old-01"], events=[event("old-01", EventKind.RETIRED, by="op-2")], minutes=3)
    changed = spec("files-01", generation=2, operation="op-3", services=("smb",))
    mirror.begin(operation("op-3", recreate("files-01", whole.spec, changed), create("new-01", number=4), minutes=4))
    mirror.mark("op-3", OperationStatus.REVERTING)


def main() -> None:
    revision = REVISIONS[-1]
    target = FIXTURES / f"{revision}.sql"
    if target.exists():
        sys.exit(f"{target} is there: what a release wrote does not change any more")
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory) / "decnet.db"
        with Mirror.open(f"sqlite:///{path}") as mirror:
            write_history(mirror)
            expected = {
                "memory": mirror.remember(FLEET, HOST).model_dump(mode="json"),
                "history": [done.model_dump(mode="json") for done in mirror.history()],
                "events": [told.model_dump(mode="json") for told in mirror.events(FLEET)],
            }
        target.write_text("\n".join(sqlite3.connect(path).iterdump()) + "\n", encoding="utf-8")
    target.with_suffix(".json").write_text(json.dumps(expected, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
