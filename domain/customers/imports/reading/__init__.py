"""What does a file say? Its encoding, its delimiter and header, and its lines one after the other, however long it is."""
