"""How does a file of customers become customers?

`files` keeps the upload, `look` guesses how it is written, `mapping` what its columns mean; `start` makes a job of it. The job
reads the file into a staging table (`reader`, `convert`, `stage`), then merges that in the order of its keys (`merge`, `agree`).
Every step is one short transaction that also says how far it came, so that a killed import goes on where it was.
"""
