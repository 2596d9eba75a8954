"""A platform that takes everything into jobs and tells later what became of them. It is found as other providers are.

What it was sent and what it answers lies in this module; a test sets it.
"""

from collections.abc import Iterable, Iterator, Sequence

from integrations.contract import (
    Batch,
    Check,
    ConnectionField,
    Fate,
    Limits,
    Message,
    Mode,
    Names,
    Outcome,
    Provider,
    Settings,
    Takes,
    Wait,
    id_fields,
)
from integrations.http import Http

SENT: list[Message] = []
OPTIONS: list[dict[str, str]] = []
JOBS: dict[str, list[Outcome]] = {}
ASKED: list[str] = []
MISSING: list[str] = []
MADE: list[str] = []
WONT: list[str] = []
ON_SEND: list[object] = []
AFTER: list[float] = []


def forget() -> None:
    for kept in (SENT, OPTIONS, JOBS, ASKED, MISSING, MADE, WONT, ON_SEND, AFTER):
        kept.clear()


def send(http: Http, settings: Settings, batch: Batch) -> Iterator[Outcome]:
    for happens in ON_SEND:
        happens(batch)
    SENT.extend(batch.messages)
    OPTIONS.append(dict(batch.options))
    job = f"job-{len(OPTIONS)}"
    for message in batch.messages:
        yield Outcome(message.id, Fate.PENDING, provider_id=job, wait=Wait(AFTER[0], "The cloud asks for a pause.") if AFTER else None)


def poll(http: Http, settings: Settings, job: str) -> Iterable[Outcome]:
    ASKED.append(job)
    return JOBS.get(job, [])


def check(http: Http, settings: Settings, at: int) -> Check:
    return Check(works=True)


def prerequisites(http: Http, settings: Settings, names: Sequence[str]) -> tuple[str, ...]:
    ASKED.append(",".join(names))
    return tuple(MISSING)


def make_missing(http: Http, settings: Settings, names: Sequence[str]) -> tuple[str, ...]:
    MADE.append(",".join(names))
    MISSING.clear()
    return tuple(WONT)


PROVIDER = Provider(
    key="cloud",
    name="Cloud",
    about="Takes values into jobs.",
    fields=id_fields("Cloud"),
    check=check,
    prerequisites=prerequisites,
    make_missing=make_missing,
    modes=(
        Mode(
            "profiles",
            "platform",
            Takes.DATA,
            send,
            label="Profiles",
            identify_by="id",
            limits=Limits(items=500, concurrent=2, counted=True),
            repeat_safe_for=0,
            poll=poll,
            names=Names("*|NAME|*", {"voucher.code": "CODE"}, exist=True, about="The values stand on the profile."),
            options=(ConnectionField("campaign", "Campaign there", required=False),),
        ),
    ),
)
