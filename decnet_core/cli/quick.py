"""A submission from options: `--name web --count 4 --archetype linux-server`."""

from collections.abc import Mapping

from decnet_core.adapters.fleet_files import check_submission
from decnet_core.domain.errors import Cause, InvalidSubmissionError
from decnet_core.domain.submission import Submission

_NETWORK = ("driver", "interface", "subnet", "gateway", "ip_range")


def submission(given: Mapping[str, object], fleet: str) -> Submission:
    """Return the submission of one decky, or of ``count``, that the options describe.

    Raises:
        InvalidSubmissionError: no name, or a value that cannot be, under its option's name.
    """
    said = {key: value for key, value in given.items() if value is not None}
    if "name" not in said:
        raise InvalidSubmissionError((Cause("decnet deploy", "neither a FILE nor --name was given", "see --help"),))
    network = {key: str(said.pop(key)) for key in _NETWORK if key in said}
    if isinstance(services := said.get("services"), str):
        said["services"] = [slug.strip() for slug in services.split(",") if slug.strip()]
    document: dict[str, object] = {"fleet": fleet, "deckies": [said]}
    if network:
        document["network"] = network
    return check_submission(document, _option)


def _option(path: tuple[int | str, ...], _key: bool) -> str:
    """Name the option that a path of the document came from."""
    words = [step for step in path if isinstance(step, str) and step not in ("deckies", "network")]
    return f"--{words[0].replace('_', '-')}" if words else "decnet deploy"
