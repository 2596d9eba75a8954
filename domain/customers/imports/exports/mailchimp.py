"""Contacts as Mailchimp exports an audience: three files, told apart by the columns that only one of them has."""

from domain.customers.imports.exports.contract import LEFT_OUT, NEVER_SINCE, KnownExport

_SOURCE = "mailchimp.com/help/view-export-contacts"
_EVERY = ("Email Address", "MEMBER_RATING", "LEID", "EUID")
_UNSUBSCRIBED, _CLEANED = "UNSUB_TIME", "CLEAN_TIME"
_TECHNICAL = dict.fromkeys(
    ("OPTIN_TIME", "OPTIN_IP", "CONFIRM_TIME", "CONFIRM_IP", "GMTOFF", "DSTOFF", "LEID", "EUID", "LAST_CHANGED", "TIMEZONE",
     "UNSUB_CAMPAIGN_TITLE", "UNSUB_CAMPAIGN_ID", "CLEAN_CAMPAIGN_TITLE", "CLEAN_CAMPAIGN_ID"),
    LEFT_OUT,
)  # fmt: skip
_BIRTHDAY = {"Birthday": "metadata"}
"""Month and day without a year, which is no date of birth."""
EXPORTS = (
    KnownExport(
        key="mailchimp_subscribed",
        name="Mailchimp, subscribed contacts",
        source=_SOURCE,
        marks=(*_EVERY, "CONFIRM_TIME"),
        lacks=(_UNSUBSCRIBED, _CLEANED),
        columns=_TECHNICAL | _BIRTHDAY | {"CONFIRM_TIME": "given:email"},
        texts=("Birthday", "TAGS", "NOTES"),
        says="Who confirmed a subscription, and when. Without a time of confirmation nobody is given a permission.",
    ),
    KnownExport(
        key="mailchimp_unsubscribed",
        name="Mailchimp, unsubscribed contacts",
        source=_SOURCE,
        marks=(*_EVERY, _UNSUBSCRIBED),
        columns=_TECHNICAL | _BIRTHDAY | {_UNSUBSCRIBED: "withdrawn:email"},
        texts=("Birthday", "TAGS", "NOTES"),
        says="Everybody in it has unsubscribed: the permission is withdrawn, with its date.",
    ),
    KnownExport(
        key="mailchimp_cleaned",
        name="Mailchimp, cleaned contacts",
        source=_SOURCE,
        marks=(*_EVERY, _CLEANED),
        columns=_TECHNICAL | _BIRTHDAY | {_CLEANED: NEVER_SINCE},
        texts=("Birthday", "TAGS", "NOTES"),
        says="Addresses that bounced: they are never written to.",
    ),
)
