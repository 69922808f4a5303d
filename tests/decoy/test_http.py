import http.client
import re
from contextlib import suppress
from typing import Any
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from decnet_core.decoy.web.request import RefusedError, Request, climbs, parse_header, parse_request_line
from tests.decoy.running import a_persona, receive_all, receive_until, running

NGINX_404 = (
    "HTTP/1.1 404 Not Found\r\nServer: nginx/1.22.1\r\nDate: *\r\nContent-Type: text/html\r\nContent-Length: 153\r\n"
    "Connection: keep-alive\r\n\r\n<html>\r\n<head><title>404 Not Found</title></head>\r\n<body>\r\n"
    "<center><h1>404 Not Found</h1></center>\r\n<hr><center>nginx/1.22.1</center>\r\n</body>\r\n</html>\r\n"
)
APACHE_404 = (
    "HTTP/1.1 404 Not Found\r\nDate: *\r\nServer: Apache/2.4.71 (Debian)\r\nContent-Length: 303\r\n"
    "Content-Type: text/html; charset=iso-8859-1\r\n\r\n"
    '<!DOCTYPE HTML PUBLIC "-//W3C//DTD HTML 4.01//EN" "http://www.w3.org/TR/html4/strict.dtd">\n<html><head>\n'
    "<title>404 Not Found</title>\n</head><body>\n<h1>Not Found</h1>\n<p>The requested URL was not found on this "
    "server.</p>\n<hr>\n<address>Apache/2.4.71 (Debian) Server at a Port 80</address>\n</body></html>\n"
)
APACHE: dict[str, Any] = {"software": "apache", "server": "Apache/2.4.71 (Debian)"}
IIS: dict[str, Any] = {"software": "iis", "server": "Microsoft-IIS/10.0"}

# Status lines and lengths of bodies, recorded from nginx 1.22.1 of Debian 12.
NGINX_ANSWERS = [
    ("GET / HTTP/1.1\r\nHost: a\r\n\r\n", "200 OK", 615),
    ("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\na=b", "405 Not Allowed", 157),
    ("POST /nope HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\na=b", "404 Not Found", 153),
    ("OPTIONS / HTTP/1.1\r\nHost: a\r\n\r\n", "405 Not Allowed", 157),
    ("PUT /x HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n", "404 Not Found", 153),
    ("FOO / HTTP/1.1\r\nHost: a\r\n\r\n", "405 Not Allowed", 157),
    ("garbage\r\n\r\n", "400 Bad Request", 157),
    ("\x00\x01\x02\r\n\r\n", "400 Bad Request", 157),
    ("GET / HTTP/1.1\r\n\r\n", "400 Bad Request", 157),
    ("GET / HTTP/9.9\r\nHost: a\r\n\r\n", "505 HTTP Version Not Supported", 187),
    ("GET nope HTTP/1.1\r\nHost: a\r\n\r\n", "400 Bad Request", 157),
    ("GET /../../etc/passwd HTTP/1.1\r\nHost: a\r\n\r\n", "400 Bad Request", 157),
    ("GET /%zz HTTP/1.1\r\nHost: a\r\n\r\n", "400 Bad Request", 157),
    (f"GET /{'a' * 9000} HTTP/1.1\r\nHost: a\r\n\r\n", "414 Request-URI Too Large", 177),
    (f"GET / HTTP/1.1\r\nHost: a\r\nX: {'a' * 40000}\r\n\r\n", "400 Bad Request", 233),
    ("TRACE / HTTP/1.1\r\nHost: a\r\n\r\n", "405 Not Allowed", 157),
    ("CONNECT x:1 HTTP/1.1\r\nHost: x:1\r\n\r\n", "400 Bad Request", 157),
    ("GET / HTTP/1.1\r\nHost: a\r\nbad header\r\n\r\n", "400 Bad Request", 157),
    ("GET / HTTP/1.1\r\nHost: a\r\nContent-Length: x\r\n\r\n", "400 Bad Request", 157),
    ("GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: foo\r\n\r\n", "501 Not Implemented", 165),
    ("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3000000\r\n\r\n", "413 Request Entity Too Large", 183),
]


def ask(decky, text: str) -> str:
    """The answer to one request as text, its date blanked; the visitor hangs up after it."""
    with decky.connect("http") as visitor:
        visitor.sendall(text.encode("latin-1"))
        head = receive_until(visitor, b"\r\n\r\n").decode("latin-1")
        length = re.search(r"Content-Length: (\d+)", head)
        head, split, body = head.partition("\r\n\r\n")
        while length and not text.startswith("HEAD") and len(body) < int(length[1]):
            body += visitor.recv(65536).decode("latin-1")
    return re.sub(r"Date: [^\r]+", "Date: *", head) + split + body


@pytest.mark.parametrize(("options", "page"), [({}, NGINX_404), (APACHE, APACHE_404)])
def test_given_a_path_that_is_not_there_when_asked_for_then_the_answer_is_the_makers_to_the_byte(options, page):
    with running("http", **options) as decky:
        answer = ask(decky, "GET /nope HTTP/1.1\r\nHost: a\r\n\r\n")

        assert answer == page.replace("Port 80", f"Port {decky.ports['http']}").replace(
            "Content-Length: 303", f"Content-Length: {303 - 2 + len(str(decky.ports['http']))}"
        )


def test_given_nginx_when_asked_all_kinds_of_things_then_status_and_length_are_those_recorded():
    with running("http") as decky:
        for request, status, length in NGINX_ANSWERS:
            answer = ask(decky, request)

            assert answer.startswith(f"HTTP/1.1 {status}\r\n"), request[:60]
            assert len(answer.partition("\r\n\r\n")[2]) == length, request[:60]


def test_given_the_first_page_when_asked_for_then_headers_are_in_the_makers_order():
    with running("http") as decky, running("http", **APACHE) as other, running("http", **IIS) as third:
        orders = [
            re.findall(r"\r\n([\w-]+):", ask(site, "HEAD / HTTP/1.1\r\nHost: a\r\n\r\n"))
            for site in (decky, other, third)
        ]

    assert [" ".join(order) for order in orders] == [
        "Server Date Content-Type Content-Length Last-Modified Connection ETag Accept-Ranges",
        "Date Server Last-Modified ETag Accept-Ranges Content-Length Vary Content-Type",
        "Content-Type Last-Modified Accept-Ranges ETag Server Date Content-Length",
    ]


def test_given_an_http_0_9_request_when_sent_then_only_the_page_comes():
    with running("http") as decky, decky.connect("http") as visitor:
        visitor.sendall(b"GET /\r\n")

        assert receive_all(visitor).startswith(b"<!DOCTYPE html>")


def test_given_the_same_decky_when_started_twice_then_its_page_has_the_same_age_and_tag():
    seen = []
    for seed in (b"\x01" * 32, b"\x01" * 32, b"\x02" * 32):
        with running("http", persona=a_persona(seed=seed)) as decky:
            answer = ask(decky, "GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            seen.append(re.findall(r"(?:Last-Modified|ETag): [^\r]+", answer))

    assert seen[0] == seen[1] != seen[2]


def test_given_a_known_tag_when_asked_again_then_nothing_is_sent_twice():
    with running("http") as decky:
        client = http.client.HTTPConnection("127.0.0.1", decky.ports["http"], timeout=5)
        client.request("GET", "/")
        first = client.getresponse()
        first.read()
        client.request("GET", "/", headers={"If-None-Match": first.headers["ETag"]})
        second = client.getresponse()

        assert (second.status, second.read()) == (304, b"")
        client.close()


def test_given_a_login_page_when_a_form_is_sent_then_its_credentials_are_recorded():
    with running("http", page="login", title="Intranet <1>") as decky:
        client = http.client.HTTPConnection("127.0.0.1", decky.ports["http"], timeout=5)
        client.request("GET", "/")
        form = client.getresponse().read().decode()
        fields = {"username": "root", "password": "p&ss=wörd"}
        client.request("POST", "/login", urlencode(fields), {"Content-Type": "application/x-www-form-urlencoded"})
        answer = client.getresponse().read().decode()

        assert "Intranet &lt;1&gt;" in form
        assert "Invalid username or password" in answer
        assert decky.wait_for("auth.attempt")[0]["data"] == fields | {"mech": "form", "path": "/login"}
        client.close()


def test_given_basic_credentials_when_sent_then_they_are_recorded():
    with running("http") as decky:
        ask(decky, "GET /admin HTTP/1.1\r\nHost: a\r\nAuthorization: Basic YWRtaW46YTpi\r\n\r\n")

        attempt = decky.wait_for("auth.attempt")[0]["data"]
        assert (attempt["username"], attempt["password"], attempt["mech"]) == ("admin", "a:b", "basic")


def test_given_a_request_when_answered_then_it_is_recorded():
    with running("http") as decky:
        ask(
            decky,
            "POST /x?y=1 HTTP/1.1\r\nHost: a\r\nUser-Agent: scan/1\r\n"
            "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n",
        )

        request = decky.wait_for("request")[0]["data"]
        assert (request["method"], request["path"], request["status"]) == ("POST", "/x?y=1", 404)
        assert request["headers"]["user-agent"] == "scan/1"
        assert request["body"] == "abc"


def test_given_a_page_of_ones_own_when_asked_for_then_it_comes_with_its_status():
    with running("http", page="custom", body="<h1>Grüße</h1>", status=403) as decky:
        client = http.client.HTTPConnection("127.0.0.1", decky.ports["http"], timeout=5)
        client.request("GET", "/")
        answer = client.getresponse()

        assert (answer.status, answer.read().decode()) == (403, "<h1>Grüße</h1>")
        client.close()


@given(st.binary(max_size=200))
def test_any_line_is_a_request_or_refused(line):
    with suppress(RefusedError):
        request = parse_request_line(line)

        assert request.method
        assert request.target


@given(st.binary(max_size=200))
def test_any_line_is_a_header_or_refused(line):
    with suppress(RefusedError):
        name, _ = parse_header(line)

        assert name == name.lower().strip() != ""


@given(st.text(max_size=80), st.binary(max_size=300))
def test_any_credentials_are_read_or_left(authorization, body):
    headers = {"authorization": f"Basic {authorization}", "content-type": "application/x-www-form-urlencoded"}
    request = Request("POST", "/", (1, 1), headers, body)

    for credentials in (request.basic_credentials(), request.form_credentials()):
        assert credentials is None or all(isinstance(part, str) for part in credentials)


@given(st.lists(st.sampled_from(["..", ".", "", "a"])))
def test_a_path_climbs_when_it_names_more_parents_than_children(parts):
    depths = [0]
    for part in parts:
        depths.append(depths[-1] + (part == "a") - (part == ".."))

    assert climbs("/" + "/".join(parts)) == (min(depths) < 0)
