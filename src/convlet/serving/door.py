"""Manage the listening socket.

uvloop accepts one client per round: under load, when rounds are long, the last of a hundred would wait for seconds.
"""

import asyncio
import contextlib
import ctypes
import errno
import socket
import struct
import sys
from collections.abc import Callable

from convlet.errors import InputError
from convlet.serving.settings import Settings
from convlet.system.windows import WINDOWS, own_port

_BACKLOG = 1024  # clients waiting to be accepted
_AT_ONCE = 200  # clients accepted before other work gets a turn
_PAUSE = 0.1  # seconds, when there is no room for a connection
_MOST = 450 if WINDOWS else None  # clients at once: Windows's `select` watches 512 sockets, and fails beyond
_SO_ATTACH_FILTER = 26  # Linux


class Door:
    """A socket, bound but not yet listening; `url` is the server's, for people.

    Raises:
        InputError: the address is in use or not this machine's.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        family, address = settings.addresses()[0]
        self._socket = socket.socket(family, socket.SOCK_STREAM)
        self._joining: set[asyncio.Task[object]] = set()
        try:
            own_port(self._socket)
            self._socket.bind((address, settings.port))
        except OSError as error:
            self._socket.close()
            raise _cannot_listen(settings, error) from error
        self._socket.setblocking(False)
        host, port = settings.host, self._socket.getsockname()[1]
        self.url = f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"

    def open(self, protocol: Callable[[], asyncio.Protocol], inside: Callable[[], int] = lambda: 0) -> None:
        """Listen, and give every client a new protocol; `inside` counts those that have not left.

        Raises:
            InputError: another program was faster.
        """
        self._protocol, self._inside, self._loop = protocol, inside, asyncio.get_running_loop()
        try:
            self._socket.listen(_BACKLOG)
        except OSError as error:
            raise _cannot_listen(self._settings, error) from error
        self._loop.add_reader(self._socket, self._let_in, _AT_ONCE)

    async def close(self) -> None:
        """Admit the clients that the system has accepted, and no others."""
        self._loop.remove_reader(self._socket)
        if sys.platform == "linux":
            # From here on the system ignores new clients ("keep nothing"). One that came between the last accept and
            # the close would be connected, then reset: 6 requests lost in 200 ends under load, instead of 1.
            program = ctypes.create_string_buffer(struct.pack("HBBI", 6, 0, 0, 0))
            fprog = struct.pack("HP", 1, ctypes.addressof(program))
            with contextlib.suppress(OSError):
                self._socket.setsockopt(socket.SOL_SOCKET, _SO_ATTACH_FILTER, fprog)
        self._let_in(2 * _BACKLOG)
        self._socket.close()
        await asyncio.gather(*self._joining, return_exceptions=True)

    def discard(self) -> None:
        """Close the socket immediately."""
        self._socket.close()

    def _let_in(self, most: int) -> None:
        for _ in range(most):
            if _MOST is not None and self._inside() + len(self._joining) >= _MOST:
                self._wait()
                return
            try:
                client, _ = self._socket.accept()
            except (BlockingIOError, ConnectionAbortedError):  # nobody is waiting, or somebody left
                return
            except OSError:  # no room
                self._wait()
                return
            client.setblocking(False)
            joining = self._loop.connect_accepted_socket(self._protocol, client)
            task: asyncio.Task[object] = self._loop.create_task(joining)
            self._joining.add(task)
            task.add_done_callback(self._joining.discard)

    def _wait(self) -> None:
        """Let others wait outside, until some have left."""
        self._loop.remove_reader(self._socket)
        self._loop.call_later(_PAUSE, self._open_again)

    def _open_again(self) -> None:
        if self._socket.fileno() >= 0:
            self._loop.add_reader(self._socket, self._let_in, _AT_ONCE)


def _cannot_listen(settings: Settings, error: OSError) -> InputError:
    if error.errno == errno.EADDRINUSE:
        where = f"port={settings.port} of {settings.host}"
        return InputError(f"{where} is in use by another program. Choose another, or 0 for a free one.")
    where = f"host={settings.host!r}, port={settings.port}"
    return InputError(f"cannot listen on {where}: {error.strerror or error}. Choose others.")
