"""What a flow's own story ended with, kept apart from whether Prefect could record it.

A Prefect server that dies during a run makes the call of the flow fail after all is done. The
operation has succeeded or failed by then; whoever started it must hear that, not the server's death.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import wraps
from typing import ParamSpec

from decnet_core.domain.operation import OperationResult

P = ParamSpec("P")


@dataclass
class Verdict:
    """How the story ended: with a result, with an error, or (both None) not at all.

    Attributes:
        unrecorded: Prefect could not be told.
    """

    result: OperationResult | None = None
    error: BaseException | None = None
    unrecorded: bool = False


_kept: ContextVar[Verdict | None] = ContextVar("verdict", default=None)


@contextmanager
def keeping_verdict() -> Iterator[Verdict]:
    """Keep the verdict of the flow that is called inside."""
    verdict = Verdict()
    token = _kept.set(verdict)
    try:
        yield verdict
    finally:
        _kept.reset(token)


def told(story: Callable[P, OperationResult]) -> Callable[P, OperationResult]:
    """Have *story* leave its verdict with whoever keeps it; put it below ``@flow``."""

    @wraps(story)
    def kept(*args: P.args, **kwargs: P.kwargs) -> OperationResult:
        verdict = _kept.get() or Verdict()
        try:
            verdict.result = story(*args, **kwargs)
        except BaseException as exc:
            verdict.error = exc
            raise
        return verdict.result

    return kept
