"""What the black-box tests share: boxes, networks to cut, people at clients, figures."""

from .acquaintance import become_friends
from .box import Box, CommandFailed, introduce
from .client import Client, LoginFailed, Refused
from .figures import record
from .network import Link, Network, Office
from .raw import Denied, RawStream, StreamEnded
from .thin_line import ThinLine
from .waiting import NeverHappened, stays, until

__all__ = [
    "Box", "Client", "CommandFailed", "Denied", "Link", "LoginFailed", "Network",
    "NeverHappened", "Office", "RawStream", "Refused", "StreamEnded", "ThinLine",
    "become_friends", "introduce", "record", "stays", "until",
]
