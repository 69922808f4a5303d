"""Reads HTTP/1 requests from a visitor, strictly and with limits."""

import base64
import binascii
import re
import urllib.parse
from dataclasses import dataclass, field

from decnet_core.decoy.journal import readable
from decnet_core.decoy.peer import LineTooLongError, Peer

MAX_LINE = 8190
MAX_HEADERS = 100
MAX_HEAD = 32 * 1024
MAX_BODY = 1024 * 1024
MAX_KEPT = 16 * 1024
TOKEN = re.compile(rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
BAD_ESCAPE = re.compile(r"%(?![0-9A-Fa-f]{2})")
USER_FIELDS = ("username", "user", "login", "log", "email", "uname", "name", "user_login", "pma_username")
PASSWORD_FIELDS = ("password", "pass", "pwd", "passwd", "psw", "user_pass", "pma_password")


class RefusedError(Exception):
    """The request gets an error page and the connection ends. *kind* names the mistake for those that tell."""

    def __init__(self, status: int, kind: str = "") -> None:
        super().__init__(status, kind)
        self.status = status
        self.kind = kind


@dataclass
class Request:
    """One request; *kept* is the beginning of its body."""

    method: str
    target: str
    version: tuple[int, int]
    headers: dict[str, str] = field(default_factory=dict)
    kept: bytes = b""

    @property
    def path(self) -> str:
        """The target without its query."""
        return self.target.partition("?")[0]

    @property
    def keeps_alive(self) -> bool:
        """Whether the client wants the connection to stay."""
        connection = self.headers.get("connection", "").lower()
        return "keep-alive" in connection if self.version < (1, 1) else "close" not in connection

    def basic_credentials(self) -> tuple[str, str] | None:
        """User and password of ``Authorization: Basic``."""
        scheme, _, value = self.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "basic":
            return None
        try:
            user, colon, password = base64.b64decode(value.strip(), validate=True).partition(b":")
        except (binascii.Error, ValueError):
            return None
        return (readable(user), readable(password)) if colon else None

    def form_credentials(self) -> tuple[str, str] | None:
        """User and password of a login form, by the names that login forms use."""
        if "urlencoded" not in self.headers.get("content-type", "").lower():
            return None
        try:
            pairs = urllib.parse.parse_qsl(readable(self.kept), keep_blank_values=True, max_num_fields=64)
        except ValueError:
            return None
        fields = {name.lower(): value for name, value in reversed(pairs)}
        user = next((fields[name] for name in USER_FIELDS if name in fields), None)
        password = next((fields[name] for name in PASSWORD_FIELDS if name in fields), None)
        return None if user is None and password is None else (user or "", password or "")


async def read_head(peer: Peer, patience: float) -> Request:
    """The next request without its body.

    Raises:
        RefusedError: what came is no request, or more than a server takes.
        PeerGoneError: nothing came in time.
    """
    try:
        line = await peer.line(patience, MAX_LINE)
        if not line:  # an empty line before a request is allowed, one of them
            line = await peer.line(patience, MAX_LINE)
    except LineTooLongError as exc:
        raise RefusedError(414) from exc
    request = parse_request_line(line)
    if request.version == (0, 9):
        return request
    size = 0
    for _ in range(MAX_HEADERS + 1):
        try:
            line = await peer.line(patience, MAX_LINE)
        except LineTooLongError as exc:
            raise RefusedError(400, "header too large") from exc
        size += len(line)
        if not line:
            return _checked(request)
        if size > MAX_HEAD:
            break
        name, value = parse_header(line)
        request.headers[name] = f"{request.headers[name]}, {value}" if name in request.headers else value
    raise RefusedError(400, "header too large")


def parse_request_line(line: bytes) -> Request:
    """A method, a target and a version.

    Raises:
        RefusedError: 400 for anything else, 505 for a version that does not exist.
    """
    parts = line.split(b" ")
    if len(parts) == 2 and parts[0] == b"GET" and parts[1].startswith(b"/"):
        return Request("GET", readable(parts[1]), (0, 9))
    if len(parts) != 3 or not TOKEN.fullmatch(parts[0]):
        raise RefusedError(400)
    version = re.fullmatch(rb"HTTP/(\d)\.(\d{1,3})", parts[2])
    if not version or not parts[1]:
        raise RefusedError(400)
    if version[1] != b"1":
        raise RefusedError(505 if version[1] > b"1" else 400)
    return Request(parts[0].decode(), readable(parts[1]), (1, min(int(version[2]), 1)))


def parse_header(line: bytes) -> tuple[str, str]:
    """Lower-case name and value of one header line.

    Raises:
        RefusedError: it is none, or continues the line before it, which no server takes any more.
    """
    name, colon, value = line.partition(b":")
    if not colon or not TOKEN.fullmatch(name):
        raise RefusedError(400)
    return name.decode().lower(), readable(value.strip(b" \t"))


def _checked(request: Request) -> Request:
    if request.version >= (1, 1) and "host" not in request.headers:
        raise RefusedError(400)
    if not request.target.startswith(("/", "http://", "https://")) and request.target != "*":
        raise RefusedError(400)
    if BAD_ESCAPE.search(request.path) or climbs(urllib.parse.unquote(request.path)):
        raise RefusedError(400)
    return request


def climbs(path: str) -> bool:
    """Whether *path* leads above its root."""
    depth = 0
    for part in path.split("/"):
        depth += -1 if part == ".." else part not in ("", ".")
        if depth < 0:
            return True
    return "\0" in path


async def read_body(peer: Peer, request: Request, patience: float) -> None:
    """Read the body, and keep its beginning in *request*.

    Raises:
        RefusedError: its length is no number, too large, or its coding unknown.
    """
    coding = request.headers.get("transfer-encoding", "").lower()
    if coding:
        if coding != "chunked":
            raise RefusedError(501)
        await _read_chunks(peer, request, patience)
        return
    text = request.headers.get("content-length", "0")
    if not (text.isascii() and text.isdigit() and len(text) < 16):
        raise RefusedError(400)
    if int(text) > MAX_BODY:
        raise RefusedError(413)
    await _keep(peer, request, int(text), patience)


async def _read_chunks(peer: Peer, request: Request, patience: float) -> None:
    total = 0
    while True:
        try:
            size_text = (await peer.line(patience, 64)).partition(b";")[0].strip()
        except LineTooLongError as exc:
            raise RefusedError(400) from exc
        if not re.fullmatch(rb"[0-9A-Fa-f]{1,8}", size_text):
            raise RefusedError(400)
        size = int(size_text, 16)
        total += size
        if total > MAX_BODY:
            raise RefusedError(413)
        await _keep(peer, request, size, patience)
        try:
            ended = await peer.line(patience, 4096)
        except LineTooLongError as exc:
            raise RefusedError(400) from exc
        if ended and size:
            raise RefusedError(400)
        if not size:
            return


async def _keep(peer: Peer, request: Request, size: int, patience: float) -> None:
    while size:
        data = await peer.exactly(min(size, 16384), patience)
        size -= len(data)
        request.kept += data[: MAX_KEPT - len(request.kept)]
