"""What a person reads in Prefect's own pages: the plan and how far an apply has come."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

import httpx
from prefect.artifacts import create_markdown_artifact, create_progress_artifact, update_progress_artifact
from prefect.context import FlowRunContext
from prefect.exceptions import PrefectHTTPStatusError
from prefect.settings import PREFECT_API_REQUEST_TIMEOUT, PREFECT_CLIENT_MAX_RETRIES, temporary_settings

from decnet_core.domain.plan import Plan

_SECONDS = 5.0


@contextmanager
def _window_only() -> Iterator[None]:
    """Let no operation fail, or wait, because its window is closed: Prefect shows, it does not decide.

    Its client would try each call for a minute, all the while we hold the host's lock.
    """
    try:
        with temporary_settings({PREFECT_CLIENT_MAX_RETRIES: 0, PREFECT_API_REQUEST_TIMEOUT: _SECONDS}):
            yield
    except (httpx.HTTPError, PrefectHTTPStatusError, OSError) as exc:
        logging.getLogger("decnet").warning("Prefect did not take an artifact: %s", exc)


def publish_plan(plan: Plan) -> None:
    """Store *plan* as an artifact of the run, when there is a run."""
    if FlowRunContext.get() is None:
        return
    lines = "\n".join(f"| {step.action} | {step.subject} | {step.cause} | {step.sessions} |" for step in plan.steps)
    table = f"| step | decky | cause | sessions cut |\n|---|---|---|---|\n{lines}" if plan.steps else "Nothing to do."
    kept = f"\n\nKept as they are: {', '.join(plan.keeps) or 'none'}."
    head = f"## Plan for {plan.fleet}\n\n{plan.summary()}; revision `{plan.revision}`.\n\n"
    with _window_only():
        create_markdown_artifact(key=f"plan-{plan.fleet}", markdown=head + table + kept, description=plan.summary())


class Progress:
    """A bar on the run's page."""

    def __init__(self, fleet: str) -> None:
        self._artifact: UUID | None = None
        if FlowRunContext.get() is not None:
            with _window_only():
                self._artifact = _as_id(create_progress_artifact(progress=0.0, key=f"apply-{fleet}"))

    def show(self, done: int, total: int) -> None:
        """Move the bar to *done* of *total*."""
        if self._artifact is not None:
            with _window_only():
                update_progress_artifact(artifact_id=self._artifact, progress=100.0 * done / total)


def _as_id(answer: object) -> UUID | None:
    return answer if isinstance(answer, UUID) else None
