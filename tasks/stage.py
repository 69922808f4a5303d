"""A stage of the pipeline: a Prefect task that is named, timed, and retried only where that can help."""

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec, TypeVar, cast

from prefect import task
from prefect.cache_policies import NO_CACHE
from prefect.client.schemas.objects import State, TaskRun
from prefect.context import FlowRunContext
from prefect.tasks import Task

from decnet_core.domain.errors import HostSilentError, StoreUnavailableError
from tasks.progress import timed
from tasks.run import Run

P = ParamSpec("P")
R = TypeVar("R")

_DELAYS = [2.0, 8.0]


def was_silent(_task: Task[..., Any], _task_run: TaskRun, state: State[Any]) -> bool:
    """Whether a task failed because somebody did not answer; a refusal would only be refused again."""
    try:
        state.result()
    except (HostSilentError, StoreUnavailableError):
        return True
    except BaseException:  # noqa: BLE001 - whatever else it was, it is not silence
        return False
    return False


def stage(
    name: str, *, retried: bool = False
) -> Callable[[Callable[Concatenate[Run, P], R]], Callable[Concatenate[Run, P], R]]:
    """Make a task of a function that takes the run first; outside of a flow run it is a plain function.

    Args:
        name: the stage's name, in logs, in Prefect and in ``--json``.
        retried: try again after 2 and 8 seconds when somebody did not answer.
    """

    def decorate(function: Callable[Concatenate[Run, P], R]) -> Callable[Concatenate[Run, P], R]:
        @wraps(function)
        def measured(run: Run, *args: P.args, **kwargs: P.kwargs) -> R:
            with timed(run.stages, name):
                return function(run, *args, **kwargs)

        options: dict[str, Any] = {
            "name": name,
            "task_run_name": name,
            "cache_policy": NO_CACHE,
            "persist_result": False,
        }
        if retried:
            options |= {"retries": len(_DELAYS), "retry_delay_seconds": _DELAYS, "retry_condition_fn": was_silent}
        observed = cast("Callable[Concatenate[Run, P], R]", task(**options)(measured))

        @wraps(function)
        def staged(run: Run, *args: P.args, **kwargs: P.kwargs) -> R:
            call = measured if FlowRunContext.get() is None else observed
            return call(run, *args, **kwargs)

        return cast("Callable[Concatenate[Run, P], R]", staged)

    return decorate
