"""Three makers of web servers: header order, error pages and answers to methods, as recorded from the real ones.

nginx 1.22.1 and Apache 2.4.71 were recorded from Debian 12's packages; IIS is from Microsoft's documentation of
IIS 10 and HTTP.sys.
"""

import html
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime
from http import HTTPStatus

from decnet_core.decoy.web.pages import IIS, apache_page, nginx_page

APACHE_ALLOW = "POST,OPTIONS,HEAD,GET,TRACE"
IIS_ALLOW = "OPTIONS, TRACE, GET, HEAD, POST"
NGINX_PHRASES = {405: "Not Allowed", 413: "Request Entity Too Large", 414: "Request-URI Too Large"}
APACHE_PHRASES = {413: "Request Entity Too Large", 414: "Request-URI Too Long"}
APACHE_SENTENCES = {
    400: "Your browser sent a request that this server could not understand.<br />\n",
    403: "You don't have permission to access this resource.",
    404: "The requested URL was not found on this server.",
    405: "The requested method {method} is not allowed for this URL.",
    413: "The requested resource does not allow request data with {method} requests, or the amount of data "
    "provided in\nthe request exceeds the capacity limit.",
    414: "The requested URL's length exceeds the capacity\nlimit for this server.<br />\n",
    501: "{method} not supported for current URL.<br />\n",
}


@dataclass(frozen=True)
class Answer:
    """A response before it is put in order. Its page is *body*, with the time *changed* where it is a file."""

    status: int
    body: bytes = b""
    kind: str = "text/html"
    changed: datetime | None = None
    extra: tuple[tuple[str, str], ...] = ()
    closes: bool = False


@dataclass(frozen=True)
class Asked:
    """What an answer depends on beside the page."""

    method: str = ""
    host: str = ""
    port: int = 80
    keeps_alive: bool = True
    asked_to_keep: bool = False
    kind: str = ""


@dataclass(frozen=True)
class Product:
    """A maker. *methods* are served from files; *unknown* is the status for any other method."""

    idle: float
    tag: Callable[[int, datetime], str]
    headers: Callable[[Answer, Asked, str], list[tuple[str, str]]]
    error: Callable[[int, Asked, str], Answer]
    method: Callable[[str], int]
    page: Callable[[str], tuple[str, int]]


def phrase_of(status: int, own: dict[int, str]) -> str:
    """The reason phrase; some makers keep older ones than the registry's."""
    if status in own:
        return own[status]
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Unknown"


def http_date(moment: datetime) -> str:
    """A time as headers write it."""
    return format_datetime(moment.astimezone(UTC), usegmt=True)


def _version(server: str) -> tuple[int, ...]:
    found = re.search(r"/(\d+(?:\.\d+)*)", server)
    return tuple(int(part) for part in found[1].split(".")) if found else (99,)


def _page_headers(answer: Answer, tag: Callable[[int, datetime], str]) -> dict[str, str]:
    shown = {"Content-Type": answer.kind, "Content-Length": str(len(answer.body))}
    if answer.changed:
        shown["Last-Modified"] = http_date(answer.changed)
        shown["ETag"] = tag(len(answer.body), answer.changed)
        shown["Accept-Ranges"] = "bytes"
    return shown


def _ordered(values: dict[str, str], order: str) -> list[tuple[str, str]]:
    return [(name, values[name]) for name in order.split() if name in values]


def _nginx_headers(answer: Answer, asked: Asked, server: str) -> list[tuple[str, str]]:
    values = _page_headers(answer, NGINX.tag) | {"Server": server, "Date": http_date(datetime.now(UTC))}
    values["Connection"] = "keep-alive" if asked.keeps_alive and not answer.closes else "close"
    if answer.status == 304:
        values = {name: value for name, value in values.items() if name not in ("Content-Type", "Content-Length")}
    values |= dict(answer.extra)
    extra = " ".join(name for name, _ in answer.extra)
    return _ordered(
        values, f"Server Date Content-Type Content-Length Last-Modified Connection {extra} ETag Accept-Ranges"
    )


def _nginx_error(status: int, asked: Asked, server: str) -> Answer:
    title = f"{status} {phrase_of(status, NGINX_PHRASES)}"
    note = ""
    if asked.kind == "header too large":
        title, note = (
            "400 Request Header Or Cookie Too Large",
            "<center>Request Header Or Cookie Too Large</center>\r\n",
        )
    heading = "400 Bad Request" if note else title
    body = (
        f"<html>\r\n<head><title>{title}</title></head>\r\n<body>\r\n<center><h1>{heading}</h1></center>\r\n{note}"
        f"<hr><center>{server}</center>\r\n</body>\r\n</html>\r\n"
    )
    return Answer(status, body.encode(), closes=status in (400, 413, 414, 501, 505) or asked.method == "TRACE")


def _apache_headers(answer: Answer, asked: Asked, server: str) -> list[tuple[str, str]]:
    values = _page_headers(answer, APACHE.tag) | {"Date": http_date(datetime.now(UTC)), "Server": server}
    if answer.changed:
        values["Vary"] = "Accept-Encoding"
    if not asked.keeps_alive or answer.closes:
        values["Connection"] = "close"
    elif asked.asked_to_keep:
        values |= {"Keep-Alive": "timeout=5, max=100", "Connection": "Keep-Alive"}
    if answer.status == 304:
        values = {name: value for name, value in values.items() if name not in ("Content-Type", "Content-Length")}
    values |= dict(answer.extra)
    extra = " ".join(name for name, _ in answer.extra)
    return _ordered(
        values,
        f"Date Server {extra} Last-Modified ETag Accept-Ranges Content-Length Vary Keep-Alive Connection Content-Type",
    )


def _apache_error(status: int, asked: Asked, server: str) -> Answer:
    phrase = phrase_of(status, APACHE_PHRASES)
    doctype = '"-//W3C//DTD HTML 4.01//EN" "http://www.w3.org/TR/html4/strict.dtd"'
    if _version(server) < (2, 4, 65):
        doctype = '"-//IETF//DTD HTML 2.0//EN"'
    method = html.escape(asked.method)
    sentence = APACHE_SENTENCES.get(status, "The server could not answer.").format(method=method)
    # Debian signs its error pages, Red Hat does not.
    signed = f"<hr>\n<address>{server} Server at {html.escape(asked.host)} Port {asked.port}</address>\n"
    signature = signed if "Debian" in server or "Ubuntu" in server else ""
    body = (
        f"<!DOCTYPE HTML PUBLIC {doctype}>\n<html><head>\n<title>{status} {phrase}</title>\n</head><body>\n"
        f"<h1>{phrase}</h1>\n<p>{sentence}</p>\n{signature}</body></html>\n"
    )
    allow = (("Allow", APACHE_ALLOW),) if status in (405, 501) else ()
    closes = status in (400, 413, 414, 501, 505)
    return Answer(status, body.encode(), "text/html; charset=iso-8859-1", extra=allow, closes=closes)


def _iis_headers(answer: Answer, asked: Asked, server: str) -> list[tuple[str, str]]:
    own = "Microsoft-HTTPAPI/2.0" if answer.status in (400, 413, 414, 501, 505) else server
    values = _page_headers(answer, IIS_PRODUCT.tag) | {"Server": own, "Date": http_date(datetime.now(UTC))}
    if not asked.keeps_alive or answer.closes:
        values["Connection"] = "close"
    if answer.status == 304:
        values = {name: value for name, value in values.items() if name not in ("Content-Type", "Content-Length")}
    values |= dict(answer.extra)
    extra = " ".join(name for name, _ in answer.extra)
    return _ordered(
        values, f"Content-Type {extra} Last-Modified Accept-Ranges ETag Server Date Connection Content-Length"
    )


def _iis_error(status: int, _asked: Asked, _server: str) -> Answer:
    phrase = phrase_of(status, {})
    detail = "Invalid URL" if status == 400 else phrase
    body = (
        '<!DOCTYPE HTML PUBLIC "-//W3C//DTD HTML 4.01//EN""http://www.w3.org/TR/html4/strict.dtd">\r\n'
        f'<HTML><HEAD><TITLE>{phrase}</TITLE>\r\n<META HTTP-EQUIV="Content-Type" Content="text/html; charset=us-ascii">'
        f"</HEAD>\r\n<BODY><h2>{phrase} - {detail}</h2>\r\n<hr><p>HTTP Error {status}. "
        f"{'The request URL is invalid.' if status == 400 else phrase + '.'}</p>\r\n</BODY></HTML>\r\n"
    )
    kind = "text/html; charset=us-ascii" if status in (400, 413, 414, 501, 505) else "text/html"
    allow = (("Allow", IIS_ALLOW),) if status == 405 else ()
    return Answer(status, body.encode(), kind, extra=allow, closes=status in (400, 413, 414, 501, 505))


NGINX = Product(
    idle=75,
    tag=lambda size, changed: f'"{int(changed.timestamp()):x}-{size:x}"',
    headers=_nginx_headers,
    error=_nginx_error,
    method=lambda method: (
        200 if method in ("GET", "HEAD") else 400 if method == "CONNECT" or not method.isupper() else 405
    ),
    page=lambda server: (nginx_page(_version(server)), 200),
)
APACHE = Product(
    idle=5,
    tag=lambda size, changed: f'"{size:x}-{int(changed.timestamp()) * 1_000_000 + size:x}"',
    headers=_apache_headers,
    error=_apache_error,
    method=lambda method: (
        200
        if method in ("GET", "HEAD", "POST", "OPTIONS")
        else 405
        if method in ("PUT", "DELETE", "PATCH", "TRACE")
        else 501
    ),
    page=apache_page,
)
IIS_PRODUCT = Product(
    idle=120,
    tag=lambda _size, changed: f'"{(int(changed.timestamp()) + 11644473600) * 10_000_000:x}:0"',
    headers=_iis_headers,
    error=_iis_error,
    method=lambda method: 200 if method in ("GET", "HEAD", "POST", "OPTIONS") else 405,
    page=lambda _server: (IIS, 200),
)
PRODUCTS = {"nginx": NGINX, "apache": APACHE, "iis": IIS_PRODUCT}
ALLOWED = {"nginx": "", "apache": APACHE_ALLOW, "iis": IIS_ALLOW}
PHRASES = {"nginx": NGINX_PHRASES, "apache": APACHE_PHRASES, "iis": dict[int, str]()}
