"""Profiles as Klaviyo exports a list or a segment."""

from domain.customers.imports.exports.contract import LEFT_OUT, NEVER_SINCE, KnownExport

EXPORTS = (
    KnownExport(
        key="klaviyo",
        name="Klaviyo, profiles",
        source="help.klaviyo.com/hc/en-us/articles/115005078687",
        marks=("Email", "Klaviyo ID", "Email Marketing Consent"),
        columns={
            "Klaviyo ID": "metadata",
            "Email Marketing Consent": "consent:email",
            "Email Marketing Consent Timestamp": "consent_at",
            "SMS Marketing Consent": "consent:sms",
            "SMS Marketing Consent Timestamp": LEFT_OUT,
            "Email Suppressions": NEVER_SINCE,
            "Title": "metadata",
            "IP Address": LEFT_OUT,
        },
        texts=("Klaviyo ID", "Source"),
        says="Who is subscribed or unsubscribed, and since when; never subscribed says nothing. Suppressed profiles are never written to.",
    ),
)
