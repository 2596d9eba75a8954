"""Every fault of a provider, asked of every mode there is: the true end, the words, and nothing that outlives the call."""

import re

import pytest

from integrations import catalogue
from integrations.contract import Batch, Config, Fate, Mode, Outcome, PeerTrouble, Provider, Settings, Stop, one_by_one
from integrations.http import Deadlines, Http
from tests.integrations import recordings
from tests.integrations.family import ROOT, batch, each_mode, skip_if_left_out
from tests.integrations.fault_table import ENDS, HTTP, SMTP, column, expected, markdown
from tests.integrations.faults import HTTP_FAULTS, REPLIES, STEPS, http_peer, mail_server
from tests.integrations.peer import answering
from tests.integrations.recordings import smtp as recorded_smtp
from tests.integrations.replies import Reply, Seen

SILENT = {"silence", "an answer that drips"}
"""Faults that end at a deadline: it comes soon. The others have all the time that a busy machine takes."""
LONG = Http(("127.0.0.0/8",), Deadlines(connect=20, single=20, batch=20))
SOON = Http(("127.0.0.0/8",), Deadlines(connect=0.5, single=0.15, batch=0.3))
MAIL = Http(("127.0.0.0/8",), Deadlines(connect=0.5, single=0.3, batch=0.6))
MODES = [(p, m) for p in catalogue.providers() for m in p.modes if p.key not in {"smtp", "sandbox"}]


def end(mode: Mode, settings: Settings, given: Batch, soon: bool = True) -> tuple[str, str, list[Outcome]]:
    """What became of the first message, in a word of the table, and in the words that people read; and all outcomes."""
    outcomes: list[Outcome] = []
    try:
        way = MAIL if mode.key == "mail" and "per_connection" in settings else SOON if soon else LONG
        outcomes.extend(one_by_one(mode.send(way.for_call(), settings, given)))
    except Stop as stop:
        return "stops", str(stop), outcomes
    except Config as config:
        return "config", str(config), outcomes
    first = outcomes[0]
    if first.wait is not None:
        return "waits", first.wait.why, outcomes
    if first.fate is Fate.LATER and first.trouble is not PeerTrouble.NONE:
        return first.trouble.value, first.reason, outcomes
    return ("accepted" if first.fate is Fate.PENDING else first.fate.value), first.reason, outcomes


@pytest.mark.parametrize("fault", HTTP)
def test_every_mode_ends_in_the_truth(fault: str) -> None:
    wrong = {}
    with http_peer(fault) as url:
        for provider, mode in MODES:
            given = batch(provider, mode, 2)
            found, words, outcomes = end(mode, recordings.of(provider.key).settings(url), given, fault in SILENT)
            name = f"{provider.key}-{mode.key}"
            if found != expected(fault, provider, mode):
                wrong[name] = found
            if found in {"stops", "config"}:
                assert outcomes == [], name
            else:
                assert sorted(o.message_id for o in outcomes) == sorted(m.id for m in given.messages), name
            if found != "accepted":
                assert re.search(r"^\S.* .*[.]$", words), f"{name} says no sentence: {words}"
                assert re.search(rf"{provider.name}|The address|127\.0\.0\.1|nowhere|audience|too (big|long)|text", words), (
                    f"{name}: {words}"
                )
            assert "SECRET" not in words
            if (provider.key, mode.key) == ("sendgrid", "mail"):
                assert words == HTTP[fault][1]
    assert wrong == {}, f"expected {HTTP[fault][0]}"


@pytest.mark.parametrize("step", STEPS)
def test_a_mail_ends_in_the_truth_whatever_its_server_does_and_where(step: str) -> None:
    smtp = catalogue.provider("smtp")
    found = {}
    for reply in REPLIES:
        with mail_server(step, reply) as port:
            settings = recorded_smtp.settings(port) | {"signing": "none", "security": "starttls" if step == "STARTTLS" else "plain"}
            found[reply], words, outcomes = end(smtp.modes[0], settings, batch(smtp, smtp.modes[0], 2))
        assert "SECRET" not in words
        assert words
        if reply in {"drop", "silence"} and step in STEPS[4:]:
            assert outcomes[1].trouble is PeerTrouble.UNTRIED, "after one that broke nobody else is tried"
    assert found == SMTP[step]


def test_a_handshake_that_is_cut_sent_nothing() -> None:
    smtp = catalogue.provider("smtp")
    with mail_server("STARTTLS", "cut") as port:
        settings = recorded_smtp.settings(port) | {"signing": "none", "security": "starttls"}
        found, words, _ = end(smtp.modes[0], settings, batch(smtp, smtp.modes[0], 2))

    assert found == "unreached"
    assert "127.0.0.1 broke" in words


def test_the_table_asks_every_fault_and_knows_every_end() -> None:
    assert set(HTTP) == set(HTTP_FAULTS)
    assert set(SMTP) == set(STEPS)
    assert {end for ends, _ in HTTP.values() for end in ends} | {end for ends in SMTP.values() for end in ends.values()} == set(ENDS)
    assert {column(mode) for _, mode in MODES} == {0, 1, 2}


def test_the_documentation_has_this_very_table() -> None:
    assert markdown() in (ROOT / "docs" / "reliability.md").read_text(), "python -m tests.integrations.fault_table prints it"


@each_mode
def test_nothing_a_provider_sets_outlives_the_call(provider: Provider, mode: Mode) -> None:
    skip_if_left_out(provider, "unreachable")
    if provider.key == "smtp":
        pytest.skip("a mail server sets no cookies")
    module, taken = recordings.of(provider.key), list[str]()

    def reply(seen: Seen) -> Reply:
        told = module.answer("success", seen, taken)
        assert not isinstance(told, str)
        status, headers, body = told
        return status, {**headers, "Set-Cookie": "session=ann; Path=/; Domain=127.0.0.1"}, body

    with answering(reply) as peer:
        settings = module.settings(peer.url)
        http = Http(("127.0.0.0/8",))
        for _ in range(2):
            list(mode.send(http.for_call(), settings, batch(provider, mode, 2)))
        provider.check(http, settings, 1_700_000_000)

    assert len(peer.seen) >= 3
    assert not any("cookie" in seen.headers for seen in peer.seen)
