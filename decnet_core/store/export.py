"""``decnet-state.json``: the fleet for scripts to read, written whole after each change.

Nothing of ours reads it but ``adopt``: it is told from the mirror, and is no store of its own.
"""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from decnet_core.domain.network import NetworkConfig
from decnet_core.domain.operation import FleetEvent
from decnet_core.domain.snapshot import RecordedDecky
from decnet_core.files import atomic_write

SCHEMA = 1
"""Counted up when a reader of an older export could misread a newer one."""


def export_document(
    fleet: str,
    network: NetworkConfig | None,
    rows: Sequence[RecordedDecky],
    events: Sequence[FleetEvent] = (),
    *,
    at: datetime,
) -> dict[str, Any]:
    """Tell the whole fleet as plain JSON values.

    Each entry of ``config.deckies`` is a complete dump of a `DeckyConfig` and rehydrates into an
    equal one. ``config`` has the keys that scripts for decnet's earlier state file look for; what
    a configuration does not tell (state, generation, container …) is in ``status``, by name.
    """
    ordered = sorted(rows, key=lambda row: row.name)
    return {
        "schema": SCHEMA,
        "fleet": fleet,
        "written_at": at.isoformat(),
        "config": {
            **_general(network),
            "deckies": [row.config.model_dump(mode="json") for row in ordered],
        },
        "network": network.model_dump(mode="json") if network else None,
        "status": {row.name: row.model_dump(mode="json", exclude={"config"}) for row in ordered},
        "events": [event.model_dump(mode="json") for event in events],
    }


def write_export(path: Path, document: Mapping[str, Any]) -> None:
    """Write *document* to *path*, readable by its owner alone: it holds the seeds of the deckies' keys.

    Raises:
        ExportFailedError: disk full, no right to write; the file before it is untouched.
    """
    atomic_write(path, json.dumps(document, indent=2) + "\n")


def _general(network: NetworkConfig | None) -> dict[str, Any]:
    if network is None:
        return {}
    return {
        "mode": network.driver.value,
        "interface": network.interface,
        "subnet": str(network.subnet),
        "gateway": str(network.gateway),
    }
