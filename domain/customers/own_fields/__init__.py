"""The fields of metadata as a whole: listed, counted, renamed, retyped, merged, deleted."""
