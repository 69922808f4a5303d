"""The flow under Prefect itself: tasks by name, retries where they help, the same result."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest
from prefect import flow
from prefect.client.orchestration import get_client
from prefect.client.schemas.filters import FlowRunFilter, FlowRunFilterName
from prefect.flows import Flow
from prefect.testing.utilities import prefect_test_harness

from decnet_core.adapters.memory_host import MemoryHost
from decnet_core.domain.decky import DeployType
from decnet_core.domain.errors import HostSilentError, InvalidSubmissionError
from decnet_core.domain.operation import OperationKind, OperationResult, OperationStatus
from decnet_core.domain.snapshot import Observation
from decnet_core.domain.submission import Submission
from decnet_core.settings import Settings
from flows.deploy import deploy
from tasks.run import Origin, open_run
from tests.builders import network, request, submission
from tests.pipeline.plain import IMPATIENT

pytestmark = pytest.mark.prefect

Told = Flow[[Submission], OperationResult]


@pytest.fixture(scope="module", autouse=True)
def server() -> Iterator[None]:
    with prefect_test_harness(server_startup_timeout=120):
        yield


class Drowsy(MemoryHost):
    """A host that does not answer the first time it is looked at."""

    looks: int = 0

    def observe(self, fleet: str) -> Observation:
        self.looks += 1
        if self.looks == 1:
            raise HostSilentError(self.address, "still asleep")
        return super().observe(fleet)


def _flow(host: MemoryHost, state_dir: Path, name: str) -> Told:
    """Return the deploy flow with *host* in place of the one that settings name; its tasks are Prefect's."""
    settings = Settings(state_dir=state_dir, **IMPATIENT)

    def story(submission: Submission) -> OperationResult:
        origin = Origin(OperationKind.DEPLOY, submission.fleet, "tester", DeployType.CLI)
        with open_run(origin, settings, host) as run:
            return deploy(run, submission)

    told: Told = flow(name=name, flow_run_name=name, persist_result=False)(story)
    return told


def _task_runs(name: str) -> list[tuple[str, str, int]]:
    """Return name, state and attempts of every task run of the flow run *name*."""

    async def ask() -> list[tuple[str, str, int]]:
        async with get_client() as client:
            runs = await client.read_task_runs(flow_run_filter=FlowRunFilter(name=FlowRunFilterName(any_=[name])))
        ordered = sorted(runs, key=lambda run: run.expected_start_time or run.created)  # type: ignore[arg-type, return-value]
        return [(run.name.rsplit("-", 1)[0], run.state_name or "", run.run_count) for run in ordered]

    return asyncio.run(ask())


def test_given_a_drowsy_host_when_deployed_then_only_the_look_is_retried(tmp_path: Path):
    host = Drowsy()
    host.create_network(network())

    result = _flow(host, tmp_path, "drowsy")(submission("a", "b"))

    assert result.status is OperationStatus.SUCCEEDED
    assert [one.name for one in result.deckies] == ["a", "b"]
    runs = _task_runs("drowsy")
    assert {name for name, _, _ in runs} >= {"snapshot", "plan", "write compose", "apply", "verify", "mirror"}
    assert {name: count for name, _, count in runs if count > 1} == {"snapshot": 2}


def test_given_a_refusal_when_deployed_then_it_is_refused_once_and_by_its_own_name(tmp_path: Path):
    host = MemoryHost()
    host.create_network(network())

    with pytest.raises(InvalidSubmissionError, match="unknown service 'gopher'"):
        _flow(host, tmp_path, "refused")(submission(request("a", services=["gopher"])))

    assert ("validate", "Failed", 1) in _task_runs("refused")
    assert host.containers == {}
