"""Socket tables of a namespace: who listens, who is connected."""

import os
import socket

from decnet_core.adapters.sockets import Sockets, parse, read_process

HEAD = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n"


def _line(local: str, remote: str, state: str) -> str:
    return f"   0: {local} {remote} {state} 00000000:00000000 00:00000000 00000000 65532 0 1 1 0 100 0 0 10 0\n"


def test_given_tables_when_read_then_listening_ports_and_sessions_to_them_are_told():
    tcp = HEAD + "".join(
        (
            _line("00000000:0016", "00000000:0000", "0A"),
            _line("00000000:0050", "00000000:0000", "0A"),
            _line("65014D0A:0016", "FE014D0A:D431", "01"),
            _line("65014D0A:0016", "FE014D0A:D432", "01"),
            _line("65014D0A:0016", "FE014D0A:D433", "06"),
            _line("65014D0A:9C40", "FE014D0A:0050", "01"),
        )
    )
    udp = HEAD + _line("00000000:00A1", "00000000:0000", "07")

    assert parse({"tcp": tcp, "udp": udp}) == Sockets(frozenset({"22/tcp", "80/tcp", "161/udp"}), 2)


def test_given_ipv6_tables_when_read_then_they_count_as_the_same_ports():
    nobody = "0" * 32
    tcp6 = HEAD + _line(f"{nobody}:0017", f"{nobody}:0000", "0A") + _line(f"{nobody}:0017", f"{nobody}:D431", "01")

    assert parse({"tcp": HEAD, "tcp6": tcp6, "udp6": HEAD}) == Sockets(frozenset({"23/tcp"}), 1)


def test_given_listeners_on_loopback_when_read_then_they_do_not_count():
    resolver = _line("0B00007F:A10F", "00000000:0000", "0A")
    tcp6 = HEAD + _line(f"{'0' * 24}01000000:0016", f"{'0' * 32}:0000", "0A")

    assert parse({"tcp": HEAD + resolver, "tcp6": tcp6}) == Sockets(frozenset(), 0)


def test_given_empty_or_cut_off_tables_when_read_then_nobody_listens():
    assert parse({}) == parse({"tcp": ""}) == parse({"tcp": HEAD + "   0: 00\n\n"}) == Sockets(frozenset(), 0)


def test_given_this_very_process_when_read_then_its_own_listener_is_found():
    with socket.create_server(("0.0.0.0", 0)) as server:
        port = server.getsockname()[1]
        tables = read_process(os.getpid())

        with socket.create_connection(("127.0.0.1", port)):
            connected = read_process(os.getpid())

    assert tables is not None
    assert connected is not None
    assert f"{port}/tcp" in parse(tables).listening
    assert parse(connected).sessions > parse(tables).sessions - 1


def test_given_a_process_that_is_gone_when_read_then_nothing_is_known():
    assert read_process(2**22 + 1) is None
