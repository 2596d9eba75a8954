"""Customers as Voucherify exports them: Customers, Export, with the fields of its API by their names."""

from domain.customers.imports.exports.contract import LEFT_OUT, KnownExport

EXPORTS = (
    KnownExport(
        key="voucherify",
        name="Voucherify, customers",
        source="docs.voucherify.io/api-reference/exports/create-export",
        marks=("source_id", "address_line_1", "address_postal_code"),
        columns={
            "id": LEFT_OUT,
            "object": LEFT_OUT,
            "address": LEFT_OUT,
            "assets": LEFT_OUT,
        },
        beginnings={"summary": LEFT_OUT, "loyalty": LEFT_OUT, "redemptions": LEFT_OUT, "orders": LEFT_OUT},
        texts=("description",),
        says="It says nothing about permissions: nobody is given one.",
    ),
)
