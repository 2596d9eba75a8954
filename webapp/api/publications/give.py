"""How is a code given to a customer who asks through the API? In one transaction; the same question gets the same code."""

from typing import NamedTuple

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
    "withdrawn": "voucher_cannot_be_published",
    "taken": "voucher_already_published",
    "other_code": "duplicate_source_id",
}
"""Why the ledger gave none -> Voucherify's key."""
_LOCK = text("SELECT pg_advisory_xact_lock(hashtextextended(:lock, 0))")


class CodeWanted(NamedTuple):
    """From which campaign a code is given; which one, where one is named."""

    campaign: Campaign
    voucher: Voucher | None


def wanted_code(session: Session, wanted: PublicationWanted, caller: Caller) -> CodeWanted:
    """What is wanted: a code that is named, whatever campaign is named beside it, or any of a campaign. Raises Refusal."""
    if wanted.voucher:
        return CodeWanted(*named.voucher(session, wanted.voucher, caller))
    if isinstance(wanted.campaign, named.CampaignName) and wanted.campaign.count not in {None, 0, 1}:
        raise wrong("too_many_vouchers_requested", "One call gives one code; ask again with another source_id for more.")
    return CodeWanted(named.campaign(session, wanted.campaign, caller), None)


def give(session: Session, code: CodeWanted, wanted: PublicationWanted, caller: Caller) -> Given | FallbackGiven:
    """Give the code and commit; asked anew where two calls added the same customer at once. Raises Refusal."""
    for last in (False, True):
        try:
            told = _give(session, code, wanted, caller)
            session.commit()
        except IntegrityError:
            session.rollback()
            if last:
                raise
        except NotPublished as why:
            session.rollback()
            if why.reason == "dry" and caller.fallback_code:
                return _fallback(session, code.campaign, wanted, caller)
            raise _refused(why, code) from why
        else:
            return told
    raise AssertionError("unreachable")


def _refused(why: NotPublished, code: CodeWanted) -> Refusal:
    noun, name = ("voucher", code.voucher.code) if code.voucher else ("campaign", code.campaign.name)
    return Refusal(400, REASONS[why.reason], str(why), str(why), resource_type=noun, resource_id=name)


def _give(session: Session, code: CodeWanted, wanted: PublicationWanted, caller: Caller) -> Given:
    who = named.customer_or_new(session, wanted.customer, caller)
    before = _before(session, code, who, wanted)
    if before is None:
        channel, voucher_id = wanted.channel or caller.platform or "API", code.voucher.id if code.voucher else None
        done = publish(session, code.campaign.id, who.id, wanted.source_id, channel, wanted.metadata, voucher_id)
        before = _one(session, Publication.id == done.publication_id)
        assert before is not None
        if not done.again:
            _count(session, caller)
    one, given = before
    channel = client_quirks.channel(one.channel)
    return Given(**publication.facts(one, who, channel), voucher=voucher.voucher(given, code.campaign, caller.public_url))


def _before(session: Session, code: CodeWanted, who: Customer, wanted: PublicationWanted) -> Row[Publication, Voucher] | None:
    """What this very question got before: by its source_id, or, where the call says `join_once`, whatever the customer holds."""
    theirs = Publication.campaign_id == code.campaign.id, Publication.customer_id == who.id
    if wanted.join_once:  # two calls at once wait for each other
        session.execute(_LOCK, {"lock": f"{code.campaign.id}:{who.id}"})
        before = _one(session, *theirs, Voucher.state == "assigned")
    else:
        before = _one(session, *theirs, Publication.source_id == wanted.source_id) if wanted.source_id else None
    if before is not None and code.voucher is not None and before[1].id != code.voucher.id:
        reason = "had_one" if wanted.join_once else "other_code"
        raise NotPublished(reason, "This customer got another code of this campaign before.")
    return before


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
