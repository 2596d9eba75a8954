"""Pictures of codes: /q/<token>.png is a QR code, /b/<token>.png a barcode. Drawn when first asked for, the same for ever after."""

from flask import Blueprint

blueprint = Blueprint("pictures", __name__)

from webapp.pictures import views  # noqa: E402, F401 - views need the blueprint
