"""Access: a token, or a program on this machine that no page of another site sent here."""

import functools
import hmac
import ipaddress

from starlette.datastructures import Headers

from convlet.serving.refusal import RefusedError
from convlet.serving.settings import Settings


class Access:
    """The access rule of one server.

    With a token, every request must bring it. Without one, and without `insecure`, the server listens on this machine
    alone. The danger is then a web page that makes its reader's browser ask: under a name of its own that resolves to
    this machine (DNS rebinding), which the Host header shows, or by a plain form, which Origin shows.
    """

    def __init__(self, settings: Settings) -> None:
        self._token = settings.token.encode() if settings.token else None
        self._check_names = not (settings.token or settings.insecure)
        self._own = frozenset({"localhost", "127.0.0.1", "::1", settings.host.lower()})
        self._is_own_cached = functools.lru_cache(64)(self._is_own)

    def require(self, headers: Headers) -> None:
        """Check a request by its headers.

        Raises:
            RefusedError: 401, no token or a wrong one; 421, the request names another host; 403, a page of another
                site sent it.
        """
        if self._token is not None:
            scheme, _, given = headers.get("authorization", "").partition(" ")
            if scheme.lower() != "bearer" or not hmac.compare_digest(given.strip().encode(), self._token):
                challenge = {"www-authenticate": 'Bearer realm="convlet"'}
                message = "Send the server's token: Authorization: Bearer TOKEN"
                raise RefusedError(401, "unauthorized", message, challenge)
        elif self._check_names:
            host, origin = headers.get("host"), headers.get("origin")
            if host is not None and not self._is_own_cached(host):
                message = f"This server is localhost, not {host[:80]!r}. Start it with --token or --insecure."
                raise RefusedError(421, "wrong_host", message)
            if origin is not None and origin.rpartition("//")[2] != host:
                message = "Pages of other sites may not ask. Start the server with --token or --insecure."
                raise RefusedError(403, "wrong_origin", message)

    def _is_own(self, host: str) -> bool:
        """Return whether a Host header, with or without a port, names this machine."""
        text = host.strip().lower()
        name = text[1:].partition("]")[0] if text.startswith("[") else text.partition(":")[0]
        if name in self._own:
            return True
        try:
            return ipaddress.ip_address(name).is_loopback
        except ValueError:
            return False
