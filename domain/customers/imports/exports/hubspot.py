"""Contacts as HubSpot exports them, and its list of those who bounced or unsubscribed."""

from domain.customers.imports.exports.contract import NEVER, NEVER_SINCE, KnownExport

EXPORTS = (
    KnownExport(
        key="hubspot",
        name="HubSpot, contacts",
        source="knowledge.hubspot.com/import-and-export/export-records",
        marks=("Record ID", "Email", "First Name", "Last Name"),
        columns={
            "Unsubscribed from all email": NEVER,
            "Email hard bounce reason": NEVER_SINCE,
            "Email Global Optout": NEVER,
        },
        beginnings={"Opted out of email": "optout:email"},
        texts=("Contact owner", "Lead Status"),
        says="Who opted out, and who bounced: they are withdrawn or never written to. It says of nobody that they agreed.",
    ),
    KnownExport(
        key="hubspot_unsubscribed",
        name="HubSpot, unsubscribes and bounces",
        source="knowledge.hubspot.com/marketing-email/export-unsubscribes-and-bounces",
        marks=("Email", "Portal Bounce", "Portal Unsubscribe"),
        columns={
            "Portal Bounce": NEVER_SINCE,
            "Portal Unsubscribe": NEVER_SINCE,
            "Portal Spam Report": NEVER_SINCE,
            "Global Bounce": NEVER_SINCE,
            "Marketing Information": "optout:email",
        },
        says="Everybody who unsubscribed from everything, complained or bounced is never written to.",
    ),
)
