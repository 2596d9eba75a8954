"""A walk over every page there is: a world with one thing of each kind, the addresses of all GET routes in it, and a page's links."""

import base64
import itertools
import re
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from html import unescape
from typing import Any
from urllib.parse import urlsplit

from flask import Flask
from sqlalchemy import text
from sqlalchemy.orm import Session
from werkzeug.exceptions import HTTPException
from werkzeug.test import TestResponse

from domain.customers.consents.links import preferences_url, unsubscribe_url
from domain.distributions.plan.plan import Channel, Plan
from domain.incentives.codes.export import qr_url
from domain.kernel import clock, secrets
from domain.kernel.base import Prefix, outside
from domain.sending.prepare import decide, store
from domain.sending.recipients import from_audience
from domain.tables.customers import Customer
from domain.tables.incentives import Voucher
from domain.tables.journal import Notice
from domain.tables.sending import Delivery, ProviderExchange
from domain.workspace.people import roles
from tests import letters
from tests.sending import a_campaign, a_connection, a_distribution, a_project, a_segment

SHAPES = (
    "{{ voucher.code }} {{ voucher.code | downcase }} {{ voucher.code | split: '' | reverse | join: '' }} {{ voucher.code | slice: 7, 6 }} "
    "{{ voucher.code | base64_encode }} {{ voucher.qr }} {{ voucher.qr | upcase }} {{ voucher.barcode }} {{ links.unsubscribe }} "
    "{{ links.unsubscribe | base64_encode }} {{ links.unsubscribe | downcase }} {{ links.preferences }} {{ links.shop }} "
    "{% capture c %}{{ voucher.code }}{% endcapture %}{{ c | remove: '-' }}"
)
"""A code and links that act, in the shapes that filters give them."""
PARTS = {
    "email": {
        "subject": "{{ voucher.code | downcase }}", "text": SHAPES, "from_email": "hello@maple.example",
        "html": f"<p>{SHAPES}</p><a href='{{{{ links.unsubscribe }}}}'>no</a><img src='{{{{ voucher.qr }}}}' alt=''>",
    },
    "sms": {"text": SHAPES},
    "webhook": {"payload": '{"type": "{{ voucher.code }}", "code": "{{ voucher.code | base64_encode }}", "qr": "{{ voucher.qr }}"}'},
}  # fmt: skip


@dataclass(frozen=True)
class World:
    """One thing of each kind, by the names that routes give their ids."""

    ids: dict[str, tuple[str, ...]]
    code: str
    voucher: Voucher
    customer: Customer
    deliveries: tuple[Delivery, ...]

    def secrets(self, session: Session) -> set[str]:
        """What nobody may find who may not see codes: the code in every shape, and the words of links that act."""
        mine, base = self.code[7:13], "https://maple.example"
        found = {self.code, mine, self.code[::-1], self.code.replace("-", ""), encoded(self.code)}
        links = [unsubscribe_url(base, self.customer.id, None), preferences_url(base, self.customer.id), qr_url(base, self.voucher.id)]
        words = [urlsplit(link).path.rpartition("/")[2].removesuffix(".png") for link in links] + [secrets.token("b", self.voucher.id.hex)]
        found |= {*words, *(encoded(link)[:40] for link in links)}
        return found | {word.lower() for word in found} | {word.upper() for word in found}


def encoded(text: str) -> str:
    return base64.b64encode(text.encode()).decode().rstrip("=")


def world(session: Session) -> World:
    """Messages with codes went to one customer through every kind of channel of the sandbox; a connection's calls were kept."""
    a_project(session).shop_link = "https://shop.example/?c={{ voucher.code }}"
    box = a_connection(session)
    campaign = a_campaign(session, 3)
    segment = a_segment(session, 1)
    keys = [Channel(f"c{n}", box.id, kind, PARTS[kind]) for n, kind in enumerate(PARTS, 1)]
    plan = Plan(
        trigger="manual", action="codes", channels=tuple(keys), segment_id=segment.id, campaign_id=campaign.id, check_permission=False
    )
    distribution = a_distribution(session, plan)
    from_audience.make_page(session, distribution.id)
    (claimed,) = decide.claim(session, distribution.id, "bulk", decide.FIRST, 5)
    store.store_decisions(session, claimed, decide.decide(session, claimed), "bulk", at_once=False)
    now = clock.now(session)
    session.execute(text("UPDATE deliveries SET state = 'accepted', sent_at = :now"), {"now": now})
    session.execute(text("UPDATE recipients SET state = 'served'"))
    session.execute(text("UPDATE vouchers SET state = 'assigned', assigned_at = :now WHERE recipient_id IS NOT NULL"), {"now": now})
    session.expire_all()
    deliveries = tuple(session.query(Delivery).order_by(Delivery.channel))
    voucher = session.query(Voucher).filter(Voucher.recipient_id.isnot(None)).one()
    customer = session.get_one(Customer, deliveries[0].customer_id)
    session.execute(text("UPDATE vouchers SET customer_id = :c WHERE id = :id"), {"c": customer.id, "id": voucher.id})
    for delivery in deliveries:
        body = f'{{"code": "{voucher.code}"}}'
        session.add(
            ProviderExchange(
                delivery_id=delivery.id, at=now, url="https://shop.example/hook", headers={"content-type": "application/json"}, body=body,
                milliseconds=5, status=200, answer_headers={"x-echo": voucher.code}, answer_body=body, reason="", by="",
            )
        )  # fmt: skip
    notice = Notice(kind="late", subject="", title="It is late.", created_at=now)
    tested = letters.test_send(session, box, customer_id=customer.id)
    session.add(notice)
    session.flush()
    ids = _ids(distribution, campaign, segment, customer, voucher, deliveries, tested, box, notice)
    session.commit()
    return World(ids, voucher.code, voucher, customer, deliveries)


def _ids(*things: Any) -> dict[str, tuple[str, ...]]:
    distribution, campaign, segment, customer, voucher, deliveries, tested, box, notice = things
    given = tuple(outside(Prefix.DELIVERY, one.id) for one in deliveries)
    mine = {
        "distributions": outside(Prefix.DISTRIBUTION, distribution.id), "campaigns": campaign.id, "home": str(notice.id),
        "segments": outside(Prefix.SEGMENT, segment.id), "customers": outside(Prefix.CUSTOMER, customer.id),
        "connections": outside(Prefix.CONNECTION, box.id),
        "reports": outside(Prefix.DISTRIBUTION, distribution.id),
    }  # fmt: skip
    return {
        **{f"{name}.id": (id,) for name, id in mine.items()},
        "inbox.id": (*given, f"test_{tested.id.hex}"),
        "delivery": given,
        "customer": (outside(Prefix.CUSTOMER, customer.id),),
        "voucher_id": (voucher.id,),
        "step": ("trigger", "action", "channels", "summary"),
        "key": ("c1", "c2", "c3", "none"),
        "reason": ("no_email", "erased"),
        "kind": ("discount",),
    }


def addresses(app: Flask, world: World) -> Iterator[tuple[str, Any]]:
    """Every GET route outside the API with the ids of the world in it, and its view; ids that the world lacks are random."""
    with app.test_request_context():
        for rule in app.url_map.iter_rules():
            if "GET" not in (rule.methods or ()) or rule.endpoint.startswith(("api", "static")):
                continue
            names = sorted(rule.arguments)
            choices = [_choices(world, rule.endpoint, name, rule) for name in names]
            for values in itertools.product(*choices):
                yield rule.build(dict(zip(names, values, strict=True)))[1], app.view_functions[rule.endpoint]


def _choices(world: World, endpoint: str, name: str, rule: Any) -> tuple[Any, ...]:
    found = world.ids.get(f"{endpoint.split('.', maxsplit=1)[0]}.{name}") or world.ids.get(name)
    converter = type(rule._converters.get(name)).__name__
    if found and not (converter == "UUIDConverter" and isinstance(found[0], str)):
        return found
    return (uuid.UUID(int=7),) if converter != "UnicodeConverter" else ("nothing",)


def links(answer: TestResponse) -> list[str]:
    """Where a page leads inside of this installation: links, frames, pictures, and what htmx asks for by itself."""
    if "html" not in answer.content_type:
        return []
    found = re.findall(r"(?:href|src|hx-get)=[\"']([^\"'#]+)", answer.text)
    return [unescape(path) for path in found if path.startswith("/") and not path.startswith(("/static", "/sign-out"))]


def readable(app: Flask, path: str, role: str) -> bool:
    """Whether somebody of this role may open the address."""
    try:
        endpoint, _ = app.url_map.bind("localhost").match(urlsplit(path).path, method="GET")
    except HTTPException:
        return False
    return roles.may(role, getattr(app.view_functions[endpoint], "verb", "see"))


def written_down(app: Flask, path: str) -> bool:
    """Whether asking for it is written down, by the mark on its view."""
    endpoint, _ = app.url_map.bind("localhost").match(urlsplit(path).path, method="GET")
    return getattr(app.view_functions[endpoint], "written_down", False)
