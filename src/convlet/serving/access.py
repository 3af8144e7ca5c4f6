"""Who may ask: a token, or a program of this machine that was not sent here by a page of another site."""

import functools
import hmac
import ipaddress

from convlet.serving.refusal import RefusedError
from convlet.serving.request import Request
from convlet.serving.settings import Settings


class Access:
    """The rule for one server.

    With a token every request must bring it. Without one, and without `insecure`, the server listens on this machine alone, and what must
    be kept out is a web page that makes its reader's browser ask: by a name of its own that leads here (DNS rebinding), told by
    the Host header, or by a plain form, told by Origin.
    """

    def __init__(self, settings: Settings) -> None:
        self._token = settings.token.encode() if settings.token else None
        self._check_names = not (settings.token or settings.insecure)
        self._own = frozenset({"localhost", "127.0.0.1", "::1", settings.host.lower()})
        self._is_own_cached = functools.lru_cache(64)(self._is_own)

    def require(self, request: Request) -> None:
        """Let a request pass or not.

        Raises:
            RefusedError: 401, no token or a wrong one; 421, another host was meant; 403, sent by a page of another site.
        """
        if self._token is not None:
            scheme, _, given = request.headers.get("authorization", "").partition(" ")
            if scheme.lower() != "bearer" or not hmac.compare_digest(given.strip().encode(), self._token):
                challenge = {"www-authenticate": 'Bearer realm="convlet"'}
                raise RefusedError(
                    401, "unauthorized", "Send the server's token: Authorization: Bearer TOKEN", challenge
                )
        elif self._check_names:
            host = request.headers.get("host")
            if host is not None and not self._is_own_cached(host):
                raise RefusedError(
                    421,
                    "wrong_host",
                    f"This server answers as localhost, not as {host[:80]!r}. Start it with --token or --insecure.",
                )
            origin = request.headers.get("origin")
            if origin is not None and origin.rpartition("//")[2] != host:
                raise RefusedError(
                    403,
                    "wrong_origin",
                    "A page of another site may not ask. Start the server with --token or --insecure.",
                )

    def _is_own(self, host: str) -> bool:
        """Whether a Host header, with or without a port, names this machine."""
        text = host.strip().lower()
        name = text[1:].partition("]")[0] if text.startswith("[") else text.partition(":")[0]
        if name in self._own:
            return True
        try:
            return ipaddress.ip_address(name).is_loopback
        except ValueError:
            return False
