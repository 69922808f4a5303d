"""What a person reads in Prefect's own pages: the plan and how far an apply has come."""

import logging
from collections.abc import Callable
from typing import Any
from uuid import UUID

import httpx
from prefect.artifacts import create_markdown_artifact, create_progress_artifact, update_progress_artifact
from prefect.context import FlowRunContext
from prefect.exceptions import PrefectHTTPStatusError

from decnet_core.domain.plan import Plan


class Window:
    """The pages of one run. Prefect shows, it does not decide: the first call that fails closes them for good.

    Its client would try each further call for up to a minute, all the while we hold the host's lock.
    """

    def __init__(self, fleet: str) -> None:
        self._fleet = fleet
        self._open = True
        self._bar: UUID | None = None

    def show_plan(self, plan: Plan) -> None:
        """Show *plan* as a table."""
        lines = "\n".join(f"| {step.action} | {step.subject} | {step.cause} | {step.sessions} |" for step in plan.steps)
        table = f"| step | decky | cause | sessions cut |\n|---|---|---|---|\n{lines}" if lines else "Nothing to do."
        kept = f"\n\nKept as they are: {', '.join(plan.keeps) or 'none'}."
        head = f"## Plan for {plan.fleet}\n\n{plan.summary()}; revision `{plan.revision}`.\n\n"
        self._ask(
            create_markdown_artifact, key=f"plan-{plan.fleet}", markdown=head + table + kept, description=plan.summary()
        )

    def show_progress(self, done: int, total: int) -> None:
        """Show how far the apply has come, as a bar."""
        progress = 100.0 * done / total if total else 100.0
        if self._bar is not None:
            self._ask(update_progress_artifact, artifact_id=self._bar, progress=progress)
            return
        answer = self._ask(create_progress_artifact, progress=progress, key=f"apply-{self._fleet}")
        self._bar = answer if isinstance(answer, UUID) else None

    def _ask(self, call: Callable[..., object], **arguments: Any) -> object:  # noqa: ANN401 - Prefect's own arguments
        if not self._open or FlowRunContext.get() is None:
            return None
        try:
            return call(**arguments)
        except (httpx.HTTPError, PrefectHTTPStatusError, OSError) as exc:
            self._open = False
            logging.getLogger("decnet").warning("Prefect did not take an artifact, none is sent any more: %s", exc)
            return None
