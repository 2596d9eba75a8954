"""What everything stands on: time, ids, money, secrets, who acts, and how a refusal is said."""
