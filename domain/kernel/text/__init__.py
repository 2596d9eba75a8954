"""How text is compared, whoever wrote it and whatever database keeps it."""
