"""What is filled in, does it hold? A public address that nobody reaches, a sender whose mail is not signed, a list nobody can leave."""

import ipaddress
from collections.abc import Iterator
from urllib.parse import urlsplit

from sqlalchemy.orm import Session

from domain.connections import configured
from domain.distributions.draft.spec import ChannelSpec, Spec
from domain.distributions.plan import check_channels, editors
from domain.distributions.plan.names import DisplayNames
from domain.distributions.preflight.finding import PreflightCheck
from domain.tables.workspace import current_project
from integrations.mail import sender_keys

NEVER = (".localhost", ".local", ".internal", ".lan", ".home.arpa")
"""Ends of names that mean nothing outside of a house."""


def public_address(session: Session, spec: Spec) -> Iterator[PreflightCheck]:
    """Whether links in messages lead to anybody, and whether people can leave the list by them."""
    leaving = [channel for channel in spec.channels if not _stays_here(session, channel)]
    if not leaving:
        return
    url = current_project(session).public_url
    if why := unreachable(url):
        yield PreflightCheck("warn", why, "Links and pictures in messages need an address that customers can reach.", *_SETTINGS)
    mails = any("subject" in channel.parts for channel in leaving)
    if mails and why:
        said = "The unsubscribe link and the button of mail programs lead to the public address. Mail providers refuse such mail."
        yield PreflightCheck("warn", "Nobody can unsubscribe from this mail", said, *_SETTINGS)
    elif mails and urlsplit(url).scheme != "https":
        said = "Mail programs offer their unsubscribe button only where the public address begins with https (RFC 8058)."
        yield PreflightCheck("warn", "Unsubscribing takes more than one click", said, *_SETTINGS)
    elif mails:
        yield PreflightCheck("good", "One-click unsubscribe in the header of every mail", topic="unsubscribe")


def _stays_here(session: Session, channel: ChannelSpec) -> bool:
    """Whether it writes to nobody, so that no customer follows a link in it."""
    found = check_channels.mode_of(session, channel)
    return not isinstance(found, str) and configured.provider_of(found[0]).writes_to_nobody


_SETTINGS = ("project", None, "Open settings")


def unreachable(url: str) -> str:
    """Why customers cannot reach an address, as a title; empty where they may."""
    if not url:
        return "The project has no public address"
    host = (urlsplit(url).hostname or "").rstrip(".").lower()
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        if host == "localhost" or host.endswith(NEVER) or "." not in host:
            return f"The public address leads nowhere outside: {host or url}"
        return ""
    if address.is_loopback or address.is_unspecified:
        return f"The public address is this machine: {host}"
    return "" if address.is_global else f"The public address is of your own network: {host}"


def signature(session: Session, channel: ChannelSpec, names: DisplayNames) -> Iterator[PreflightCheck]:
    """Whether the mail of this sender is signed, as far as the DNS tells."""
    found, sender = check_channels.mode_of(session, channel), channel.parts.get("from_email", "")
    if isinstance(found, str) or editors.kind(found[1]) != "email" or "@" not in sender:
        return
    try:
        provider, settings = configured.configured(session, channel.connection_id)
    except configured.Unusable:
        return
    if provider.signs is None:
        return
    domain, name = sender.rpartition("@")[2].rstrip(">"), found[0].name
    signed = sender_keys.published(domain, provider.signs(settings))
    if signed is None:
        said = (
            f"The name of the key that {name} signs with is not known here, or the DNS did not answer. Look at the headers of a test mail."
        )
        yield PreflightCheck("unknown", f"Whether mail from {domain} is signed (DKIM) is not known", said)
    elif signed:
        yield PreflightCheck("good", f"Mail from {domain} is signed (DKIM)", topic="sender")
    else:
        said = f"Mail programs distrust it. Add the record to the DNS of {domain} that {name} asks for."
        yield PreflightCheck(
            "warn", f"Mail from {domain} is not signed (DKIM)", said, "connection", channel.connection_id, "Open connection"
        )
