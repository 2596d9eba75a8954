"""The contract, asked of every provider there is: whoever adds one adds recordings and a page, and is asked here."""

import dataclasses
import json
import os
import re
import socket
from collections.abc import Iterator, Mapping
from pathlib import Path
from urllib.parse import parse_qsl

import pytest
from jsonschema import Draft202012Validator

from integrations import catalogue
from integrations.contract import ID_KEYS, Batch, Config, Fate, Kind, Message, Mode, Outcome, Provider, Stop, Takes
from integrations.http import Http, Timeouts
from tests.integrations import recordings
from tests.integrations.standins import NOBODY_PHONE

ROOT = Path(__file__).parent.parent.parent
OPENAPI = Path(os.environ.get("OPENAPI_DOCUMENTS", ROOT.parent / "shared" / "openapi"))
AT = 1_700_000_000
HTTP = Http(("127.0.0.0/8",), Timeouts(connect=1, read=2, whole=3))

MODES = [pytest.param(p, m, id=f"{p.key}-{m.key}") for p in catalogue.providers() for m in p.modes]
PROVIDERS = [pytest.param(p, id=p.key) for p in catalogue.providers()]
each_mode = pytest.mark.parametrize(("provider", "mode"), MODES)
each_provider = pytest.mark.parametrize("provider", PROVIDERS)


class Read(Mapping[str, str]):
    """Settings that remember which fields were read."""

    def __init__(self, values: dict[str, str], read: set[str]) -> None:
        self.values_, self.read = values, read

    def __getitem__(self, key: str) -> str:
        self.read.add(key)
        return self.values_[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self.values_)

    def __len__(self) -> int:
        return len(self.values_)


def batch(provider: Provider, mode: Mode, count: int, nobody: int | None = None) -> Batch:
    """Messages with a slot each, or with data; number `nobody` is written to somebody the peer does not know."""
    if mode.takes is Takes.DATA:
        return data_batch(provider, mode, count, nobody)
    parts: dict[str, str] = recordings.of(provider.key).PARTS
    whole = {name: text for name, text in parts.items() if "%c%" not in text}
    names = [f"{'nobody' if number == nobody else 'dina'}{number}" for number in range(count)]
    by_phone = mode.identify_by == "phone"
    return Batch(
        tuple(
            Message(
                id=f"dlv_{number}",
                address=phone(number, number == nobody) if by_phone else f"{name}@example.com",
                parts=whole,
                slots={"%c%": f"{name} CODE-{number}"},
                unsubscribe_url=f"https://largesse.example/u/{number}",
                tags={"distribution": "distr_1", "channel": "c1"},
                attempt_at=AT,
            )
            for number, name in enumerate(names)
        ),
        {name: text for name, text in parts.items() if "%c%" in text},
    )


def data_batch(provider: Provider, mode: Mode, count: int, nobody: int | None) -> Batch:
    """As a field map sends it: values by name, no parts, no template; what was chosen for the channel stands in the options."""
    module = recordings.of(provider.key)
    chosen: dict[str, str] = getattr(module, "OPTIONS", {})
    data: dict[str, str] = getattr(module, "DATA", {"CODE": "CODE-%n"})
    names = [f"{'nobody' if number == nobody else 'dina'}{number}" for number in range(count)]
    return Batch(
        tuple(
            Message(
                id=f"dlv_{number}",
                address=f"{name}@example.com",
                data={key: value.replace("%n", str(number)) for key, value in data.items()},
                tags={"distribution": "distr_1"},
                attempt_at=AT,
                email=f"{name}@example.com",
                phone=f"+4477009{number:05d}",
            )
            for number, name in enumerate(names)
        ),
        options={one.key: chosen.get(one.key, one.default) for one in mode.options},
    )


def phone(number: int, nobody: bool = False) -> str:
    return f"{NOBODY_PHONE}{number:04}" if nobody else f"+44770{1_000_000 + number}"


def asked(
    provider: Provider, mode: Mode, situation: str, count: int = 3, nobody: int | None = 1
) -> tuple[list[Outcome], recordings.Rehearsal]:
    left_out = getattr(recordings.of(provider.key), "LEFT_OUT", {})
    if situation in left_out:
        pytest.skip(left_out[situation])
    with recordings.of(provider.key).peer(situation) as rehearsal:
        given = batch(provider, mode, count, nobody if situation == "partial" else None)
        outcomes = list(mode.send(HTTP, rehearsal.settings, given))
    assert sorted(o.message_id for o in outcomes) == sorted(m.id for m in given.messages), "one outcome for each message"
    return outcomes, rehearsal


def taken_as(mode: Mode) -> set[Fate]:
    """What a taken message is called: pending where the provider works on a job that is asked about."""
    return {Fate.PENDING} if mode.poll else {Fate.ACCEPTED}


def expected(provider: Provider, mode: Mode, situation: str) -> set[Fate]:
    """What becomes of messages; the modes of a provider may differ (`EXPECTED_OF`)."""
    module = recordings.of(provider.key)
    found: set[Fate] = {**module.EXPECTED, **getattr(module, "EXPECTED_OF", {}).get(mode.key, {})}[situation]
    return found


@each_mode
def test_everybody_is_served(provider: Provider, mode: Mode) -> None:
    outcomes, rehearsal = asked(provider, mode, "success")

    assert {o.fate for o in outcomes} == taken_as(mode)
    if not hasattr(recordings.of(provider.key), "TAKES_NOTHING"):
        wanted = [m.id if mode.takes is Takes.PAYLOAD else m.address for m in batch(provider, mode, 3).messages]
        assert rehearsal.taken == wanted


@each_mode
def test_one_refusal_costs_one_message(provider: Provider, mode: Mode) -> None:
    outcomes, _ = asked(provider, mode, "partial", 20 if provider.key == "sandbox" else 3)

    assert {o.fate for o in outcomes} == expected(provider, mode, "partial")
    assert all(o.reason for o in outcomes if o.fate not in taken_as(mode))
    if provider.key != "sandbox":
        assert [o.message_id for o in outcomes if o.fate not in taken_as(mode)] == ["dlv_1"]


@each_mode
def test_throttling_loses_nobody(provider: Provider, mode: Mode) -> None:
    outcomes, _ = asked(provider, mode, "throttled")

    assert {o.fate for o in outcomes} == {Fate.LATER}
    assert all(o.retry_after and o.retry_after >= getattr(recordings.of(provider.key), "PAUSE", 7) for o in outcomes)


@each_mode
def test_a_bad_key_stops_the_connection_and_refuses_nobody(provider: Provider, mode: Mode) -> None:
    with pytest.raises(Stop) as stopped:
        asked(provider, mode, "bad key")

    assert "hidden-word" not in str(stopped.value)
    assert "SECRET BYTES" not in str(stopped.value)


@each_mode
def test_an_error_of_the_server_is_never_a_refusal(provider: Provider, mode: Mode) -> None:
    outcomes, _ = asked(provider, mode, "server error")

    assert {o.fate for o in outcomes} == expected(provider, mode, "server error")
    assert not any("SECRET BYTES" in o.reason for o in outcomes)


@each_mode
def test_what_was_cut_off_is_repeated_only_where_that_is_safe(provider: Provider, mode: Mode) -> None:
    outcomes, _ = asked(provider, mode, "cut", 1)

    assert [o.fate for o in outcomes] == [Fate.UNSURE if mode.repeat_safe_for is None else Fate.LATER]
    assert {o.fate for o in outcomes} == expected(provider, mode, "cut")


@each_mode
def test_what_is_too_big_for_one_call_is_split(provider: Provider, mode: Mode) -> None:
    outcomes, _ = asked(provider, mode, "too big", mode.limits.items)

    assert {o.fate for o in outcomes} == expected(provider, mode, "too big")


@each_mode
def test_a_full_call_is_taken(provider: Provider, mode: Mode) -> None:
    outcomes, _ = asked(provider, mode, "success", mode.limits.items)

    assert {o.fate for o in outcomes} == taken_as(mode)


@each_mode
def test_nobody_is_lost_where_the_peer_cannot_be_reached(provider: Provider, mode: Mode) -> None:
    if "unreachable" in getattr(recordings.of(provider.key), "LEFT_OUT", {}):
        pytest.skip("calls nobody")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    module = recordings.of(provider.key)
    settings = module.settings(port if provider.key == "smtp" else f"http://127.0.0.1:{port}")

    outcomes = list(mode.send(HTTP, settings, batch(provider, mode, 3)))

    assert [o.fate for o in outcomes] == [Fate.LATER] * 3
    assert not provider.check(HTTP, settings, AT).works


@each_mode
def test_a_private_address_stops_the_connection(provider: Provider, mode: Mode) -> None:
    if "unreachable" in getattr(recordings.of(provider.key), "LEFT_OUT", {}):
        pytest.skip("calls nobody")
    with recordings.of(provider.key).peer("success") as rehearsal:
        with pytest.raises(Stop, match="private"):
            list(mode.send(Http(), rehearsal.settings, batch(provider, mode, 1)))
        checked = provider.check(Http(), rehearsal.settings, AT)

    assert rehearsal.taken == []
    assert not checked.works
    assert "private" in checked.problems[0]


@each_provider
def test_test_connection_says_what_is_wrong_in_our_words(provider: Provider) -> None:
    with recordings.of(provider.key).peer("success") as rehearsal:
        assert provider.check(HTTP, rehearsal.settings, AT).works
    assert rehearsal.taken == []
    if "bad key" in getattr(recordings.of(provider.key), "LEFT_OUT", {}):
        return
    with recordings.of(provider.key).peer("bad key") as rehearsal:
        checked = provider.check(HTTP, rehearsal.settings, AT)

    assert not checked.works
    assert checked.problems
    assert all(word not in " ".join(checked.problems) for word in ("hidden-word", "SECRET BYTES"))


@each_provider
def test_every_declared_field_is_used(provider: Provider) -> None:
    read: set[str] = set()
    with recordings.of(provider.key).peer("success") as rehearsal:
        for more in ({}, *getattr(recordings.of(provider.key), "MORE_SETTINGS", ())):
            settings = Read(rehearsal.settings | more, read)
            for mode in provider.modes:
                list(mode.send(HTTP, settings, batch(provider, mode, 1)))
            provider.check(HTTP, settings, AT)
            if provider.prerequisites:
                provider.prerequisites(HTTP, settings, ("CODE",))
    if provider.receive:
        provider.receive(settings, recordings.of(provider.key).RECEIPTS[0][0])

    assert read - set(ID_KEYS) == {f.key for f in provider.fields} - set(ID_KEYS) == set(rehearsal.settings) - set(ID_KEYS)


@each_provider
def test_fields_are_checked_in_words(provider: Provider) -> None:
    with recordings.of(provider.key).peer("success") as rehearsal:
        for f in provider.fields:
            if f.key in ID_KEYS:
                continue  # declared once, in the contract
            if f.check is None:
                assert f.kind in {Kind.CHOICE, Kind.SWITCH} or not f.required, f.key
                continue
            assert f.check(rehearsal.settings[f.key]) is None
            assert str(f.check("\x00 nonsense \x00")).endswith("."), f.key
            if f.default:
                assert f.check(f.default) is None
            if f.made:
                assert f.check(f.made()) is None


def schema_of(name: str, path: str) -> Draft202012Validator:
    """What the published document wants posted to a path."""
    text = (OPENAPI / name).read_text()
    document = json.loads(text) if name.endswith(".json") else pytest.importorskip("yaml").safe_load(text)
    wanted = document["paths"][path]["post"]["requestBody"]
    wanted = document["components"]["requestBodies"][wanted["$ref"].rpartition("/")[2]] if "$ref" in wanted else wanted
    (content,) = wanted["content"].values()
    return Draft202012Validator({**content["schema"], "components": document.get("components", {})})


@each_provider
def test_requests_fit_the_published_openapi(provider: Provider) -> None:
    """`OPENAPI` of the recordings: path that is asked -> document and the path in it; all paths together where there is only one."""
    if not hasattr(recordings.of(provider.key), "OPENAPI"):
        pytest.skip(f"{provider.name} publishes no OpenAPI document")
    published: dict[str, tuple[str, str]] | tuple[str, str] = recordings.of(provider.key).OPENAPI
    published = published if isinstance(published, dict) else {published[1]: published}
    if missing := [name for name, _ in published.values() if not (OPENAPI / name).exists()]:
        pytest.skip(f"left out: {OPENAPI / missing[0]} is not on this machine")
    schemas = {asked: schema_of(*where) for asked, where in published.items()}

    with recordings.of(provider.key).peer("success") as rehearsal:
        for mode in provider.modes:
            list(mode.send(HTTP, rehearsal.settings, batch(provider, mode, 3)))
            list(mode.send(HTTP, rehearsal.settings, batch(provider, mode, 1)))

    assert rehearsal.peer is not None
    assert {seen.path for seen in rehearsal.peer.seen} >= set(schemas)
    for seen in rehearsal.peer.seen:
        if seen.path in schemas:
            form = seen.headers["content-type"] == "application/x-www-form-urlencoded"
            said = dict(parse_qsl(seen.body.decode())) if form else json.loads(seen.body)
            assert [e.message for e in schemas[seen.path].iter_errors(said)] == []


@each_provider
def test_receipts_are_believed_by_their_signature(provider: Provider) -> None:
    if provider.receive is None:
        assert not any(mode.has_receipts for mode in provider.modes)
        return
    with recordings.of(provider.key).peer("success") as rehearsal:
        settings = rehearsal.settings
    for request, receipt in recordings.of(provider.key).RECEIPTS:
        received = provider.receive(settings, request)
        assert (received.genuine, received.receipts) == (True, (receipt,))
        if not getattr(recordings.of(provider.key), "SIGNS", True):
            assert not received.signed
            continue
        forged = provider.receive(settings, dataclasses.replace(request, body=request.body.replace(b"e", b"3")))
        without = getattr(recordings.of(provider.key), "unsigned", lambda given: dataclasses.replace(given, headers={}))
        unsigned = provider.receive(settings, without(request))

        assert received.signed
        if getattr(recordings.of(provider.key), "SEALED", True):
            assert not forged.genuine
            assert not forged.receipts
        assert not unsigned.genuine


@each_provider
def test_a_receipt_that_is_nonsense_is_not_believed(provider: Provider) -> None:
    if provider.receive is None:
        return
    with recordings.of(provider.key).peer("success") as rehearsal:
        settings = {**rehearsal.settings, "verification_key": ""}
    for body in (b"", b"{", b"\xff"):
        assert not provider.receive(settings, dataclasses.replace(recordings.of(provider.key).RECEIPTS[0][0], body=body)).genuine


@each_provider
def test_it_has_an_icon_a_page_and_words(provider: Provider) -> None:
    assert f'id="{provider.icon}"' in (ROOT / "static" / "icons.svg").read_text()
    page = (ROOT / "docs" / "providers" / f"{provider.key}.md").read_text()
    assert page.startswith(f"# {provider.name}\n")
    for f in provider.fields:
        assert f"| {f.label} |" in page, f"docs/providers/{provider.key}.md does not name {f.label}"
    assert provider.about.endswith(".")
    assert bool(provider.receive) == ("{url}" in provider.receipts_help)


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
    with recordings.of(provider.key).peer("success") as rehearsal:
        list(mode.send(HTTP, rehearsal.settings, Batch((message,))))

    assert not any("eve" in taken for taken in rehearsal.taken)


class OnlyHeads(dict[str, str]):
    """Parts that are expensive to make: nobody may ask for what the template has."""

    def __getitem__(self, name: str) -> str:
        assert "%c%" not in super().__getitem__(name), f"{name} was assembled although the template has it"
        return super().__getitem__(name)

    def get(self, name: str, default: str = "") -> str:  # type: ignore[override]
        return self[name] if name in self else default  # noqa: SIM401 - this is get


@each_mode
def test_what_the_template_has_is_not_assembled_for_each_recipient(provider: Provider, mode: Mode) -> None:
    if mode.takes is Takes.DATA:
        pytest.skip("has no template")
    given = batch(provider, mode, 2)
    parts: dict[str, str] = recordings.of(provider.key).PARTS
    messages = tuple(dataclasses.replace(m, parts=OnlyHeads(parts)) for m in given.messages)
    with recordings.of(provider.key).peer("success") as rehearsal:
        outcomes = list(mode.send(HTTP, rehearsal.settings, Batch(messages, given.template)))

    assert {o.fate for o in outcomes} == {Fate.ACCEPTED}


def test_keys_are_modules_and_words() -> None:
    for key in catalogue.keys():  # noqa: SIM118
        assert catalogue.provider(key).key == key
        assert re.fullmatch(r"[a-z][a-z0-9]*", key)
    with pytest.raises(KeyError):
        catalogue.provider("../etc")


def test_config_is_not_stop() -> None:
    assert not issubclass(Config, Stop)
