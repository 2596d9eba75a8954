"""What only sockets can show of every provider: resets, refused connections, the guard, headers as they are sent.

The provider answers over loopback here; everything else is asked with faked HTTP, in `test_every_provider.py`.
"""

import dataclasses
import socket

import pytest

from integrations.contract import Batch, Fate, Mode, Provider, Stop, Takes, one_by_one
from integrations.http import Http
from tests.integrations import recordings
from tests.integrations.family import AT, HTTP, asked, batch, each_mode, expected, skip_if_left_out, taken_as
from tests.integrations.provider_http import ProviderHttp


@each_mode
def test_a_server_is_asked_what_the_faked_provider_is_asked(provider: Provider, mode: Mode) -> None:
    faked_outcomes, faked = asked(provider, mode, "success")
    outcomes, real = asked(provider, mode, "success", wire=True)

    assert {o.fate for o in outcomes} == {o.fate for o in faked_outcomes} == taken_as(mode)
    assert real.taken == faked.taken
    if isinstance(faked.peer, ProviderHttp) and real.peer is not None:
        written = [(seen.method, seen.path, set(seen.headers) - {"host"}, len(seen.body)) for seen in real.peer.seen]
        assert written == [(seen.method, seen.path, set(seen.headers), len(seen.body)) for seen in faked.peer.seen]


@each_mode
def test_what_was_cut_off_is_repeated_only_where_that_is_safe(provider: Provider, mode: Mode) -> None:
    outcomes, _ = asked(provider, mode, "cut", 1, wire=True)

    assert [o.fate for o in outcomes] == [Fate.UNSURE if mode.repeat_safe_for is None else Fate.LATER]
    assert {o.fate for o in outcomes} == expected(provider, mode, "cut")


@each_mode
def test_nobody_is_lost_where_the_peer_cannot_be_reached(provider: Provider, mode: Mode) -> None:
    skip_if_left_out(provider, "unreachable")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    module = recordings.of(provider.key)
    settings = module.settings(port if provider.key == "smtp" else f"http://127.0.0.1:{port}")

    outcomes = list(one_by_one(mode.send(HTTP, settings, batch(provider, mode, 3))))

    assert [o.fate for o in outcomes] == [Fate.LATER] * 3
    assert not provider.check(HTTP, settings, AT).works


@each_mode
def test_a_private_address_stops_the_connection(provider: Provider, mode: Mode) -> None:
    skip_if_left_out(provider, "unreachable")
    with recordings.on_the_wire(provider.key, "success") as rehearsal:
        with pytest.raises(Stop, match="private"):
            list(mode.send(Http(), rehearsal.settings, batch(provider, mode, 1)))
        checked = provider.check(Http(), rehearsal.settings, AT)

    assert rehearsal.taken == []
    assert not checked.works
    assert "private" in checked.problems[0]


@each_mode
def test_nothing_can_add_a_header_a_recipient_or_a_key(provider: Provider, mode: Mode) -> None:
    if mode.takes is Takes.DATA:
        pytest.skip("values travel inside JSON")
    parts: dict[str, str] = recordings.of(provider.key).PARTS
    evil = '"\r\nBcc: eve@example.com\r\n\r\n.\r\nRCPT TO:<eve@example.com>\r\n'
    nasty = {name: evil if name == "from_name" else text.replace("%c%", evil) for name, text in parts.items() if name != "payload"}
    given = batch(provider, mode, 1)
    message = dataclasses.replace(
        given.messages[0], parts={**parts, **nasty}, slots={}, tags={"distribution": evil}, unsubscribe_url=f"https://x/{evil}"
    )
    with recordings.on_the_wire(provider.key, "success") as rehearsal:
        list(mode.send(HTTP, rehearsal.settings, Batch((message,))))

    assert not any("eve" in taken for taken in rehearsal.taken)
