"""A mail of blocks, or of MJML, made into HTML and text: variables are held, what people bring is cleaned, and mrml compiles it."""
