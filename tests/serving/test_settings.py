"""The settings of a server."""

import pytest

from convlet.errors import InputError, UsageError
from convlet.serving import Settings
from tests.serving.running import TOKEN


class TestSettings:
    @pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1"])
    def test_other_machines_need_a_token(self, host) -> None:
        with pytest.raises(UsageError, match="token="):
            Settings(host=host)
        assert Settings(host=host, token=TOKEN).host == host
        assert Settings(host=host, insecure=True).host == host

    @pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "::1", "127.8.8.8"])
    def test_this_machine_needs_none(self, host) -> None:
        assert Settings(host=host).local

    @pytest.mark.parametrize(
        ("change", "said"),
        [
            ({"port": 65536}, "port=65536"),
            ({"port": -1}, "port=-1"),
            ({"deadline": 0}, "deadline=0"),
            ({"deadline": float("nan")}, "deadline=nan"),
            ({"queue": 0}, "queue=0"),
            ({"threads": 0}, "threads=0"),
            ({"name": "a/b"}, "name="),
            ({"token": ""}, "token"),
            ({"token": "short"}, "token"),
            ({"token": "with spaces in it"}, "token"),
        ],
    )
    def test_what_cannot_be(self, change, said) -> None:
        with pytest.raises(UsageError, match=said):
            Settings(**change)

    def test_no_such_host(self) -> None:
        with pytest.raises(InputError, match="there is no host"):
            Settings(host="no such host")
