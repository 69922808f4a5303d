"""Labels on containers and networks: the one place that writes them and reads them back."""

import json
from collections.abc import Mapping

from pydantic import BaseModel, ConfigDict, ValidationError

from decnet_core.catalog.services import SERVICES
from decnet_core.domain.decky import DeckyConfig, DeckySpec
from decnet_core.domain.network import NetworkConfig

SCHEMA = "1"
HOST = "com.decnet.host"
FLEET = "com.decnet.fleet"
NAME = "com.decnet.name"
SERVICE = "com.decnet.service"
DEPLOY_TYPE = "com.decnet.deploy_type"
CONFIG = "com.decnet.config"
FINGERPRINT = "com.decnet.fingerprint"
GENERATION = "com.decnet.generation"
OPERATION = "com.decnet.operation"
PROTECTED = "com.decnet.protected"
LAST_MUTATED = "com.decnet.last_mutated"
RENDER = "com.decnet.render"
SCHEMA_KEY = "com.decnet.schema"
NETWORK = "com.decnet.network"

SELECTOR = f"{HOST}=true"


class LabelError(ValueError):
    """A label of ours that cannot be read; the sentence says which and why."""


class Labelled(BaseModel):
    """What a container's labels say."""

    model_config = ConfigDict(frozen=True)

    fleet: str
    spec: DeckySpec
    fingerprint: str
    render: str


def decky_labels(fleet: str, spec: DeckySpec) -> dict[str, str]:
    """Return every label of a decky's container but the hash of its rendering."""
    config = spec.config
    labels = {
        HOST: "true",
        FLEET: fleet,
        NAME: config.name,
        SERVICE: ",".join(config.services),
        DEPLOY_TYPE: spec.deploy_type.value,
        CONFIG: config.label_json(),
        FINGERPRINT: config.fingerprint,
        GENERATION: str(spec.generation),
        OPERATION: spec.operation,
        SCHEMA_KEY: SCHEMA,
    }
    if config.protected:
        labels[PROTECTED] = "true"
    if config.last_mutated:
        labels[LAST_MUTATED] = config.last_mutated.isoformat()
    return labels


def read_decky(labels: Mapping[str, str]) -> Labelled:
    """Read a container's labels back.

    Raises:
        LabelError: missing, not JSON, another schema, or at odds with itself.
    """
    if labels.get(SCHEMA_KEY) != SCHEMA:
        raise LabelError(f"{SCHEMA_KEY} is {labels.get(SCHEMA_KEY)!r}, this release reads {SCHEMA!r}")
    if not labels.get(GENERATION, "1").isdecimal():
        raise LabelError(f"{GENERATION} is {labels[GENERATION]!r}, not a number")
    try:
        document = json.loads(labels[CONFIG])
        document["last_mutated"] = labels.get(LAST_MUTATED)
        config = DeckyConfig.model_validate(document)
        spec = DeckySpec.model_validate(
            {
                "config": config,
                "generation": int(labels[GENERATION]),
                "operation": labels[OPERATION],
                "deploy_type": labels[DEPLOY_TYPE],
            }
        )
        found = Labelled(fleet=labels[FLEET], spec=spec, fingerprint=labels[FINGERPRINT], render=labels.get(RENDER, ""))
    except KeyError as exc:
        raise LabelError(f"label {exc.args[0]} is missing") from exc
    except (ValueError, TypeError, RecursionError) as exc:
        raise LabelError(f"{CONFIG} cannot be read: {_first_line(exc)}") from exc
    if unknown := [slug for slug in config.services if slug not in SERVICES]:
        raise LabelError(f"{CONFIG} has services that this release does not know: {', '.join(unknown)}")
    if labels.get(NAME) != config.name:
        raise LabelError(f"{NAME} says {labels.get(NAME)!r}, {CONFIG} says {config.name!r}")
    return found


def network_labels(config: NetworkConfig) -> dict[str, str]:
    """Return every label of a fleet's network."""
    return {NETWORK: config.label_json(), FLEET: config.fleet, SCHEMA_KEY: SCHEMA}


def read_network(labels: Mapping[str, str]) -> NetworkConfig:
    """Read a network's labels back.

    Raises:
        LabelError: missing, not JSON, or another schema.
    """
    if labels.get(SCHEMA_KEY) != SCHEMA:
        raise LabelError(f"{SCHEMA_KEY} is {labels.get(SCHEMA_KEY)!r}, this release reads {SCHEMA!r}")
    try:
        return NetworkConfig.model_validate_json(labels[NETWORK])
    except KeyError as exc:
        raise LabelError(f"label {exc.args[0]} is missing") from exc
    except ValidationError as exc:
        raise LabelError(f"{NETWORK} cannot be read: {_first_line(exc)}") from exc


def _first_line(exc: Exception) -> str:
    if isinstance(exc, ValidationError):
        first = exc.errors()[0]
        return f"{'.'.join(map(str, first['loc'])) or 'document'}: {first['msg']}"
    return str(exc)
