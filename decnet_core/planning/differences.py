"""What changes between two configurations, in words."""

from typing import Any

from decnet_core.domain.decky import DeckyConfig

_SECRET = {"seed", "service_config"}
_IGNORED = {"host_uuid", "last_mutated", "last_login_attempt", "mutate_interval"}


def differences(was: DeckyConfig, shall: DeckyConfig) -> dict[str, str]:
    """Return field → ``old -> new`` for every field that shows; values that may be secret stay unsaid."""
    before, after = was.model_dump(), shall.model_dump()
    return {
        key: "changed" if key in _SECRET else f"{_say(before[key])} -> {_say(after[key])}"
        for key in before
        if key not in _IGNORED and before[key] != after[key]
    }


def _say(value: Any) -> str:  # noqa: ANN401 - any field of a configuration
    if isinstance(value, tuple):
        return ",".join(value)
    return "none" if value is None else str(value)
