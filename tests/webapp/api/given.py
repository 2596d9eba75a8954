"""What the tests of the API begin with: a campaign with codes, the headers of a key, and one good call of every operation."""

import datetime
import uuid
from typing import Any

from jsonschema import Draft202012Validator
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from domain.customers.segments import create as segments
from domain.kernel import clock
from domain.kernel.actor import SYSTEM
from domain.kernel.base import new_id
from domain.shop.custom_events import schemas
from domain.shop.custom_events.schemas import EventField
from domain.shop.orders.record import record
from domain.shop.orders.wanted import OrderWanted
from domain.shop.products import keep
from domain.tables.customers import Customer
from domain.tables.incentives import Campaign, Tier, Voucher
from domain.tables.journal import Job
from domain.tables.redemptions import Redemption, RedemptionHold, Rule, RuleAssignment
from domain.tables.shop import Product, Sku
from domain.workspace.api_keys.create import Made
from webapp.api.description.document import document

REDEMPTION, TIER = uuid.UUID(int=1), uuid.UUID(int=2)
GOOD: dict[str, dict[str, Any]] = {
    "create_campaign": {
        "json": {
            "name": "Spring",
            "campaign_type": "DISCOUNT_COUPONS",
            "vouchers_count": 3,
            "voucher": {"discount": {"type": "PERCENT", "percent_off": 10}, "code_config": {"pattern": "10OFF-#######"}},
        }
    },
    "update_campaign": {"json": {"description": "For regulars"}},
    "create_segment": {
        "json": {"name": "Bristol", "type": "auto-update", "filter": {"address.city": {"conditions": {"$is": ["Bristol"]}}}}
    },
    "create_customer": {"json": {"source_id": "good", "name": "Bo Rye", "metadata": {"vip": True}}},
    "update_customer": {"json": {"name": "Dina O.", "address": {"city": "Bristol"}}},
    "update_customers_in_bulk": {"json": {"customers": [{"source_id": "c1", "phone": "+44 7700 900018"}, {"source_id": "bulk"}]}},
    "update_customers_metadata_in_bulk": {"json": {"source_ids": ["c1"], "metadata": {"vip": True}}},
    "create_publication": {"json": {"campaign": "Autumn 15 %", "customer": "c1", "source_id": "good"}},
    "create_publication_by_get": {"query_string": "campaign=Autumn%2015%20%25&customer=c1&source_id=good"},
    "create_order": {"json": {"source_id": "o1", "customer": "c1", "items": [{"price": 450, "quantity": 2}]}},
    "track_custom_event": {"json": {"event": "cart_left", "customer": "c1", "metadata": {"product": "loaf"}}},
    "create_custom_event_schema": {"json": {"name": "course_booked", "schema": {"properties": {"day": {"type": "date"}}}}},
    "update_custom_event_schema": {"json": {"schema": {"properties": {"amount": {"type": "number", "optional": True}}}}},
    "create_product": {"json": {"source_id": "loaf", "name": "Rye loaf", "price": 450, "attributes": ["size"]}},
    "update_product": {"json": {"price": 470}},
    "create_sku": {"json": {"source_id": "loaf-l", "sku": "Large", "attributes": {"size": "L"}}},
    "update_sku": {"json": {"price": 520}},
    "import_orders": {"json": {"orders": [{"source_id": "old", "status": "PAID", "customer": "c1", "amount": 900}]}},
    "validate_redeemables": {"json": {"redeemables": [{"object": "voucher", "id": "AUT-2"}], "customer": "c1", "order": {"amount": 900}}},
    "redeem_redeemables": {"json": {"redeemables": [{"object": "voucher", "id": "AUT-2"}], "customer": "c1", "order": {"amount": 900}}},
    "check_eligibility": {"json": {"customer": "c1", "order": {"amount": 900}}},
    "update_order": {"json": {"status": "PAID"}},
    "create_order_export": {"json": {"parameters": {"fields": ["id", "total_amount"], "order": "-updated_at"}}},
    "create_validation_rule": {
        "json": {"name": "Big ones", "rules": {"1": {"name": "order.amount", "conditions": {"$more_than": [5000]}}}}
    },
    "create_validation_rule_assignment": {"json": {"related_object_type": "promotion_tier", "related_object_id": f"promo_{2:032x}"}},
    "update_validation_rule": {"json": {"name": "Bigger ones"}},
    "rollback_redemption": {"json": {"reason": "sent back"}},
    "rollback_redemptions": {"json": {"reason": "sent back"}},
    "delete_promotion_tier": {"path": f"/v1/promotions/tiers/promo_{6:032x}"},
    "delete_validation_rule": {"path": f"/v1/validation-rules/val_{4:032x}"},
}
"""Operation -> what is sent for a good answer, where a bare call does not get one. The key is a platform's and may do everything."""
ACTION = uuid.UUID(int=7)
"""The id of an async action."""
PATH = {
    "customerId": "c1",
    "campaignId": "Autumn%2015%20%25",
    "orderId": "o1",
    "segmentId": "Regulars",
    "asyncActionId": f"aa_{ACTION.hex}",
    "projectId": "proj_1",
    "customEventSchemaId": "cart_left",
    "productId": "p1",
    "skuId": "s1",
    "exportId": "exp_" + "e" * 32,
    "code": "AUT-1",
    "sessionKey": "cart-1",
    "promotionTierId": f"promo_{2:032x}",
    "validationRuleId": f"val_{3:032x}",
    "assignmentId": f"asgm_{5:032x}",
    "redemptionId": f"r_{1:032x}",
    "parentRedemptionId": f"r_{1:032x}",
}
"""Name in a path -> one that exists, as it is written in addresses."""

PATHS = {"delete_campaign": {"campaignId": "Spare"}}
"""Operation -> what its path names instead, where the usual one would be refused."""


def a_campaign(session: Session, name: str = "Autumn 15 %", codes: int = 3, **more: Any) -> Campaign:
    now: datetime.datetime = clock.now(session)
    values = {"join_once": False, "discount": {"type": "percent", "percent": 15}, "pattern": "RYE-######", "charset": "ABCDEF23456789"}
    campaign = Campaign(id=new_id(), name=name, name_key=name.lower(), currency="EUR", created_at=now, updated_at=now, **(values | more))
    session.add(campaign)
    session.flush()
    session.add_all(Voucher(id=new_id(), campaign_id=campaign.id, code=f"{name[:3].upper()}-{n}", created_at=now) for n in range(codes))
    session.flush()
    return campaign


def a_shop(session: Session, customer: Customer) -> None:
    """What paths of the shop name."""
    of = keep.keep(session, SYSTEM, None, Product(), {"source_id": "p1", "name": "Rye loaf"})
    keep.keep(session, SYSTEM, None, Sku(product_id=of.id), {"source_id": "s1", "sku": "Large"})
    (order,) = record(session, SYSTEM, [OrderWanted(source_id="o1", customer_id=customer.id, amount=900)])
    now = clock.now(session)
    week = a_campaign(session, "Bread week", codes=0, kind="promotion", discount=None)
    off = {"type": "amount", "minor": 100}
    session.add(Tier(id=TIER, campaign_id=week.id, name="Day one", discount=off, position=0, created_at=now, updated_at=now))
    session.add(
        Redemption(
            id=REDEMPTION, at=now, noun="promotion_tier", tier_id=TIER, campaign_id=week.id, customer_id=customer.id,
            order_id=order.order.id, result="succeeded", source="api", taken={"order": 100, "items": []}, discount_minor=100,
        )
    )  # fmt: skip
    unused = uuid.UUID(int=6)
    session.add(Tier(id=unused, campaign_id=week.id, name="Day two", discount=off, position=1, created_at=now, updated_at=now))
    for n, name in ((3, "Something"), (4, "Nothing")):
        condition = {"fact": "order.amount", "is": "more_than", "value": 0}
        session.add(Rule(id=uuid.UUID(int=n), name=name, name_key=name, condition=condition, created_at=now, updated_at=now))
    session.flush()
    session.add(RuleAssignment(id=uuid.UUID(int=5), rule_id=uuid.UUID(int=3), noun="campaign", object_id=week.id, created_at=now))
    code = session.scalars(select(Voucher.id).where(Voucher.code == "AUT-1")).one_or_none()
    if code:
        session.add(RedemptionHold(object_id=code, key="cart-1", until=now + datetime.timedelta(hours=1)))
    session.flush()
    schemas.create(session, SYSTEM, "cart_left", [EventField("product")])
    wanted = {"fields": ["id"], "order": "-created_at", "filters": {}}
    session.add(
        Job(id=uuid.UUID("e" * 32), kind="export_orders", title="Orders", state="done", cursor=wanted, created_at=clock.now(session))
    )
    a_campaign(session, "Spare", codes=0)
    segments.manual(session, SYSTEM, "Regulars", [customer.id])
    session.add(Job(id=ACTION, kind="import_orders", title="Orders", state="done", created_at=clock.now(session)))
    session.flush()


def headers(made: Made, **more: str) -> dict[str, str]:
    return {"X-App-Id": made.key.app_id, "X-App-Token": made.token} | more


def fits_document(answer: TestResponse, path: str, method: str) -> None:
    """The answer is what the OpenAPI document says of this operation; raises where it is not."""
    if answer.status_code == 204:
        assert not answer.data
        return
    told = document()
    responses = told["paths"][path][method.lower()]["responses"]
    schema = responses["default" if answer.status_code >= 400 else str(answer.status_code)]["content"]["application/json"]["schema"]
    whole = Resource(contents=told, specification=DRAFT202012)
    resolved = {"$ref": "urn:api" + schema["$ref"]} if "$ref" in schema else schema
    Draft202012Validator(resolved, registry=Registry().with_resource("urn:api", whole)).validate(answer.json)
