"""Customers as WooCommerce downloads them from its report of customers."""

from domain.customers.imports.exports.contract import KnownExport

EXPORTS = (
    KnownExport(
        key="woocommerce",
        name="WooCommerce, customers",
        source="woocommerce.com/document/woocommerce-analytics/customers-report",
        marks=("Name", "Username", "Last Active", "Sign Up", "Email", "AOV"),
        columns={"Username": "metadata"},
        texts=("Username",),
        says="It says nothing about permissions: nobody is given one.",
    ),
)
