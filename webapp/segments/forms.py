"""What is asked about a segment beside its condition."""

from wtforms import BooleanField, HiddenField, IntegerField, StringField, TextAreaField
from wtforms.widgets import HiddenInput

from webapp.forms import Form


class SegmentForm(Form):
    """Its name; for an edit also what it was when the form was drawn."""

    name = StringField("Name")
    row_version = IntegerField(widget=HiddenInput(), default=0)
    react = BooleanField("Let live distributions react")


class SegmentListForm(SegmentForm):
    """A fixed list: its name, and the people put on it."""

    paste = TextAreaField("Paste source ids, e-mail addresses or phone numbers")
    anyway = HiddenField()
