"""Customers as Shopify exports them: Customers, Export. Ids, phones and postal codes carry a leading apostrophe against spreadsheets."""

from domain.customers.imports.exports.contract import LEFT_OUT, KnownExport

EXPORTS = (
    KnownExport(
        key="shopify",
        name="Shopify, customers",
        source="help.shopify.com/manual/customers/import-export-customers",
        marks=("Customer ID", "Accepts Email Marketing", "Default Address Country Code"),
        columns={
            "Accepts Email Marketing": "consent:email",
            "Accepts SMS Marketing": "consent:sms",
            "Default Address Phone": LEFT_OUT,
        },
        texts=("Tags", "Note"),
        says="Who accepts e-mail and SMS marketing, without a date. A “no” is kept as a no.",
    ),
)
