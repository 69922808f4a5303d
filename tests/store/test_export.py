"""decnet-state.json."""

import json
from pathlib import Path

from decnet_core.domain.decky import DeckyConfig
from decnet_core.domain.network import NetworkConfig
from decnet_core.domain.operation import FleetEvent
from decnet_core.domain.snapshot import DeckyState, RecordedDecky
from decnet_core.store.export import export_document, write_export
from tests.store.builders import FLEET, HOST, START, at, event, network, seen

WHOLE = seen(
    "files-01",
    state=DeckyState.DEGRADED,
    reason="21/tcp does not listen",
    mutate_interval=45,
    archetype="file-server",
    build_base="debian:12",
    protected=True,
    host_uuid=HOST,
    last_mutated=at(1),
    last_login_attempt=at(2),
    service_config={"ssh": {"users": {"admin": '100% #1 $HOME "x"\nline \U0001f40d \0 \ud800'}}},
)


def test_given_a_fleet_when_exported_then_every_decky_and_all_that_is_known_of_it_rehydrate(tmp_path: Path):
    plain = seen("web-01", number=2)

    write_export(
        tmp_path / "decnet-state.json", export_document(FLEET, network(), [plain, WHOLE], [event("a")], at=START)
    )

    told = json.loads((tmp_path / "decnet-state.json").read_text())
    assert [DeckyConfig.model_validate(decky) for decky in told["config"]["deckies"]] == [WHOLE.config, plain.config]
    assert [
        RecordedDecky.model_validate({"config": decky, **told["status"][decky["name"]]})
        for decky in told["config"]["deckies"]
    ] == [WHOLE, plain]
    assert NetworkConfig.model_validate(told["network"]) == network()
    assert [FleetEvent.model_validate(one) for one in told["events"]] == [event("a")]


def test_given_a_fleet_when_exported_then_scripts_find_the_keys_of_the_earlier_state_file():
    told = export_document(FLEET, network(), [WHOLE], at=START)

    assert {key: told["config"][key] for key in ("mode", "interface", "subnet", "gateway")} == {
        "mode": "macvlan",
        "interface": "eth0",
        "subnet": "10.77.0.0/16",
        "gateway": "10.77.0.1",
    }
    decky = told["config"]["deckies"][0]
    assert (decky["name"], decky["ip"], decky["services"]) == ("files-01", "10.77.0.2", ["http", "ssh"])


def test_given_the_same_fleet_in_any_order_when_exported_then_the_text_is_the_same():
    plain = seen("web-01", number=2)

    assert export_document(FLEET, None, [plain, WHOLE], at=START) == export_document(
        FLEET, None, [WHOLE, plain], at=START
    )


def test_given_an_empty_fleet_when_exported_then_it_says_so():
    assert export_document(FLEET, None, [], at=START)["config"] == {"deckies": []}
