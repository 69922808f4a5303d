"""The flow's process: its protocol, its interrupts, and every way it can die."""

import json
import os
import signal
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from decnet_core.adapters.orchestrator import CANCELLED, FlowProcess, RunFailedError
from decnet_core.domain.errors import ExportFailedError
from decnet_core.settings import Settings
from tests.cli.fake_child import READ, failure, noted, result, start, success


def follow(flow: FlowProcess, parameters: dict[str, Any] | None = None) -> tuple[object, list[dict[str, Any]]]:
    """Run *flow* and return how it ended and what it reported."""
    events: list[dict[str, Any]] = []
    with flow:
        try:
            return flow.run(parameters or {"fleet": "office"}, events.append), events
        except RunFailedError as exc:
            return exc, events


def failed(flow: FlowProcess) -> RunFailedError:
    ended, _ = follow(flow)
    assert isinstance(ended, RunFailedError)
    return ended


def wait_for(path: Path) -> None:
    deadline = time.monotonic() + 10
    while not path.exists() and time.monotonic() < deadline:
        time.sleep(0.01)


def test_given_a_good_run_when_followed_then_its_result_comes_back_and_progress_is_handed_on(tmp_path: Path):
    ended, events = follow(start(tmp_path, success()), {"names": ["a"]})

    assert ended == result()
    assert [event["event"] for event in events] == ["starting", "stage", "stage", "plan", "stage", "progress", "stage"]
    assert json.loads(noted(tmp_path, "parameters")) == {"names": ["a"]}
    assert noted(tmp_path, "name") == "deploy-fleet"


def test_given_parameters_larger_than_a_pipe_when_run_then_they_arrive_whole(tmp_path: Path):
    script = [{"do": "sleep", "seconds": 0.3}, *success()]

    follow(start(tmp_path, script), {"secret": "%#$'\"\n" * 50_000})

    assert json.loads(noted(tmp_path, "parameters")) == {"secret": "%#$'\"\n" * 50_000}


def test_given_a_flow_that_is_let_go_when_it_reads_then_it_gets_nothing(tmp_path: Path):
    with start(tmp_path, [READ, {"do": "exit", "status": 7}]) as flow:
        pass

    assert flow._child.wait(10) == 0


def test_given_an_error_event_when_followed_then_kind_and_causes_are_carried_over(tmp_path: Path):
    error = failed(start(tmp_path, failure("CollisionError", "ip 10.0.0.5: taken", "name a: taken", exit=3)))

    assert (error.kind, error.exit_code) == ("CollisionError", 3)
    assert error.causes == ("ip 10.0.0.5: taken", "name a: taken")


def test_given_an_error_after_the_plan_when_followed_then_its_result_is_carried_over(tmp_path: Path):
    document = result(status="reverted").model_dump(mode="json")

    assert failed(start(tmp_path, failure("StepFailedError", result=document))).result == result(status="reverted")


def test_given_a_killed_child_when_followed_then_the_signal_the_log_and_the_way_on_are_named(tmp_path: Path):
    script = [READ, {"do": "say", "text": "Traceback of sorts"}, {"event": "stage", "name": "apply"}, {"do": "kill"}]

    error = failed(start(tmp_path, script))

    assert str(error) == "the process of deploy-fleet was killed by SIGKILL without a result"
    assert error.causes[0] == "Traceback of sorts"
    assert error.causes[1].startswith(f"log: {tmp_path}/state/logs/")
    assert "the next run finishes or takes back what this one began" in error.causes[2]


def test_given_a_child_that_dies_before_it_reads_when_followed_then_its_words_are_shown(tmp_path: Path):
    error = failed(start(tmp_path, [{"do": "say", "text": "no module named flows"}, {"do": "exit", "status": 1}]))

    assert "ended with status 1" in str(error)
    assert error.causes[0] == "no module named flows"


def test_given_noise_on_the_pipe_when_followed_then_it_is_a_warning(tmp_path: Path):
    script = [READ, {"do": "garbage", "text": "not JSON"}, {"do": "garbage", "text": "[1]"}, *success()[2:]]

    ended, events = follow(start(tmp_path, script))

    assert ended == result()
    assert [event["text"] for event in events[:2]] == ["unreadable progress: not JSON", "unreadable progress: [1]"]


def test_given_a_result_of_another_release_when_followed_then_that_is_said(tmp_path: Path):
    assert failed(start(tmp_path, [READ, {"event": "result", "result": {"new": 1}}])).kind == "ProtocolError"


def test_given_two_interrupts_when_running_then_the_child_gets_one_and_is_waited_for(tmp_path: Path):
    script = [READ, {"event": "stage", "name": "apply"}, {"do": "wait for interrupt"}, *success()[2:]]

    def press() -> None:
        wait_for(tmp_path / "script.ready")
        for _ in range(2):
            os.kill(os.getpid(), signal.SIGINT)
            time.sleep(0.1)

    flow = start(tmp_path, script)
    presses = threading.Thread(target=press)
    presses.start()
    ended, events = follow(flow)
    presses.join()

    assert ended == result()
    assert json.loads(noted(tmp_path, "signals")) == [signal.SIGINT]
    assert [event["count"] for event in events if event["event"] == "interrupt"]


def test_given_an_interrupt_before_the_run_began_when_the_child_dies_then_nothing_was_changed(tmp_path: Path):
    script: list[dict[str, Any]] = [READ, {"do": "wait for interrupt"}, {"do": "exit", "status": 130}]

    def press() -> None:
        wait_for(tmp_path / "script.ready")
        os.kill(os.getpid(), signal.SIGINT)

    flow = start(tmp_path, script)
    presses = threading.Thread(target=press)
    presses.start()
    error = failed(flow)
    presses.join()

    assert (error.exit_code, str(error)) == (CANCELLED, "cancelled before the run began: nothing was changed")


def test_given_a_run_when_it_ends_then_the_handlers_of_before_are_back(tmp_path: Path):
    before = signal.getsignal(signal.SIGINT)

    follow(start(tmp_path, success()))

    assert signal.getsignal(signal.SIGINT) is before


def test_given_many_runs_when_another_starts_then_the_oldest_logs_go(tmp_path: Path):
    logs = tmp_path / "state" / "logs"
    logs.mkdir(parents=True)
    for number in range(60):
        (logs / f"2020-{number:02}.log").touch()

    follow(start(tmp_path, success()))

    assert len(list(logs.iterdir())) == 50


def test_given_a_log_when_written_then_only_its_owner_reads_it(tmp_path: Path):
    flow = start(tmp_path, success())
    follow(flow)

    assert flow.log.stat().st_mode & 0o777 == 0o600


def test_given_a_state_directory_that_is_a_file_when_started_then_that_is_said(tmp_path: Path):
    (tmp_path / "state").write_text("")

    with pytest.raises(ExportFailedError, match="Not a directory"):
        FlowProcess.start("deploy-fleet", Settings(state_dir=tmp_path / "state"), ["true"])


def test_given_settings_when_started_then_the_child_has_the_same(tmp_path: Path):
    show = ["/bin/sh", "-c", 'echo "$DECNET_STATE_DIR $DOCKER_HOST"; exit 3']
    settings = Settings(state_dir=tmp_path, DOCKER_HOST="unix:///x")

    assert failed(FlowProcess.start("x", settings, show)).causes[0] == f"{tmp_path} unix:///x"
