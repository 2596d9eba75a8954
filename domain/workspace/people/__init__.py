"""People who sign in: invitations, roles, passwords and sessions."""
