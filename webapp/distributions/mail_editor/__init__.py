"""The editor of a mail: one page for its blocks, its words and its looks, which works by forms alone and becomes quicker with scripts."""
