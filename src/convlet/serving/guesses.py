"""Slow down whoever tries out tokens, by address."""

import ipaddress
import math
from time import monotonic

from convlet.serving import limits
from convlet.serving.refusal import RefusedError

_ADDRESSES = 10_000  # remembered at most, the latest
_PREFIX = 64  # bits of an IPv6 address that one subscriber has


class Guesses:
    """The wrong tokens of each address: `limits.WRONG_TOKENS` at once, then one a second.

    Beyond, whatever the address sends is refused unseen, as even a late "wrong" would be an answer. Behind a proxy all
    clients have one address, so the proxy should limit them itself.
    """

    def __init__(self) -> None:
        self._until: dict[str, float] = {}  # by address, when all of its wrong tokens are forgotten

    def add(self, address: str) -> None:
        """Count a wrong token."""
        key, now = _key(address), monotonic()
        until = max(now, self._until.pop(key, now)) + 1
        if len(self._until) >= _ADDRESSES:
            self._until.pop(next(iter(self._until)))
        self._until[key] = until

    def require_few(self, address: str) -> None:
        """Refuse an address of too many wrong tokens.

        Raises:
            RefusedError: 429, for as many seconds as Retry-After says.
        """
        wait = self._until.get(_key(address), 0.0) - monotonic() - limits.WRONG_TOKENS + 1
        if wait > 0:
            seconds = math.ceil(wait)
            message = f"Too many wrong tokens came from this address. Try again in {seconds} s."
            raise RefusedError(429, "too_many_guesses", message, {"retry-after": str(seconds)})


def _key(address: str) -> str:
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address
    mapped = getattr(found, "ipv4_mapped", None)
    if found.version == 4 or mapped:
        return str(mapped or found)
    return str(ipaddress.ip_network(f"{found}/{_PREFIX}", strict=False))
