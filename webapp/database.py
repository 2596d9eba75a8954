"""Where does a view get its session? From `db.session`: one per request, undone at the end unless the view committed."""

from flask_sqlalchemy import SQLAlchemy

from domain.kernel.base import Base

db = SQLAlchemy(model_class=Base)
