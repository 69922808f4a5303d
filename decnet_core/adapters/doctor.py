"""The doctor: every known bad host set-up is a named finding, with what to do about it."""

from collections.abc import Iterable

from decnet_core.adapters import doctor_engine, doctor_machine, doctor_network
from decnet_core.adapters.doctor_facts import Facts, Finding, Severity, Wish
from decnet_core.adapters.doctor_reader import read_facts
from decnet_core.settings import Settings

__all__ = ["Facts", "Finding", "Severity", "Wish", "examine", "in_order", "judge", "worst"]

_JUDGES = (*doctor_engine.JUDGES, *doctor_machine.JUDGES, *doctor_network.JUDGES)
_ORDER = (Severity.PROBLEM, Severity.WARNING, Severity.NOTE, Severity.OK)


def examine(settings: Settings, *wishes: Wish) -> tuple[Finding, ...]:
    """Look at this host and say what stands in a fleet's way, worst first; nothing is changed.

    Args:
        settings: whom to ask, and where state lives.
        wishes: what the host is meant to carry; default: the settings' fleet as it is, or as it might be.
    """
    wanted = wishes or (Wish(settings.fleet, settings.image, lan_probe=settings.lan_probe),)
    read = read_facts(*wanted, docker_host=settings.docker_host, state_dir=settings.state_dir)
    # What is true of the machine is found for each fleet, and said once.
    return in_order(dict.fromkeys(finding for facts in read for finding in judge(facts)))


def judge(facts: Facts) -> tuple[Finding, ...]:
    """Return every finding in *facts*, worst first."""
    return in_order(finding for look in _JUDGES for finding in look(facts))


def in_order(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Sort *findings* worst first; equal ones stay in their order."""
    return tuple(sorted(findings, key=lambda finding: _ORDER.index(finding.severity)))


def worst(findings: tuple[Finding, ...]) -> Severity:
    """Return the gravest severity among *findings*."""
    return min((finding.severity for finding in findings), key=_ORDER.index, default=Severity.OK)
