/// The XML namespaces that the relay speaks.
package enum NS {
    // RFC 6120: streams.
    package static let xml = "http://www.w3.org/XML/1998/namespace"
    package static let client = "jabber:client"
    package static let streams = "http://etherx.jabber.org/streams"
    package static let streamErrors = "urn:ietf:params:xml:ns:xmpp-streams"
    package static let stanzas = "urn:ietf:params:xml:ns:xmpp-stanzas"
    package static let tls = "urn:ietf:params:xml:ns:xmpp-tls"
    package static let sasl = "urn:ietf:params:xml:ns:xmpp-sasl"
    package static let sasl2 = "urn:xmpp:sasl:2"
    package static let bind2 = "urn:xmpp:bind:0"
    package static let fast = "urn:xmpp:fast:0"
    package static let bind = "urn:ietf:params:xml:ns:xmpp-bind"
    package static let session = "urn:ietf:params:xml:ns:xmpp-session"
    /// RFC 7395, streams over WebSocket.
    package static let framing = "urn:ietf:params:xml:ns:xmpp-framing"
    /// XEP-0440, SASL channel-binding type capability.
    package static let saslChannelBinding = "urn:xmpp:sasl-cb:0"

    // RFC 6121: roster and subscriptions.
    package static let roster = "jabber:iq:roster"
    package static let rosterVer = "urn:xmpp:features:rosterver"
    package static let preApproval = "urn:xmpp:features:pre-approval"

    /// XEP-0114, external components.
    package static let component = "jabber:component:accept"
    /// What became of a person's messages (docs/states.md).
    package static let states = "urn:dakghar:states:0"
    /// XEP-0357, push notifications.
    package static let push = "urn:xmpp:push:0"
    package static let pushSummary = "urn:xmpp:push:summary"
    /// Ours: an administrator's requests to the box (docs/console.md).
    package static let console = "urn:dakghar:console:0"
    /// XEP-0030, service discovery.
    package static let discoInfo = "http://jabber.org/protocol/disco#info"
    package static let discoItems = "http://jabber.org/protocol/disco#items"
    /// XEP-0115, entity capabilities.
    package static let caps = "http://jabber.org/protocol/caps"
    /// XEP-0092, software version.
    package static let version = "jabber:iq:version"
    /// The lines to other offices, for their people (docs/states.md).
    package static let lines = "urn:dakghar:lines:0"
    /// XEP-0199, ping.
    package static let ping = "urn:xmpp:ping"
    /// XEP-0202, entity time.
    package static let time = "urn:xmpp:time"
    /// XEP-0012, last activity.
    package static let last = "jabber:iq:last"
    /// XEP-0049, private XML storage.
    package static let privateStorage = "jabber:iq:private"
    /// XEP-0004, data forms.
    package static let dataForms = "jabber:x:data"
    /// XEP-0059, result set management.
    package static let rsm = "http://jabber.org/protocol/rsm"
    /// XEP-0191, blocking.
    package static let blocking = "urn:xmpp:blocking"

    /// XEP-0198, stream management.
    package static let sm = "urn:xmpp:sm:3"
    /// XEP-0352, client state indication.
    package static let csi = "urn:xmpp:csi:0"
    /// XEP-0280, message carbons.
    package static let carbons = "urn:xmpp:carbons:2"
    /// XEP-0297, stanza forwarding.
    package static let forward = "urn:xmpp:forward:0"
    /// XEP-0313, message archive.
    package static let mam2 = "urn:xmpp:mam:2"
    package static let mam2Extended = "urn:xmpp:mam:2#extended"
    /// XEP-0359, stanza and origin ids.
    package static let sid = "urn:xmpp:sid:0"
    /// XEP-0203, delayed delivery.
    package static let delay = "urn:xmpp:delay"
    /// XEP-0334, message processing hints.
    package static let hints = "urn:xmpp:hints"
    /// XEP-0160, offline messages (a disco feature only).
    package static let offline = "msgoffline"

    /// XEP-0215, external services.
    package static let externalServices = "urn:xmpp:extdisco:2"
    /// XEP-0055, search.
    package static let search = "jabber:iq:search"
    /// XEP-0353, calls before there is a session.
    package static let jingleMessage = "urn:xmpp:jingle-message:0"
    /// XEP-0363, upload slots.
    package static let upload = "urn:xmpp:http:upload:0"
    /// XEP-0184, delivery receipts.
    package static let receipts = "urn:xmpp:receipts"
    /// XEP-0333, chat markers.
    package static let chatMarkers = "urn:xmpp:chat-markers:0"
    /// XEP-0085, chat states.
    package static let chatStates = "http://jabber.org/protocol/chatstates"
    /// XEP-0308, last message correction.
    package static let correction = "urn:xmpp:message-correct:0"
    /// XEP-0444, reactions.
    package static let reactions = "urn:xmpp:reactions:0"
    /// XEP-0424, retraction.
    package static let retraction = "urn:xmpp:message-retract:1"
    /// XEP-0380, explicit message encryption.
    package static let explicitEncryption = "urn:xmpp:eme:0"

    /// XEP-0054, contact card.
    package static let vcard = "vcard-temp"
    /// XEP-0153, avatar in presence.
    package static let vcardUpdate = "vcard-temp:x:update"
    /// XEP-0060, publish and subscribe, and its parts.
    package static let pubsub = "http://jabber.org/protocol/pubsub"
    package static let pubsubEvent = "http://jabber.org/protocol/pubsub#event"
    package static let pubsubOwner = "http://jabber.org/protocol/pubsub#owner"
    package static let pubsubErrors = "http://jabber.org/protocol/pubsub#errors"
    package static let pubsubNodeConfig = "http://jabber.org/protocol/pubsub#node_config"
    package static let pubsubPublishOptions = "http://jabber.org/protocol/pubsub#publish-options"
    package static let pubsubMetadata = "http://jabber.org/protocol/pubsub#meta-data"
    /// XEP-0048 and XEP-0402, bookmarks of rooms.
    package static let bookmarksStorage = "storage:bookmarks"
    package static let bookmarks = "urn:xmpp:bookmarks:1"
    /// XEP-0084, avatars.
    package static let avatarData = "urn:xmpp:avatar:data"
    package static let avatarMetadata = "urn:xmpp:avatar:metadata"
    /// XEP-0045, group chat.
    package static let muc = "http://jabber.org/protocol/muc"
    package static let mucUser = "http://jabber.org/protocol/muc#user"
    package static let mucAdmin = "http://jabber.org/protocol/muc#admin"
    package static let mucOwner = "http://jabber.org/protocol/muc#owner"
    package static let mucUnique = "http://jabber.org/protocol/muc#unique"
    package static let mucRequest = "http://jabber.org/protocol/muc#request"
    package static let mucStableID = "http://jabber.org/protocol/muc#stable_id"
    package static let mucRoomConfig = "http://jabber.org/protocol/muc#roomconfig"
    package static let mucRoomInfo = "http://jabber.org/protocol/muc#roominfo"
    /// XEP-0249, direct invitations.
    package static let directInvitation = "jabber:x:conference"
    /// XEP-0410, answering of self-pings by the room.
    package static let mucSelfPing = "http://jabber.org/protocol/muc#self-ping-optimization"
    /// XEP-0077, in-band registration.
    package static let register = "jabber:iq:register"
    /// XEP-0445, registration with an invitation: the stream feature and the token.
    package static let tokenRegistration = "urn:xmpp:ibr-token:0"
    package static let preauth = "urn:xmpp:pars:0"
    /// XEP-0421, occupant ids.
    package static let occupantID = "urn:xmpp:occupant-id:0"
    /// XEP-0425, moderation of messages.
    package static let moderation = "urn:xmpp:message-moderate:1"
}
