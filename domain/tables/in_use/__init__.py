"""Who still needs a thing, so that it cannot be deleted?"""
