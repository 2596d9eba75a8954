"""Pictures: /q/<token>.png is a QR code, /b/<token>.png a barcode, drawn when asked for; /i/<word>.png was uploaded. None ever changes."""

from flask import Blueprint

blueprint = Blueprint("pictures", __name__)

from webapp.pictures import views  # noqa: E402, F401 - views need the blueprint
