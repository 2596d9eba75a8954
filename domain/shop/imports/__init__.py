"""Files with orders of before: one line an item, put together by the order's number. They count, and wake nobody."""
