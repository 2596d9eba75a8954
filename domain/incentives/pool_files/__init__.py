"""Files with the codes of a pool: written by a job, kept for a day."""
