"""The rows of XEP-0479 (Compliance Suites 2023) for an Advanced Server, and how each is checked."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from . import core, instant, mobile, rooms, web
from .target import Target

EXTENSIONS = "Sources/Relay/Extensions"


@dataclass(frozen=True)
class Row:
    """One provider of one feature."""

    category: str
    feature: str
    #: "RFC 7590" or "XEP-0368".
    provider: str
    #: Where it is in this repository.
    files: tuple[str, ...]
    #: Raises AssertionError with the reason why the feature is not there.
    check: Callable[[Target], None]
    #: Whether the suite asks an Advanced Server for it.
    demanded: bool = True

    @property
    def name(self) -> str:
        return f"{self.category}: {self.provider}, {self.feature}"


ROWS = (
    Row("Core", "Core features", "RFC 6120",
        ("Sources/Relay/Connections/Negotiation.swift", "Sources/Relay/Routing/Router.swift"), core.streams),
    Row("Core", "TLS", "RFC 7590", ("Sources/Relay/Connections/RelayTLS.swift",), core.tls),
    Row("Core", "Direct TLS", "XEP-0368", ("Sources/Relay/Connections/Listener.swift",), core.direct_tls),
    Row("Core", "Feature discovery", "XEP-0030", (f"{EXTENSIONS}/XEP0030Disco.swift",), core.discovery),
    Row("Core", "Feature broadcasts", "XEP-0115",
        (f"{EXTENSIONS}/XEP0030Disco.swift", "Sources/Relay/PubSub/CapabilityBook.swift"), core.capabilities),
    Row("Core", "Server extensibility", "XEP-0114", ("Sources/Relay/Components/Component.swift",),
        core.components),
    Row("Core", "Event publishing", "XEP-0163", ("Sources/Relay/PubSub/PubSub.swift",), core.eventing),
    Row("Web", "Web connection mechanisms", "RFC 7395",
        ("Sources/Console/Streams/WebSocketStream.swift",), web.websocket),
    Row("Web", "Web connection mechanisms", "XEP-0206",
        ("Sources/Console/Streams/BOSHService.swift", "Sources/Console/Streams/BOSHSession.swift"), web.bosh),
    Row("Web", "Connection mechanism discovery", "XEP-0156", ("Sources/Console/Pages/HostMeta.swift",),
        web.host_meta, demanded=False),
    Row("IM", "Core features", "RFC 6121", ("Sources/Relay/Routing/MessageRouter.swift",), instant.people),
    Row("IM", "User avatar compatibility", "XEP-0398", (f"{EXTENSIONS}/XEP0398AvatarConversion.swift",),
        instant.avatars),
    Row("IM", "User avatar compatibility", "XEP-0153", (f"{EXTENSIONS}/XEP0398AvatarConversion.swift",),
        instant.photo_in_presence),
    Row("IM", "vcard-temp", "XEP-0054", (f"{EXTENSIONS}/XEP0054VCard.swift",), instant.card),
    Row("IM", "Outbound message synchronization", "XEP-0280", (f"{EXTENSIONS}/XEP0280Carbons.swift",),
        instant.carbons),
    Row("IM", "User blocking", "XEP-0191", (f"{EXTENSIONS}/XEP0191Blocking.swift",), instant.blocking),
    Row("IM", "Group chat", "XEP-0045", ("Sources/Relay/Rooms/Rooms.swift",), rooms.rooms),
    Row("IM", "Group chat", "XEP-0249", ("Sources/Relay/Routing/Keeping.swift",), rooms.invitations),
    Row("IM", "Advanced group chat", "XEP-0048", (f"{EXTENSIONS}/XEP0402Bookmarks.swift",),
        rooms.old_bookmarks),
    Row("IM", "Advanced group chat", "XEP-0313", ("Sources/Relay/Rooms/RoomArchive.swift",),
        rooms.room_archive),
    Row("IM", "Advanced group chat", "XEP-0402", (f"{EXTENSIONS}/XEP0402Bookmarks.swift",), rooms.bookmarks),
    Row("IM", "Advanced group chat", "XEP-0410", ("Sources/Relay/Rooms/RoomRequest.swift",), rooms.self_ping),
    Row("IM", "Persistent storage of private data via PubSub", "XEP-0223",
        ("Sources/Relay/PubSub/PubSubNode.swift",), instant.private_nodes),
    Row("IM", "Private XML storage", "XEP-0049", (f"{EXTENSIONS}/XEP0049PrivateStorage.swift",),
        instant.private_storage),
    Row("IM", "Stream management", "XEP-0198", (f"{EXTENSIONS}/XEP0198StreamManagement.swift",),
        mobile.stream_management),
    Row("IM", "History storage and retrieval", "XEP-0313", (f"{EXTENSIONS}/XEP0313MessageArchive.swift",),
        instant.archive),
    Row("IM", "File upload", "XEP-0363",
        (f"{EXTENSIONS}/XEP0363HTTPUpload.swift", "Sources/Console/Uploads/FileService.swift"),
        instant.upload),
    Row("Mobile", "Stream management", "XEP-0198", (f"{EXTENSIONS}/XEP0198StreamManagement.swift",),
        mobile.stream_management),
    Row("Mobile", "Client state indication", "XEP-0352", (f"{EXTENSIONS}/XEP0352ClientState.swift",),
        mobile.client_state),
    Row("Mobile", "Third party push notifications", "XEP-0357", (f"{EXTENSIONS}/XEP0357Push.swift",),
        mobile.push),
    Row("A/V calling", "STUN/TURN server discovery", "XEP-0215", (f"{EXTENSIONS}/XEP0215ExternalServices.swift",),
        mobile.calls),
)
