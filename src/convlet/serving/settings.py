"""What `convlet serve` can be told, checked before anything is opened."""

import ipaddress
import re
import socket
from dataclasses import dataclass

from convlet.errors import InputError, UsageError

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_TOKEN = re.compile(r"[A-Za-z0-9._~+/=-]{8,512}")  # RFC 6750, and long enough not to be guessed in a minute


@dataclass(frozen=True, kw_only=True)
class Settings:
    """How a model is served.

    Attributes:
        host: the address or name to listen on. Any other than this machine's own needs a token, or `insecure`.
        port: 0 to 65535; 0 for one that is free.
        token: what every request must bring as `Authorization: Bearer TOKEN`, health checks and the page's files apart; None for nothing.
        insecure: whoever reaches the address is answered, whatever Host and Origin it names.
        name: the model's name in the Open Inference Protocol; None for DATASET-RECIPE.
        deadline: seconds from a request's first byte to its answer; afterwards it is refused and not worked on.
        queue: small images that may wait; further requests are refused.
        threads: threads that answer small images; more than one helps a large net on many cores, and costs a small one, whose pictures
            take Python longer to read than onnxruntime to classify. Larger pictures and pages have one each.

    Raises:
        UsageError: one of them cannot be, or the address is open to others and neither token nor `insecure` was given.
        InputError: there is no such host.
    """

    host: str = "127.0.0.1"
    port: int = 8000
    token: str | None = None
    insecure: bool = False
    name: str | None = None
    deadline: float = 10.0
    queue: int = 64
    threads: int = 1

    def __post_init__(self) -> None:
        for option, value, low, high in (
            ("port", self.port, 0, 65535),
            ("deadline", self.deadline, 0.05, 600),
            ("queue", self.queue, 1, 10_000),
            ("threads", self.threads, 1, 64),
        ):
            if not low <= value <= high:
                raise UsageError(f"--{option} {value} cannot be. Expected {low} to {high}.")
        if self.name is not None and not _NAME.fullmatch(self.name):
            raise UsageError(
                f"--name {self.name!r} cannot stand in an address. Expected letters, digits, '.', '_' and '-', 64 at most."
            )
        if self.token is not None and not _TOKEN.fullmatch(self.token):
            raise UsageError(
                "The token is too short or holds odd characters. Expected 8 to 512 letters, digits and any of . _ ~ + / = -"
            )
        if not (self.token or self.insecure or self.local):
            raise UsageError(
                f"--host {self.host} lets other machines ask. Give --token TEXT (or CONVLET_TOKEN), which each of them must send, "
                "or --insecure to answer anyone."
            )

    @property
    def local(self) -> bool:
        """Whether the host is this machine alone."""
        return all(ipaddress.ip_address(address.partition("%")[0]).is_loopback for _, address in self.addresses())

    def addresses(self) -> list[tuple[socket.AddressFamily, str]]:
        """The families and addresses that the host stands for.

        Raises:
            InputError: there is no such host.
        """
        try:
            found = socket.getaddrinfo(self.host, self.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
        except (OSError, UnicodeError) as error:
            raise InputError(
                f"there is no host {self.host!r} ({error}). Expected an address of this machine, as 127.0.0.1."
            ) from error
        return [(family, str(where[0])) for family, _, _, _, where in found]
