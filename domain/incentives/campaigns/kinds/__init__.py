"""The kinds of campaigns, a module each; `contract` says what one tells of itself, `catalogue` finds them."""
