"""What stands around every page: what is read of a request, static files, the navigation, and the pages that say what went wrong."""
