"""Saved secrets do not follow a connection to another server: whoever changes the server enters them again."""

from collections.abc import Mapping

import pytest
from sqlalchemy.orm import Session

from domain.connections import configured, edit
from domain.connections.fields import matters
from domain.kernel.actor import Actor
from domain.kernel.errors import Refused
from domain.tables.connections import Connection
from integrations import catalogue
from integrations.contract import ConnectionField, Kind, Provider
from tests.integrations import recordings
from tests.integrations.test_every_secret_and_host import others

ADA = Actor("user_ada", "Ada")
HOSTS = [pytest.param(p, f, id=f"{p.key}-{f.key}") for p in catalogue.providers() for f in p.fields if f.host]


def made(session: Session, provider: Provider, **changes: str) -> tuple[Connection, dict[str, str]]:
    with recordings.rehearse(provider.key, "success") as rehearsal:
        settings = dict(rehearsal.settings) | changes
    return edit.create(session, ADA, provider.key, "One", settings)[0], settings


def with_field_that_matters(provider: Provider, one: ConnectionField) -> dict[str, str]:
    return {one.only_if[0]: one.only_if[1]} if one.only_if else {}


def travelling(provider: Provider, settings: Mapping[str, str], host: ConnectionField | None = None) -> set[str]:
    """Secrets that are sent to a server: to this one."""
    peers = {host.peer} if host else {f.peer for f in provider.fields}
    return {f.key for f in provider.fields if f.secret and not f.stays and f.peer in peers and settings.get(f.key)}


@pytest.mark.parametrize(("provider", "one"), HOSTS)
def test_every_secret_that_would_go_elsewhere_is_asked_again(session: Session, provider: Provider, one: ConnectionField) -> None:
    needed = with_field_that_matters(provider, one)
    if one.kind is not Kind.CHOICE:
        needed[one.key] = next(iter(others(one, "")))
    connection, settings = smtp(session, **needed) if provider.key == "smtp" else made(session, provider, **needed)
    secrets = {f.key: settings.get(f.key, "") for f in provider.fields if f.secret}
    assert matters(one, settings)
    value = "https://third.example" if one.kind is Kind.TEXT and "://" in settings.get(one.key, "") else ""
    value = value or next(v for v in others(one, settings.get(one.key, "")) if v not in {"other", settings.get(one.key)})
    typed = {**settings, **dict.fromkeys(secrets, ""), one.key: value}
    if (linked := next((f for f in provider.fields if f.only_if and f.only_if[0] == one.key and value in f.only_if[1:]), None)) is not None:
        typed[linked.key] = next(v for v in ("https://third.example", "third") if linked.check is None or linked.check(v) is None)

    asked = travelling(provider, settings, one)
    if asked:
        with pytest.raises(Refused) as refused:
            edit.change(session, ADA, connection, connection.row_version, connection.name, typed)
        assert asked <= set(refused.value.mistakes)
        assert all("Enter this again" in refused.value.mistakes[key] for key in asked)
        assert configured.configured(session, connection.id)[1][one.key] == settings[one.key]

    edit.change(session, ADA, connection, connection.row_version, connection.name, typed | {key: secrets[key] for key in asked})
    assert configured.configured(session, connection.id)[1][one.key] == value


def smtp(session: Session, **changes: str) -> tuple[Connection, dict[str, str]]:
    defaults = {field.key: field.default for field in catalogue.provider("smtp").fields}
    settings = defaults | {"username": "ann", "password": "hidden-word", "host": "mail.example"} | changes
    settings |= {"mailbox_host": "imap.example", "mailbox_user": "ann", "mailbox_password": "hidden-word"} | changes
    return edit.create(session, ADA, "smtp", "Two", settings)[0], settings


def test_another_path_on_the_same_server_asks_for_nothing(session: Session) -> None:
    given = {"url": "https://shop.example/a", "headers": "Authorization: Bearer 123"}
    connection, _ = edit.create(session, ADA, "webhook", "Shop", given)

    edit.change(session, ADA, connection, connection.row_version, "Shop", {"url": "https://SHOP.example/b"})
    with pytest.raises(Refused, match="Enter this again"):
        edit.change(session, ADA, connection, connection.row_version, "Shop", {"url": "https://shop.example:444/b"})

    assert configured.configured(session, connection.id)[1]["headers"] == given["headers"]


def test_a_secret_that_is_forgotten_is_not_asked_for(session: Session) -> None:
    connection, settings = smtp(session)

    edit.change(
        session, ADA, connection, connection.row_version, "Two", {**settings, "password": "", "host": "other.example"}, cleared={"password"}
    )

    assert not configured.configured(session, connection.id)[1].get("password")
