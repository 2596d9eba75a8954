"""Who gets it: recipients made from an audience or from an event."""
