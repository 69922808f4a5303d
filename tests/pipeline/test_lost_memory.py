"""Memory lost, and two who write at once: files and locks as in production."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from decnet_core.adapters.memory_host import MemoryHost
from decnet_core.domain.errors import (
    FleetError,
)
from decnet_core.domain.submission import DeployOptions, OnFailure
from decnet_core.store.mirror import Mirror
from tests.builders import network, submission
from tests.pipeline.plain import Office

UPDATE = DeployOptions(update=True)
KEEP = DeployOptions(on_failure=OnFailure.KEEP)
STAGES = ["snapshot", "validate", "merge", "plan", "record intent", "write compose", "apply", "verify", "mirror"]
MACVLAN = {"driver": "macvlan", "interface": "eth0", "subnet": "10.77.0.0/16"}


@pytest.fixture(scope="module")
def blank(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return an empty database of this release: to make one takes seconds on a slow disk, to copy it none."""
    path = tmp_path_factory.mktemp("mirror") / "blank.db"
    Mirror.open(f"sqlite:///{path}").close()
    return path


@pytest.fixture
def new_mirror(blank: Path, tmp_path: Path) -> Callable[[str], str]:
    """Return the URL of an empty mirror in a file of that name; one that is there stays."""

    def make(name: str) -> str:
        path = tmp_path / name
        if not path.exists():
            shutil.copyfile(blank, path)
        return f"sqlite:///{path}"

    return make


@pytest.mark.parametrize("lost", ["mirror", "state directory", "both"])
def test_given_memory_lost_when_deployed_then_the_fleet_is_rebuilt_from_labels_and_nobody_is_touched(
    lost: str, host: MemoryHost, tmp_path: Path, new_mirror: Callable[[str], str]
):
    office = Office(host, tmp_path / "one", database_url=new_mirror("one.db"))
    office.deploy(submission("a", "b"))
    host.stop("b")
    before = office.look().observed
    host.touched.clear()
    state = tmp_path / ("one" if lost == "mirror" else "two")
    mirror = "one.db" if lost == "state directory" else "two.db"

    again = Office(host, state, database_url=new_mirror(mirror))
    result = again.deploy(submission())

    assert str(result.plan) == "start b: stopped\nkeep a"
    after = again.look()
    assert {name: one.spec for name, one in after.observed.items()} == {name: one.spec for name, one in before.items()}
    assert host.touched == [before["b"].container_id]
    assert {row.name for row in after.memory.recorded} == {"a", "b"}
    assert after.drift == ()


def test_given_an_operation_under_way_when_another_begins_then_it_is_refused_with_the_holder(
    host: MemoryHost, tmp_path: Path, new_mirror: Callable[[str], str]
):
    office = Office(host, tmp_path, database_url=new_mirror("one.db"))
    found: list[FleetError] = []

    class Twice(MemoryHost):
        """In the middle of one deploy somebody asks for another."""

        def check_document(self, text: str) -> None:
            with pytest.raises(FleetError) as refused:
                office.deploy(submission("b"))
            found.append(refused.value)

    busy = Twice(host_uuid=host.host_uuid)
    busy.create_network(network())
    Office(busy, tmp_path, database_url=new_mirror("one.db")).deploy(submission("a"))

    assert [str(one).startswith("another operation is writing on this host: operation ") for one in found] == [True]
