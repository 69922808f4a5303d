"""HTTP: nginx, Apache or IIS with its first page, a login, or a page of one's own."""

from typing import Annotated, Any, Literal

from pydantic import Field

from decnet_core.catalog.service import Machine, Port, ServiceOptions, ServiceSpec

# The Server header of each distribution's packaged server in its packaged configuration.
NGINX = {
    "debian": "nginx/1.22.1",
    "debian11": "nginx/1.18.0",
    "ubuntu22": "nginx/1.18.0 (Ubuntu)",
    "ubuntu20": "nginx/1.18.0 (Ubuntu)",
    "rocky9": "nginx/1.20.1",
    "centos7": "nginx/1.20.1",
    "alpine": "nginx",  # Alpine's nginx.conf says server_tokens off
    "fedora": "nginx/1.26.2",
    "kali": "nginx/1.26.0",
    "arch": "nginx/1.26.2",
    "windows10": "nginx/1.26.2",
    "windows2019": "nginx/1.26.2",
}
APACHE = {
    "debian": "Apache/2.4.71 (Debian)",
    "debian11": "Apache/2.4.62 (Debian)",
    "ubuntu22": "Apache/2.4.52 (Ubuntu)",
    "ubuntu20": "Apache/2.4.41 (Ubuntu)",
    "rocky9": "Apache/2.4.62 (Rocky Linux)",
    "centos7": "Apache/2.4.6 (CentOS)",
    "alpine": "Apache/2.4.62 (Unix)",
    "fedora": "Apache/2.4.62 (Fedora Linux)",
    "kali": "Apache/2.4.62 (Debian)",
    "arch": "Apache/2.4.62 (Unix)",
    "windows10": "Apache/2.4.62 (Win64)",
    "windows2019": "Apache/2.4.62 (Win64)",
}
RED_HAT = ("rocky9", "centos7", "fedora")


class HttpOptions(ServiceOptions):
    """Options of http."""

    software: Annotated[
        Literal["auto", "nginx", "apache", "iis"],
        Field(description="which server it plays; auto: iis on Windows, apache on Red Hat's kin, nginx elsewhere"),
    ] = "auto"
    page: Annotated[
        Literal["default", "login"], Field(description="the server's first page, or a form whose input is recorded")
    ] = "default"
    title: Annotated[str, Field(min_length=1, max_length=100, description="heading of the login page")] = "Sign in"
    body: Annotated[str | None, Field(max_length=32768, description="HTML served at / in place of the first page")] = (
        None
    )
    status: Annotated[int, Field(ge=200, le=599, description="status of the page at /")] = 200


def _persona(options: HttpOptions, machine: Machine) -> dict[str, Any]:
    software = options.software
    if software == "auto":
        windows = machine.os_family.startswith("windows")
        software = "iis" if windows else "apache" if machine.distro in RED_HAT else "nginx"
    server = {
        "nginx": NGINX.get(machine.distro, NGINX["debian"]),
        "apache": APACHE.get(machine.distro, APACHE["debian"]),
        "iis": "Microsoft-IIS/10.0",
    }[software]
    return {
        "port": 80,
        "software": software,
        "server": server,
        "page": options.page if options.body is None else "custom",
        "title": options.title,
        "body": options.body or "",
        "status": options.status,
    }


SPEC = ServiceSpec("http", "HTTP", (Port(80),), HttpOptions, _persona)
