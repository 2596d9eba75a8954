"""Every provider and mode there is, with messages for it: what the tests of the whole family are asked with."""

import os
from pathlib import Path

import pytest

from integrations import catalogue
from integrations.contract import Batch, Fate, Message, Mode, Outcome, Provider, Takes, one_by_one
from integrations.http import Deadlines, Http
from tests.integrations import recordings
from tests.integrations.standins import NOBODY_PHONE

ROOT = Path(__file__).parent.parent.parent
OPENAPI = Path(os.environ.get("OPENAPI_DOCUMENTS", ROOT.parent / "shared" / "openapi"))
AT = 1_700_000_000
HTTP = Http(("127.0.0.0/8",), Deadlines(connect=1, single=2, batch=3))

MODES = [pytest.param(p, m, id=f"{p.key}-{m.key}") for p in catalogue.providers() for m in p.modes]
PROVIDERS = [pytest.param(p, id=p.key) for p in catalogue.providers()]
each_mode = pytest.mark.parametrize(("provider", "mode"), MODES)
each_provider = pytest.mark.parametrize("provider", PROVIDERS)


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
    provider: Provider, mode: Mode, situation: str, count: int = 3, nobody: int | None = 1, *, wire: bool = False
) -> tuple[list[Outcome], recordings.Rehearsal]:
    """Outcomes of so many messages in a situation, over faked HTTP or over loopback; each message has one."""
    skip_if_left_out(provider, situation)
    with (recordings.on_the_wire if wire else recordings.rehearse)(provider.key, situation) as rehearsal:
        given = batch(provider, mode, count, nobody if situation == "partial" else None)
        outcomes = list(one_by_one(mode.send(HTTP, rehearsal.settings, given)))
    assert sorted(o.message_id for o in outcomes) == sorted(m.id for m in given.messages), "one outcome for each message"
    return outcomes, rehearsal


def skip_if_left_out(provider: Provider, what: str) -> None:
    """`LEFT_OUT` of the recordings: what this provider cannot be asked, and why."""
    left_out: dict[str, str] = getattr(recordings.of(provider.key), "LEFT_OUT", {})
    if what in left_out:
        pytest.skip(left_out[what])


def taken_as(mode: Mode) -> set[Fate]:
    """What a taken message is called: pending where the provider works on a job that is asked about."""
    return {Fate.PENDING} if mode.poll else {Fate.ACCEPTED}


def expected(provider: Provider, mode: Mode, situation: str) -> set[Fate]:
    """What becomes of messages; the modes of a provider may differ (`EXPECTED_OF`)."""
    module = recordings.of(provider.key)
    found: set[Fate] = {**module.EXPECTED, **getattr(module, "EXPECTED_OF", {}).get(mode.key, {})}[situation]
    return found
