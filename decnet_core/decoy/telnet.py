"""The telnet protocol below the login: commands and options taken out of a byte stream, and a line editor on top."""

from dataclasses import dataclass, field

IAC, DONT, DO, WONT, WILL, SB, SE = 255, 254, 253, 252, 251, 250, 240
ECHO, SGA, STATUS, TTYPE, NAWS, TSPEED, LFLOW, LINEMODE, XDISPLOC, NEW_ENVIRON = 1, 3, 5, 24, 31, 32, 33, 34, 35, 39
MAX_SUBNEGOTIATION = 512
MAX_ANSWERS = 64
MAX_LINE = 512


@dataclass
class Wire:
    """Takes a client's bytes apart. What it answers waits in *answers*, what the client agreed to in *agreed*.

    *ours* are options that this server does when asked; *theirs* are those it lets the client do. Everything else is
    refused once, or passed over without a word where *refuses* is off; a client that asks again is not answered, so
    two programs cannot keep refusing each other.
    """

    ours: frozenset[int]
    theirs: frozenset[int]
    refuses: bool = True
    agreed: dict[int, bool] = field(default_factory=dict)
    answers: bytearray = field(default_factory=bytearray)
    values: dict[int, bytes] = field(default_factory=dict)
    _pending: bytes = b""
    _refused: int = 0

    def feed(self, data: bytes) -> bytes:
        """The payload in *data*; a command cut in two is completed by the next call."""
        data = self._pending + data
        payload = bytearray()
        position = 0
        while position < len(data):
            byte = data[position]
            if byte != IAC:
                payload.append(byte)
                position += 1
                continue
            length = self._command(data, position, payload)
            if not length:
                break
            position += length
        self._pending = data[position:]
        if len(self._pending) > MAX_SUBNEGOTIATION:  # a subnegotiation without an end
            self._pending = b""
        return bytes(payload)

    def take_answers(self) -> bytes:
        """What is to be sent now."""
        answers = bytes(self.answers)
        self.answers.clear()
        return answers

    def _command(self, data: bytes, position: int, payload: bytearray) -> int:  # noqa: PLR0911 (a table of cases)
        """Handle the command at *position*; its length, or 0 when more bytes are needed."""
        if position + 1 >= len(data):
            return 0
        verb = data[position + 1]
        if verb == IAC:
            payload.append(IAC)
            return 2
        if verb == SB:
            end = data.find(bytes([IAC, SE]), position)
            if end < 0:
                return 0
            if end > position + 2:
                self.values[data[position + 2]] = data[position + 3 : end][:MAX_SUBNEGOTIATION]
            return end + 2 - position
        if verb in (DO, DONT, WILL, WONT):
            if position + 2 >= len(data):
                return 0
            self._option(verb, data[position + 2])
            return 3
        return 2

    def _option(self, verb: int, option: int) -> None:
        if verb in (WILL, WONT):
            known = option in self.agreed
            self.agreed[option] = verb == WILL
            if verb == WILL and option not in self.theirs and not known:
                self._answer(DONT, option)
        elif verb == DO and option not in self.ours:
            self._answer(WONT, option)

    def _answer(self, verb: int, option: int) -> None:
        if self.refuses and self._refused < MAX_ANSWERS:
            self._refused += 1
            self.answers += bytes([IAC, verb, option])


@dataclass
class Editor:
    """Turns keys into lines, echoing as a terminal does; at most MAX_LINE characters are kept of a line."""

    echo: bool = True
    _line: bytearray = field(default_factory=bytearray)
    _after_return: bool = False

    def feed(self, data: bytes) -> tuple[list[bytes], bytes]:
        """Finished lines, and what to show for *data*. A lone ``^C`` or ``^D`` is a line of its own."""
        lines: list[bytes] = []
        shown = bytearray()
        for byte in data:
            if self._after_return and byte in b"\n\0":
                self._after_return = False
                continue
            self._after_return = byte == 13
            if byte in b"\r\n":
                lines.append(self._finish())
                shown += b"\r\n"
            elif byte in b"\x7f\x08":
                if self._line:
                    self._line.pop()
                    shown += b"\b \b" if self.echo else b""
            elif byte == 0x15:
                shown += b"\b \b" * len(self._line) if self.echo else b""
                self._line.clear()
            elif byte == 3 or (byte == 4 and not self._line):
                self._line.clear()
                lines.append(bytes([byte]))
                shown += b"^C\r\n" if byte == 3 else b""
            elif byte and len(self._line) < MAX_LINE:
                self._line.append(byte)
                shown += bytes([byte]) if self.echo else b""
        return lines, bytes(shown)

    def _finish(self) -> bytes:
        line = bytes(self._line)
        self._line.clear()
        return line
