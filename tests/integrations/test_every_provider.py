"""The contract, asked of every provider there is: whoever adds one adds recordings, a stand-in and a page, and is asked here."""

import dataclasses
import json
import re
from collections.abc import Iterator, Mapping
from urllib.parse import parse_qsl

import pytest

from integrations import catalogue
from integrations.contract import ID_KEYS, Batch, Config, Fate, Kind, Mode, PeerTrouble, Provider, Stop, Takes, one_by_one
from tests.integrations import published as published_by
from tests.integrations import recordings, standins
from tests.integrations.family import AT, HTTP, ROOT, asked, batch, each_mode, each_provider, expected, skip_if_left_out, taken_as


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


@each_provider
def test_nothing_is_left_to_look_up(provider: Provider) -> None:
    """`make new-provider` writes LOOK UP wherever only the provider's documentation has the answer."""
    left = left_to_look_up(provider.key)
    assert not left, "\n".join(left)


def left_to_look_up(key: str) -> list[str]:
    """File, line and text of every LOOK UP in what belongs to a provider."""
    places = (f"integrations/providers/{key}*", f"tests/integrations/recordings/{key}.py", f"tests/integrations/standins/{key}.py")
    named = [path for place in (*places, f"docs/providers/{key}.md") for path in ROOT.glob(place)]
    files = [file for path in named for file in (path.rglob("*.py") if path.is_dir() else [path])]
    return [
        f"{file.relative_to(ROOT)}:{number}: {line.strip()}"
        for file in sorted(files)
        for number, line in enumerate(file.read_text().splitlines(), 1)
        if "LOOK UP" in line
    ]


@each_provider
def test_it_has_a_stand_in_that_a_whole_run_is_sent_through(provider: Provider) -> None:
    skip_if_left_out(provider, "stand-in")

    has_one = provider.key in set(standins.keys())
    assert has_one, f"write tests/integrations/standins/{provider.key}.py: it counts and remembers over a whole run"
    standin = standins.of(provider.key)
    assert standin.MODE in {mode.key for mode in provider.modes}
    assert set(standin().settings("https://api.provider.example")) == {f.key for f in provider.fields}


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
    told = [o for o in outcomes if o.trouble is not PeerTrouble.UNTRIED]
    if provider.key == "smtp":  # greylisting is about one mail
        assert all(o.retry_after and o.wait is None for o in told)
    else:
        assert all(o.wait and o.wait.seconds >= getattr(recordings.of(provider.key), "PAUSE", 7) and o.wait.why for o in told)
        assert all(o.retry_after is None for o in told), "it is no wait of a single message"


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
def test_what_is_too_big_for_one_call_is_split(provider: Provider, mode: Mode) -> None:
    outcomes, _ = asked(provider, mode, "too big", mode.limits.items)

    assert {o.fate for o in outcomes} == expected(provider, mode, "too big")


@each_mode
def test_a_full_call_is_taken(provider: Provider, mode: Mode) -> None:
    outcomes, _ = asked(provider, mode, "success", mode.limits.items)

    assert {o.fate for o in outcomes} == taken_as(mode)


@each_provider
def test_test_connection_says_what_is_wrong_in_our_words(provider: Provider) -> None:
    with recordings.rehearse(provider.key, "success") as rehearsal:
        assert provider.check(HTTP, rehearsal.settings, AT).works
    assert rehearsal.taken == []
    if "bad key" in getattr(recordings.of(provider.key), "LEFT_OUT", {}):
        return
    with recordings.rehearse(provider.key, "bad key") as rehearsal:
        checked = provider.check(HTTP, rehearsal.settings, AT)

    assert not checked.works
    assert checked.problems
    assert all(word not in " ".join(checked.problems) for word in ("hidden-word", "SECRET BYTES"))


@each_provider
def test_every_declared_field_is_used(provider: Provider) -> None:
    read: set[str] = set()
    with recordings.rehearse(provider.key, "success") as rehearsal:
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
    with recordings.rehearse(provider.key, "success") as rehearsal:
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


@each_provider
def test_requests_fit_the_published_openapi(provider: Provider) -> None:
    """`OPENAPI` of the recordings: path that is asked -> document and the path in it; all paths together where there is only one.
    `CLOSED` there: fields that the document does not know are mistakes, too."""
    if not hasattr(recordings.of(provider.key), "OPENAPI"):
        pytest.skip(f"{provider.name} publishes no OpenAPI document")
    published: dict[str, tuple[str, str]] | tuple[str, str] = recordings.of(provider.key).OPENAPI
    published = published if isinstance(published, dict) else {published[1]: published}
    closed = getattr(recordings.of(provider.key), "CLOSED", False)
    schemas = {asked: published_by.judge(*where, closed=closed) for asked, where in published.items()}

    with recordings.rehearse(provider.key, "success") as rehearsal:
        for mode in provider.modes:
            list(mode.send(HTTP, rehearsal.settings, batch(provider, mode, 3)))
            list(mode.send(HTTP, rehearsal.settings, batch(provider, mode, 1)))
            for more in getattr(recordings.of(provider.key), "MORE_SETTINGS", ()):
                list(mode.send(HTTP, rehearsal.settings | more, batch(provider, mode, 3)))

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
    with recordings.rehearse(provider.key, "success") as rehearsal:
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
    with recordings.rehearse(provider.key, "success") as rehearsal:
        settings = {**rehearsal.settings, "verification_key": ""}
    deep = b"[" * 65 + b"]" * 65
    for body in (b"", b"{", b"\xff", b"[" * 100_000, b'{"data": ' + deep + b"}", b"mandrill_events=" + deep):
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


class OnlyHeads(dict[str, str]):
    """Parts that are expensive to make: nobody may ask for what the template has."""

    def __getitem__(self, name: str) -> str:
        assert "%c%" not in super().__getitem__(name), f"{name} was assembled although the template has it"
        return super().__getitem__(name)

    def get(self, name: str, default: str = "") -> str:
        return self[name] if name in self else default  # noqa: SIM401 - this is get


@each_mode
def test_what_the_template_has_is_not_assembled_for_each_recipient(provider: Provider, mode: Mode) -> None:
    if mode.takes is Takes.DATA:
        pytest.skip("has no template")
    given = batch(provider, mode, 2)
    parts: dict[str, str] = recordings.of(provider.key).PARTS
    messages = tuple(dataclasses.replace(m, parts=OnlyHeads(parts)) for m in given.messages)
    with recordings.rehearse(provider.key, "success") as rehearsal:
        outcomes = list(one_by_one(mode.send(HTTP, rehearsal.settings, Batch(messages, given.template))))

    assert {o.fate for o in outcomes} == {Fate.ACCEPTED}


def test_keys_are_modules_and_words() -> None:
    for key in catalogue.keys():  # noqa: SIM118 - a function of the catalogue
        assert catalogue.provider(key).key == key
        assert re.fullmatch(r"[a-z][a-z0-9_]*", key)
    with pytest.raises(KeyError):
        catalogue.provider("../etc")


def test_config_is_not_stop() -> None:
    assert not issubclass(Config, Stop)
