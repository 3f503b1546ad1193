"""What XEP-0479 asks of an Advanced Server, checked over the wire of any XMPP server."""

from .rows import ROWS, Row
from .target import Target

__all__ = ["ROWS", "Row", "Target"]
