"""How is a code given to a customer who asks through the API? In one transaction; the same question gets the same code."""

from sqlalchemy import ColumnElement, Row, select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from domain.incentives.ledger.publish import NotPublished, publish
from domain.tables.customers import Customer
from domain.tables.incentives import Campaign, Publication, Voucher
from domain.workspace.api_keys.authorize import Caller
from domain.workspace.api_keys.limits import take_code
from webapp.api import client_quirks, named
from webapp.api.door.errors import Refusal, wrong
from webapp.api.publications.models import FallbackGiven, Given, PublicationWanted
from webapp.api.shapes import customer, publication, voucher

REASONS = {
    "dry": "no_voucher_suitable_for_publication",
    "closed": "no_voucher_suitable_for_publication",
    "had_one": "voucher_cannot_be_published",
}
"""Why the ledger gave none -> Voucherify's key."""
_LOCK = text("SELECT pg_advisory_xact_lock(hashtextextended(:lock, 0))")


def wanted_campaign(session: Session, wanted: PublicationWanted, caller: Caller) -> Campaign:
    """The campaign whose code is wanted. Raises Refusal."""
    if wanted.voucher and not wanted.campaign:
        raise wrong("missing_vouchers", "Name the campaign: codes are given from its pool.")
    if isinstance(wanted.campaign, named.CampaignName) and wanted.campaign.count not in {None, 0, 1}:
        raise wrong("too_many_vouchers_requested", "One call gives one code; ask again with another source_id for more.")
    return named.campaign(session, wanted.campaign, caller)


def give(session: Session, campaign: Campaign, wanted: PublicationWanted, caller: Caller) -> Given | FallbackGiven:
    """Give the code and commit; asked anew where two calls added the same customer at once. Raises Refusal."""
    for last in (False, True):
        try:
            told = _give(session, campaign, wanted, caller)
            session.commit()
        except IntegrityError:
            session.rollback()
            if last:
                raise
        except NotPublished as why:
            session.rollback()
            if why.reason == "dry" and caller.fallback_code:
                return _fallback(session, campaign, wanted, caller)
            raise Refusal(400, REASONS[why.reason], str(why), str(why), resource_type="campaign", resource_id=campaign.name) from why
        else:
            return told
    raise AssertionError("unreachable")


def _give(session: Session, campaign: Campaign, wanted: PublicationWanted, caller: Caller) -> Given:
    who = named.customer_or_new(session, wanted.customer, caller)
    before = _before(session, campaign, who, wanted)
    if before is None:
        channel = wanted.channel or caller.platform or "API"
        done = publish(session, campaign.id, who.id, wanted.source_id, channel, wanted.metadata)
        before = _one(session, Publication.id == done.publication_id)
        assert before is not None
        if not done.again:
            _count(session, caller)
    one, code = before
    channel = client_quirks.channel(one.channel)
    return Given(**publication.facts(one, who, channel), voucher=voucher.voucher(code, campaign, caller.public_url))


def _before(session: Session, campaign: Campaign, who: Customer, wanted: PublicationWanted) -> Row[Publication, Voucher] | None:
    """What this very question got before: by its source_id, or, where the call says `join_once`, whatever the customer holds."""
    theirs = Publication.campaign_id == campaign.id, Publication.customer_id == who.id
    if wanted.join_once:  # two calls at once wait for each other
        session.execute(_LOCK, {"lock": f"{campaign.id}:{who.id}"})
        return _one(session, *theirs, Voucher.state == "assigned")
    return _one(session, *theirs, Publication.source_id == wanted.source_id) if wanted.source_id else None


def _one(session: Session, *where: ColumnElement[bool]) -> Row[Publication, Voucher] | None:
    """The latest of these publications with its code, as the database has them now."""
    query = select(Publication, Voucher).join(Voucher, Voucher.id == Publication.voucher_id).where(*where)
    return session.execute(query.order_by(Publication.id.desc()).limit(1), execution_options={"populate_existing": True}).one_or_none()


def _count(session: Session, caller: Caller) -> None:
    taken = take_code(session, caller)
    if taken is not None and not taken.allowed:
        raise Refusal(429, "too_many_codes", "Too many codes", f"This key may give {taken.limit} codes a day.")


def _fallback(session: Session, campaign: Campaign, wanted: PublicationWanted, caller: Caller) -> FallbackGiven:
    who = named.customer(session, wanted.customer)
    return FallbackGiven(
        object="publication",
        result="SUCCESS",
        fallback=True,
        customer=customer.customer(who) if who else None,
        voucher=voucher.code(caller.fallback_code, campaign),
        vouchers_id=[],
    )
