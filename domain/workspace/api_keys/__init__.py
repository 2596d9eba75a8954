"""Keys of the API: making them and asking what they may."""
