"""Which settings decide where a secret goes? Asked of every provider: the ones it names, and no others, change whom it calls."""

import base64
import re
from collections.abc import Mapping
from urllib.parse import urlsplit

import requests
import responses

from integrations.contract import ConnectionField, Kind, Provider
from tests.integrations import recordings
from tests.integrations.family import AT, HTTP, each_provider
from tests.integrations.provider_http import METHODS

OTHERS = ("https://other.example", "other.example", "other", "1", "25", "+447700900018", "ann@other.example", "a" * 32)


def calls(provider: Provider, settings: Mapping[str, str]) -> list[requests.PreparedRequest]:
    """What Test connection asks over HTTP with these settings; everything answers with an empty object."""
    seen: list[requests.PreparedRequest] = []

    def answer(request: requests.PreparedRequest) -> tuple[int, dict[str, str], bytes]:
        seen.append(request)
        return 200, {"Content-Type": "application/json"}, b"{}"

    with responses.RequestsMock(assert_all_requests_are_fired=False) as faked:
        for method in METHODS:
            faked.add_callback(method, re.compile(".*", re.DOTALL), answer, content_type=None)
        provider.check(HTTP, settings, AT)
    return seen


def servers(provider: Provider, settings: Mapping[str, str]) -> set[str]:
    return {f"{urlsplit(str(call.url)).scheme}://{urlsplit(str(call.url)).netloc}" for call in calls(provider, settings)}


def settings_of(provider: Provider) -> dict[str, str]:
    with recordings.rehearse(provider.key, "success") as rehearsal:
        return dict(rehearsal.settings)


def others(one: ConnectionField, now: str) -> list[str]:
    """Other values that this field takes."""
    if one.kind is Kind.SWITCH:
        return ["" if now else "yes"]
    wanted = [value for value, _ in one.choices] if one.choices else OTHERS
    return [value for value in wanted if value != now and (one.check is None or one.check(value) is None)]


@each_provider
def test_only_a_field_that_says_so_changes_the_server(provider: Provider) -> None:
    settings = settings_of(provider)
    before = servers(provider, settings)
    for one in provider.fields:
        if one.host or one.secret:
            continue
        for value in others(one, settings.get(one.key, "")):
            after = servers(provider, {**settings, one.key: value})
            assert after <= before or not before, f"{one.key} = {value} leads to {after - before}: it needs host=True"


@each_provider
def test_a_secret_that_stays_is_never_sent(provider: Provider) -> None:
    settings = settings_of(provider)
    for one in provider.fields:
        if one.secret and settings.get(one.key) and one.stays:
            assert settings[one.key] not in sent(provider, settings), one.key


def sent(provider: Provider, settings: Mapping[str, str]) -> str:
    """Everything that left, with what is hidden in Basic credentials."""
    text = ""
    for call in calls(provider, settings):
        basic = str(call.headers.get("Authorization", "")).removeprefix("Basic ")
        decoded = base64.b64decode(basic).decode(errors="replace") if re.fullmatch(r"[A-Za-z0-9+/=]+", basic) else ""
        text += f"{call.url} {dict(call.headers)} {decoded} {call.body!r}"
    return text


@each_provider
def test_who_has_a_secret_to_send_says_what_decides_where_to(provider: Provider) -> None:
    if any(one.secret and not one.stays for one in provider.fields):
        assert any(one.host for one in provider.fields)
