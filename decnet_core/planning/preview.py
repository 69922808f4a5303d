"""The plan that a submission would lead to, decided without changing anything."""

from decnet_core.domain.plan import Plan
from decnet_core.domain.snapshot import Snapshot
from decnet_core.domain.submission import DEFAULTS, DeployOptions, Submission
from decnet_core.planning.merge import Provenance, merge
from decnet_core.planning.plan import Guards, make_plan, teardown_plan
from decnet_core.planning.validate import require_valid


def preview(
    snapshot: Snapshot,
    submission: Submission,
    options: DeployOptions = DEFAULTS,
    *,
    image: str,
    max_deckies: int = 1000,
    share: int = 25,
) -> Plan:
    """Return the plan for *submission*; the LAN is not asked, so an address may still change.

    Raises:
        FleetError: whatever the deploy itself would refuse before it writes anything.
    """
    accepted = require_valid(snapshot, submission, options, max_deckies=max_deckies)
    desired = merge(snapshot, accepted, options, Provenance(operation="preview", image=image))
    return make_plan(snapshot, desired, guards_of(options, share))


def preview_teardown(snapshot: Snapshot, names: frozenset[str], options: DeployOptions = DEFAULTS) -> Plan:
    """Return the plan for tearing down *names*."""
    return teardown_plan(snapshot, names, guards_of(options, 100))


def guards_of(options: DeployOptions, share: int) -> Guards:
    """Return the guards that *options* set; *share* in percent is the default one."""
    return Guards(
        max_removals=options.allow_removals,
        share=share,
        empty=options.empty,
        force=options.force,
        expected_revision=options.expected_revision,
    )
