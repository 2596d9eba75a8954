"""What the wizard has been told so far."""
