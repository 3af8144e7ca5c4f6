"""The listening socket: every client is admitted, even at the end."""

import asyncio
import socket
import sys
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor

import pytest

from convlet.errors import InputError
from convlet.serving import Settings
from convlet.serving import door as door_module
from convlet.serving.door import Door


class Came(asyncio.Protocol):
    """Counts connections."""

    count = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        Came.count += 1
        transport.close()


class Closing(socket.socket):
    """A listening socket to which a client comes right before it closes."""

    connected: bool | None = None

    def close(self) -> None:
        with socket.socket() as client:
            client.settimeout(0.2)
            Closing.connected = client.connect_ex(self.getsockname()) == 0
        super().close()


def _run(program: Callable[[], Coroutine[None, None, None]]) -> None:
    """Run it in a separate thread: a browser test may have left a loop running in this one."""
    with ThreadPoolExecutor(1) as threads:
        threads.submit(lambda: asyncio.run(program())).result()


@pytest.mark.parametrize("rounds", [0, 3])
def test_whoever_the_system_accepted_is_let_in(rounds) -> None:
    async def knock() -> None:
        door = Door(Settings(port=0))
        door.open(Came)
        clients = [socket.create_connection(("127.0.0.1", int(door.url.rpartition(":")[2]))) for _ in range(250)]
        for _ in range(rounds):
            await asyncio.sleep(0)
        await door.close()
        for client in clients:
            client.close()

    Came.count = 0
    _run(knock)
    assert Came.count == 250


@pytest.mark.skipif(sys.platform != "linux", reason="the filter is Linux's")
def test_nobody_is_connected_and_then_dropped() -> None:
    """A client that comes after the last accept is not connected: its request would be lost."""

    async def knock() -> None:
        door = Door(Settings(port=0))
        door._socket = Closing(fileno=door._socket.detach())
        door.open(Came)
        await door.close()

    _run(knock)
    assert Closing.connected is False


def test_two_doors_at_one_address() -> None:
    async def both() -> None:
        first = Door(Settings(port=0))
        first.open(Came)
        try:
            with pytest.raises(InputError, match="is in use by another program"):
                Door(Settings(port=int(first.url.rpartition(":")[2])))
        finally:
            first.discard()

    _run(both)


def test_where_a_loop_watches_few_sockets_the_others_wait_outside(monkeypatch) -> None:
    """As on Windows. Nobody is refused: who waits is let in when others have left."""
    monkeypatch.setattr(door_module, "_MOST", 5)
    monkeypatch.setattr(door_module, "_PAUSE", 0.01)
    inside: set[asyncio.BaseTransport] = set()
    most = [0]

    class Stays(asyncio.Protocol):
        def connection_made(self, transport: asyncio.BaseTransport) -> None:
            inside.add(transport)
            most[0] = max(most[0], len(inside))
            Came.count += 1

    async def knock() -> None:
        door = Door(Settings(port=0))
        door.open(Stays, lambda: len(inside))
        clients = [socket.create_connection(("127.0.0.1", int(door.url.rpartition(":")[2]))) for _ in range(12)]
        while Came.count < 12:
            await asyncio.sleep(0.01)
            if len(inside) == 5 or Came.count == 12:
                inside.pop().close()
        for transport in inside:
            transport.close()
        await door.close()
        for client in clients:
            client.close()

    Came.count = 0
    _run(lambda: asyncio.wait_for(knock(), 30))
    assert (Came.count, most[0]) == (12, 5)
