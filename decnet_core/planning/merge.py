"""Fleet and submission become one: the complete fleet as it shall be."""

import copy
from collections.abc import Iterator, Set
from dataclasses import dataclass, field
from ipaddress import IPv4Address
from typing import TypeVar

from decnet_core.domain.decky import DeckyConfig, DeckySpec, DeployType
from decnet_core.domain.errors import Cause, Claim, CollisionError, InvalidSubmissionError
from decnet_core.domain.network import NetworkConfig
from decnet_core.domain.plan import Desired
from decnet_core.domain.snapshot import RecordedDecky, Snapshot
from decnet_core.domain.submission import DeployOptions
from decnet_core.planning.allocation import (
    choose_distro,
    choose_hostname,
    choose_mac,
    edges_of,
    free_addresses,
    seed_of,
)
from decnet_core.planning.collisions import Holders
from decnet_core.planning.differences import differences
from decnet_core.planning.persona import persona_json
from decnet_core.planning.validate import Accepted
from decnet_core.planning.wishes import Wish

T = TypeVar("T")

_PERSONA_LIMIT = 120_000
"""Bytes; Linux takes 128 KiB for one environment variable, name included."""


@dataclass(frozen=True)
class Provenance:
    """Who makes what this merge adds: stamped on every new or changed decky."""

    operation: str
    deploy_type: DeployType = DeployType.CLI
    image: str = "decnet/decky:0.1.0"


@dataclass
class _Pool:
    """What is still free while one merge hands it out."""

    ip: Iterator[IPv4Address]
    taken: Holders
    reserved: set[IPv4Address] = field(default_factory=set)


def merge(
    snapshot: Snapshot,
    accepted: Accepted,
    options: DeployOptions,
    provenance: Provenance,
    *,
    answering: Set[IPv4Address] = frozenset(),
) -> Desired:
    """Return the complete fleet as it shall be: additive unless the options say ``replace``.

    A decky submitted again unchanged stays as it is; one that differs needs ``update``. A face that
    the mutator drew survives an additive submission of the old one.

    Args:
        snapshot: what was read.
        accepted: the valid submission.
        options: how it is meant.
        provenance: what new and changed deckies are stamped with.
        answering: addresses that somebody on the LAN answers for; none of them is given out.

    Raises:
        CollisionError: a name exists with another configuration and ``update`` was not said.
        InvalidSubmissionError: no address is left.
    """
    kept = {name: member for name, member in accepted.fleet.items() if name not in accepted.leaving}
    pool = _open_pool(accepted, answering)
    retired = {row.name: row for row in (*snapshot.memory.retired, *snapshot.memory.recorded)}
    deckies = {name: member.spec for name, member in kept.items()}
    refused: list[Claim] = []
    for wish in accepted.wishes:
        prior = kept[wish.name].spec if wish.name in kept else None
        before = retired.get(wish.name)
        config = _fitting(_configure(wish, prior, before, accepted.network, snapshot, pool, provenance))
        if prior is None:
            deckies[wish.name] = _still_there(config, snapshot) or _new(config, before, provenance)
        elif config.fingerprint != prior.config.fingerprint and not _only_mutated(prior.config, config, options):
            if not options.update:
                refused.append(_needs_update(prior.config, config))
            deckies[wish.name] = _changed(prior, config, provenance)
    if refused:
        raise CollisionError(tuple(refused))
    return Desired(
        network=accepted.network,
        deckies=tuple(deckies[name] for name in sorted(deckies)),
        named=frozenset(wish.name for wish in accepted.wishes) | accepted.leaving,
        causes={name: member.cause for name, member in kept.items() if member.cause},
        intervals={wish.name: wish.request.mutate_interval for wish in accepted.wishes if wish.request.mutate_interval},
    )


def _open_pool(accepted: Accepted, answering: Set[IPv4Address]) -> _Pool:
    """Reserve what the submission asks for by value, so that no choice made before it takes it away."""
    taken = copy.deepcopy(accepted.taken)
    for wish in accepted.wishes:
        taken.mac.setdefault(wish.request.mac_address or "", f"decky {wish.name}")
        taken.hostname.setdefault((wish.request.hostname or "").lower(), f"decky {wish.name}")
    asked_for = {wish.request.ip for wish in accepted.wishes if wish.request.ip is not None}
    held = set(taken.ip) | asked_for | answering
    return _Pool(ip=free_addresses(accepted.network, held), taken=taken, reserved=held)


def _configure(
    wish: Wish,
    prior: DeckySpec | None,
    before: RecordedDecky | None,
    network: NetworkConfig,
    snapshot: Snapshot,
    pool: _Pool,
    provenance: Provenance,
) -> DeckyConfig:
    """Return the whole configuration of *wish*: what it says, else what was, else what is chosen.

    A name that comes back after it was retired gets the face that it had, as far as it is free.
    """
    request = wish.request
    old = prior.config if prior else (before.config if before else None)
    seed = old.seed if old else seed_of(snapshot.observation.host_uuid, snapshot.fleet, wish.name)
    distro = wish.distro or choose_distro(seed, wish.archetype, wish.nmap_os)
    return DeckyConfig(
        name=wish.name,
        ip=request.ip or (prior.config.ip if prior else _address(old, network, pool)),
        mac_address=request.mac_address or (prior.config.mac_address if prior else _mac(seed, wish, old, pool)),
        hostname=request.hostname or (prior.config.hostname if prior else _hostname(seed, distro, wish, old, pool)),
        services=wish.services,
        service_config=wish.service_config,
        archetype=wish.archetype,
        distro=distro,
        nmap_os=wish.nmap_os,
        base_image=request.base_image or (prior.config.base_image if prior else provenance.image),
        build_base=request.build_base or (prior.config.build_base if prior else None),
        seed=seed,
        protected=_or(request.protected, prior.config.protected if prior else False),
        host_uuid=snapshot.observation.host_uuid,
        mutate_interval=_or(request.mutate_interval, prior.config.mutate_interval if prior else None),
        last_mutated=prior.config.last_mutated if prior else None,
    )


def _fitting(config: DeckyConfig) -> DeckyConfig:
    """Refuse a configuration that the kernel would not hand over: a container with it could not start.

    Raises:
        InvalidSubmissionError: its options are too long.
    """
    size = len(persona_json(config)) if config.service_config else 0
    if size > _PERSONA_LIMIT:
        what = f"its options take {size:,} bytes, a decky's may take {_PERSONA_LIMIT:,}"
        raise InvalidSubmissionError((Cause(f"decky {config.name}", what, "shorten them (a page's body?)"),))
    return config


def _or(value: T | None, default: T) -> T:
    return default if value is None else value


def _address(old: DeckyConfig | None, network: NetworkConfig, pool: _Pool) -> IPv4Address:
    """Return the address that a name had before, when it is free, else the lowest free one."""
    if old is not None and old.ip not in pool.reserved and old.ip in network.subnet and old.ip not in edges_of(network):
        pool.reserved.add(old.ip)
        return old.ip
    for address in pool.ip:
        if address not in pool.reserved:
            pool.reserved.add(address)
            return address
    raise InvalidSubmissionError((Cause("fleet", "no address is free", "enlarge ip_range or retire deckies"),))


def _mac(seed: str, wish: Wish, old: DeckyConfig | None, pool: _Pool) -> str:
    if old is not None and old.archetype == wish.archetype and old.mac_address not in pool.taken.mac:
        mac = old.mac_address
    else:
        mac = choose_mac(seed, wish.archetype, pool.taken.mac)
    pool.taken.mac[mac] = f"decky {wish.name}"
    return mac


def _hostname(seed: str, distro: str, wish: Wish, old: DeckyConfig | None, pool: _Pool) -> str:
    if old is not None and old.distro == distro and old.hostname.lower() not in pool.taken.hostname:
        hostname = old.hostname
    else:
        hostname = choose_hostname(seed, distro, wish.nmap_os, pool.taken.hostname)
    pool.taken.hostname[hostname.lower()] = f"decky {wish.name}"
    return hostname


def _still_there(config: DeckyConfig, snapshot: Snapshot) -> DeckySpec | None:
    """Return what the name's container was made from, where its removal died before it was removed and it fits."""
    seen = snapshot.observed.get(config.name)
    return seen.spec if seen is not None and seen.spec.config.fingerprint == config.fingerprint else None


def _new(config: DeckyConfig, before: RecordedDecky | None, provenance: Provenance) -> DeckySpec:
    return DeckySpec(
        config=config,
        generation=before.generation + 1 if before else 1,
        operation=provenance.operation,
        deploy_type=provenance.deploy_type,
    )


def _changed(prior: DeckySpec, config: DeckyConfig, provenance: Provenance) -> DeckySpec:
    return DeckySpec(
        config=config,
        generation=prior.generation + 1,
        operation=provenance.operation,
        deploy_type=provenance.deploy_type,
    )


def _only_mutated(was: DeckyConfig, shall: DeckyConfig, options: DeployOptions) -> bool:
    """Whether all that differs is the face that the mutator drew since."""
    if was.last_mutated is None or options.update:
        return False
    return set(differences(was, shall)) <= {"services", "service_config"}


def _needs_update(was: DeckyConfig, shall: DeckyConfig) -> Claim:
    changes = ", ".join(f"{key} {text}" for key, text in differences(was, shall).items())
    return Claim("name", was.name, f"the submission ({changes})", "the live decky", "say --update to change it")
