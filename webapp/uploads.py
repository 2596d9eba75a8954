"""How does a large file come in? Streamed to disk; the form's CSRF word is asked once it may be so large."""

import tempfile
from pathlib import Path
from typing import IO, Any

from flask import current_app, request
from werkzeug.datastructures import FileStorage

from webapp.security import csrf


def chosen(largest: int, folder: Path) -> FileStorage | None:
    """The file of a form whose view is exempt from CSRF, which is asked here. Raises RequestEntityTooLarge; None where none was chosen."""

    def stream(*about: Any, **more: Any) -> IO[bytes]:
        return tempfile.TemporaryFile(dir=folder)

    request.max_content_length = largest + (1 << 20)
    request._get_file_stream = stream  # type: ignore[method-assign] # where a file goes that is uploaded
    if current_app.config["WTF_CSRF_ENABLED"]:
        csrf.protect()
    file = request.files.get("file")
    return file if file and file.filename else None
