"""What can a column of a file of orders be, and which is it by its name?"""

import re
from collections.abc import Sequence

from domain.customers.imports.mapping import IGNORE, Column

MEANINGS = {
    "order": "Number of the order",
    "placed": "When it was placed",
    "status": "Status",
    "customer": "Your id of the customer",
    "email": "E-mail address",
    "phone": "Phone number",
    "product": "Key of the product",
    "product_name": "Name of the product",
    "quantity": "Quantity",
    "price": "Price of one",
    "order_discount": "Discount on the order",
}
"""What a column becomes -> how it is called."""
KEYS = ("customer", "email", "phone")
"""By what the customer of a line is recognised."""
_NAMES = {
    "order": "order orderid ordernumber orderno number invoice invoiceno invoicenumber sourceid name",
    "placed": "placed placedat createdat created date orderdate invoicedate",
    "status": "status state orderstatus financialstatus",
    "customer": "customer customerid customersourceid clientid",
    "email": "email emailaddress customeremail billingemail",
    "phone": "phone phonenumber customerphone billingphone",
    "product": "product productid sku stockcode itemsku lineitemsku productsourceid",
    "product_name": "productname description item itemname lineitemname",
    "quantity": "quantity qty lineitemquantity",
    "price": "price unitprice lineitemprice",
    "order_discount": "discount discountamount",
}
_BY_NAME = {name: to for to, names in _NAMES.items() for name in names.split()}


def guess(header: Sequence[str]) -> tuple[Column, ...]:
    """What the columns are by their names; of two that could be one thing, the first."""
    found: list[Column] = []
    for name in header:
        to = _BY_NAME.get(re.sub(r"[^a-z]", "", name.casefold()), IGNORE)
        found.append(Column(IGNORE if any(one.to == to for one in found) else to))
    return tuple(found)


def mistakes(columns: Sequence[Column], header: Sequence[str]) -> dict[str, str]:
    """What keeps these columns from being imported, by field: `columns` for the whole, `column.<n>` (from 0) for one."""
    used = [column.to for column in columns]
    wrong = {
        f"column.{n}": "Another column is this already. Leave one of them out."
        for n, to in enumerate(used)
        if to != IGNORE and to in used[:n]
    }
    if "order" not in used:
        wrong["columns"] = "Choose the column with the number of the order: lines with one number are one order."
    elif not any(key in used for key in KEYS):
        wrong["columns"] = "Choose a column for your id of the customer, the e-mail address or the phone number."
    elif "placed" not in used:
        wrong["columns"] = "Choose the column that says when the order was placed."
    return wrong
