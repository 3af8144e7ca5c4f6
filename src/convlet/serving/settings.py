"""Check the settings of `convlet serve` before anything is opened."""

import ipaddress
import re
import socket
from dataclasses import dataclass
from pathlib import Path

from convlet.errors import InputError, UsageError

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_TOKEN = re.compile(r"[A-Za-z0-9._~+/=-]{8,512}")  # RFC 6750; long enough to resist guessing


@dataclass(frozen=True, kw_only=True)
class Settings:
    """How to serve a model.

    Attributes:
        host: the address or name to listen on. One that other machines can reach needs `token` or `insecure`.
        port: 0 to 65535; 0 picks a free one.
        token: every request must send it as `Authorization: Bearer TOKEN`, except health checks and the page's files;
            None for no token.
        insecure: answer everyone, whatever Host and Origin they send.
        name: the model's name in the Open Inference Protocol; None for DATASET-RECIPE.
        deadline: seconds from a request's first byte to its answer, 0.05 to 600; after that it is refused and its work
            skipped.
        queue: number of small images that may wait, 1 to 10,000; more are refused.
        threads: threads for small images, 1 to 64. More than one helps a large net on many cores and slows a small
            one, whose pictures take Python longer to read than onnxruntime to classify. Larger pictures and pages have
            one thread each.
        teach: a folder: people may teach the model, and their examples are kept there.

    Raises:
        UsageError: a value is out of range, other machines can reach the address without `token` or `insecure`, or
            anyone could teach.
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
    teach: Path | None = None

    def __post_init__(self) -> None:
        for option, value, low, high in (
            ("port", self.port, 0, 65535),
            ("deadline", self.deadline, 0.05, 600),
            ("queue", self.queue, 1, 10_000),
            ("threads", self.threads, 1, 64),
        ):
            if not low <= value <= high:
                raise UsageError(f"{option}={value} is out of range. Expected {low} to {high}.")
        if self.name is not None and not _NAME.fullmatch(self.name):
            raise UsageError(
                f"name={self.name!r} cannot be part of an address. Expected up to 64 letters, digits and any of . _ -"
            )
        if self.token is not None and not _TOKEN.fullmatch(self.token):
            expected = "8 to 512 letters, digits and any of . _ ~ + / = -"
            raise UsageError(f"The token is too short or has other characters. Expected {expected}")
        if self.teach is not None and self.insecure:
            raise UsageError(
                "insecure=True lets anyone change the model. Set token='...' (or CONVLET_TOKEN) instead: "
                "each of those who teach must send it."
            )
        if not (self.token or self.insecure or self.local):
            raise UsageError(
                f"host={self.host!r} is open to other machines. Set token='...' (or CONVLET_TOKEN), which each of them "
                "must send, or insecure=True to answer anyone."
            )

    @property
    def local(self) -> bool:
        """Whether only this machine can reach the host."""
        return all(ipaddress.ip_address(address.partition("%")[0]).is_loopback for _, address in self.addresses())

    def addresses(self) -> list[tuple[socket.AddressFamily, str]]:
        """Return the families and addresses of the host.

        Raises:
            InputError: there is no such host.
        """
        try:
            found = socket.getaddrinfo(self.host, self.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
        except (OSError, UnicodeError) as error:
            raise InputError(
                f"there is no host {self.host!r} ({error}). Expected an address of this machine, such as 127.0.0.1."
            ) from error
        return [(family, str(where[0])) for family, _, _, _, where in found]
