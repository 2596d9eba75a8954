"""Who needs a row? What is in use is not deleted, and the page says where."""
