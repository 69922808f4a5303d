"""HTTP as a server of some maker: its first page, a login or a page of one's own; every request is recorded."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from decnet_core.decoy.listener import Decky, listen
from decnet_core.decoy.peer import Peer
from decnet_core.decoy.persona import read_options
from decnet_core.decoy.web.pages import login_page
from decnet_core.decoy.web.products import ALLOWED, PHRASES, PRODUCTS, Answer, Asked, http_date, phrase_of
from decnet_core.decoy.web.request import RefusedError, Request, read_body, read_head

REQUEST_PATIENCE = 60.0
MAX_REQUESTS = 100
SHOWN_HEADERS = 40
LOGIN_PATHS = ("/", "/login", "/index.html", "/index.php", "/admin")


@dataclass(frozen=True)
class Options:
    """*software* is nginx, apache or iis; *server* its header; *page* default, login or custom (then *body*)."""

    software: str = "nginx"
    server: str = "nginx"
    page: str = "default"
    title: str = "Sign in"
    body: str = ""
    status: int = 200
    port: int = 80


async def start(decky: Decky, values: Mapping[str, Any]) -> asyncio.Server:
    """Listen."""
    options = read_options(Options, values)
    site = Site(decky, options)
    return await listen(decky, "http", options.port, site.visit)


class Site:
    """What is served, and to whom it was."""

    def __init__(self, decky: Decky, options: Options) -> None:
        if options.software not in PRODUCTS:
            raise LookupError(f"no web server named {options.software!r}")
        self._options = options
        self._product = PRODUCTS[options.software]
        self._changed: datetime = decky.identity.moment("http/page")
        self._hostname = decky.persona.hostname

    async def visit(self, peer: Peer) -> None:
        """Answer requests until one of the two ends it."""
        for count in range(MAX_REQUESTS):
            patience = REQUEST_PATIENCE if not count else self._product.idle
            if not await self._serve(peer, patience):
                return

    async def _serve(self, peer: Peer, patience: float) -> bool:
        """One request; whether another may follow."""
        request = Request("", "", (1, 0))
        try:
            async with asyncio.timeout(patience + REQUEST_PATIENCE):  # lines that trickle in hold no place for ever
                request = await read_head(peer, patience)
            if request.headers.get("expect", "").lower() == "100-continue":
                await peer.send(b"HTTP/1.1 100 Continue\r\n\r\n")
            async with asyncio.timeout(2 * REQUEST_PATIENCE):
                await read_body(peer, request, REQUEST_PATIENCE)
        except RefusedError as refused:
            asked = self._asked(peer, request, refused.kind)
            answer = self._product.error(refused.status, asked, self._options.server)
            peer.record("request", method=request.method, path=request.target, status=answer.status, malformed=True)
            await self._send(peer, answer, asked, Request("", "", (1, 0)))
            return False
        asked = self._asked(peer, request, "")
        answer = self._answer(request, asked)
        self._record(peer, request, answer)
        await self._send(peer, answer, asked, request)
        return asked.keeps_alive and not answer.closes

    def _asked(self, peer: Peer, request: Request, kind: str) -> Asked:
        # A server without a name of its own signs with the name it was asked by; a header can hold anything.
        host = request.headers.get("host", "").rpartition(":")[0] or request.headers.get("host", "")
        connection = request.headers.get("connection", "").lower()
        return Asked(
            request.method,
            host or peer.session.dst_ip,
            peer.session.dst_port,
            request.keeps_alive,
            "keep-alive" in connection,
            kind,
        )

    def _answer(self, request: Request, asked: Asked) -> Answer:
        options = self._options
        shows_login = options.page == "login" and request.path in LOGIN_PATHS
        if shows_login and request.method in ("GET", "HEAD", "POST"):
            page = login_page(options.title, failed=request.method == "POST")
            return Answer(options.status, page.encode(), "text/html; charset=UTF-8")
        status = self._product.method(request.method)
        found = request.path in ("/", "/index.html", "*")
        if (not found and status in (200, 405) and options.software != "apache") or (not found and status == 200):
            status = 404
        if status != 200:
            return self._product.error(status, asked, options.server)
        if request.method == "OPTIONS":
            return Answer(200, extra=(("Allow", ALLOWED[options.software]),))
        return self._page(request)

    def _page(self, request: Request) -> Answer:
        options = self._options
        text, status = self._product.page(options.server)
        if options.page == "custom":
            text, status = options.body, options.status
        elif options.status != 200:
            status = options.status
        answer = Answer(status, text.encode("utf-8", "replace"), changed=self._changed if status == 200 else None)
        if answer.changed and self._is_unchanged(request, answer):
            return Answer(304, answer.body, changed=answer.changed)
        return answer

    def _is_unchanged(self, request: Request, answer: Answer) -> bool:
        tag = request.headers.get("if-none-match")
        if tag is not None:
            return tag.removeprefix("W/") == self._product.tag(len(answer.body), self._changed)
        return request.headers.get("if-modified-since") == http_date(self._changed)

    async def _send(self, peer: Peer, answer: Answer, asked: Asked, request: Request) -> None:
        body = b"" if request.method == "HEAD" or answer.status in (204, 304) else answer.body
        if request.version == (0, 9):
            await peer.send(body)
            return
        phrase = phrase_of(answer.status, PHRASES[self._options.software])
        headers = self._product.headers(answer, asked, self._options.server)
        head = f"HTTP/1.1 {answer.status} {phrase}\r\n" + "".join(f"{name}: {value}\r\n" for name, value in headers)
        await peer.send(head.encode("utf-8", "replace") + b"\r\n" + body)

    def _record(self, peer: Peer, request: Request, answer: Answer) -> None:
        for mech, credentials in (("basic", request.basic_credentials()), ("form", request.form_credentials())):
            if credentials:
                user, password = credentials
                peer.record("auth.attempt", username=user, password=password, mech=mech, path=request.path)
        peer.record(
            "request",
            method=request.method,
            path=request.target,
            status=answer.status,
            headers=dict(list(request.headers.items())[:SHOWN_HEADERS]),
            **({"body": request.kept} if request.kept else {}),
        )
