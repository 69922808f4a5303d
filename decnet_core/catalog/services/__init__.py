"""Every service of this release by its slug. A new one is one small file here and one in decoy/services."""

from decnet_core.catalog.service import ServiceSpec
from decnet_core.catalog.services import ftp, http, ssh, telnet

SERVICES: dict[str, ServiceSpec] = {spec.slug: spec for spec in (ftp.SPEC, http.SPEC, ssh.SPEC, telnet.SPEC)}
"""Slug → service."""
