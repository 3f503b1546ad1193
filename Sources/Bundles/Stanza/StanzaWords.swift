/// The words themselves, the frequent ones first, between strokes or line ends. Their order is part of the
/// format: new words go to the end.
enum StanzaWords {
    static let all = """
        <message|<presence|<iq|<body|from=|to=|id=|type=|type=chat|type=groupchat|type=normal|type=error
        type=headline|type=get|type=set|type=result|xml:lang=|xml:lang=en|<origin-id urn:xmpp:sid:0
        <stanza-id urn:xmpp:sid:0|by=|<request urn:xmpp:receipts|<received urn:xmpp:receipts
        <markable urn:xmpp:chat-markers:0|<received urn:xmpp:chat-markers:0
        <displayed urn:xmpp:chat-markers:0|<acknowledged urn:xmpp:chat-markers:0
        <active http://jabber.org/protocol/chatstates|<composing http://jabber.org/protocol/chatstates
        <paused http://jabber.org/protocol/chatstates|<inactive http://jabber.org/protocol/chatstates
        <gone http://jabber.org/protocol/chatstates|<encrypted eu.siacs.conversations.axolotl
        <encrypted urn:xmpp:omemo:2|<header|sid=|<keys|jid=|<key|rid=|prekey=true|kex=true|prekey=1|kex=1
        <iv|<payload|<encryption urn:xmpp:eme:0|namespace=eu.siacs.conversations.axolotl
        namespace=urn:xmpp:omemo:2|name=OMEMO|namespace=|name=|<store urn:xmpp:hints
        <no-store urn:xmpp:hints|<no-copy urn:xmpp:hints|<no-permanent-store urn:xmpp:hints|<thread
        parent=|<subject|<delay urn:xmpp:delay|stamp=|<x jabber:x:oob|<url|<desc
        <replace urn:xmpp:message-correct:0|<reply urn:xmpp:reply:0|<fallback urn:xmpp:fallback:0
        for=urn:xmpp:reply:0|for=|<reactions urn:xmpp:reactions:0|<reaction|start=|end=|start=0
        <retract urn:xmpp:message-retract:1|<retracted urn:xmpp:message-retract:1
        <moderated urn:xmpp:message-moderate:1|<moderate urn:xmpp:message-moderate:1
        <occupant-id urn:xmpp:occupant-id:0|<x http://jabber.org/protocol/muc
        <x http://jabber.org/protocol/muc#user|<item|affiliation=member|affiliation=none|affiliation=owner
        affiliation=admin|affiliation=outcast|role=participant|role=none|role=moderator|role=visitor
        affiliation=|role=|nick=|<actor|<reason|<status|code=110|code=100|code=210|code=201|code=301
        code=307|code=333|code=|<history|maxstanzas=|since=|seconds=|maxchars=|<invite
        <x jabber:x:conference|password=|<destroy|<show|<priority|<c http://jabber.org/protocol/caps
        hash=sha-1|hash=|node=|ver=|<x vcard-temp:x:update|<photo|<idle urn:xmpp:idle:1
        <nick http://jabber.org/protocol/nick|type=subscribe|type=subscribed|type=unsubscribe
        type=unsubscribed|type=unavailable|type=probe|<error|type=cancel|type=wait|type=modify|type=auth
        <text urn:ietf:params:xml:ns:xmpp-stanzas|<service-unavailable urn:ietf:params:xml:ns:xmpp-stanzas
        <remote-server-timeout urn:ietf:params:xml:ns:xmpp-stanzas
        <remote-server-not-found urn:ietf:params:xml:ns:xmpp-stanzas
        <item-not-found urn:ietf:params:xml:ns:xmpp-stanzas|<forbidden urn:ietf:params:xml:ns:xmpp-stanzas
        <not-allowed urn:ietf:params:xml:ns:xmpp-stanzas
        <not-authorized urn:ietf:params:xml:ns:xmpp-stanzas
        <not-acceptable urn:ietf:params:xml:ns:xmpp-stanzas
        <bad-request urn:ietf:params:xml:ns:xmpp-stanzas|<conflict urn:ietf:params:xml:ns:xmpp-stanzas
        <feature-not-implemented urn:ietf:params:xml:ns:xmpp-stanzas
        <resource-constraint urn:ietf:params:xml:ns:xmpp-stanzas
        <recipient-unavailable urn:ietf:params:xml:ns:xmpp-stanzas
        <registration-required urn:ietf:params:xml:ns:xmpp-stanzas
        <policy-violation urn:ietf:params:xml:ns:xmpp-stanzas
        <internal-server-error urn:ietf:params:xml:ns:xmpp-stanzas
        <gone urn:ietf:params:xml:ns:xmpp-stanzas|<redirect urn:ietf:params:xml:ns:xmpp-stanzas
        <jid-malformed urn:ietf:params:xml:ns:xmpp-stanzas
        <unexpected-request urn:ietf:params:xml:ns:xmpp-stanzas
        <undefined-condition urn:ietf:params:xml:ns:xmpp-stanzas
        <query http://jabber.org/protocol/disco#info|<query http://jabber.org/protocol/disco#items
        <identity|category=|category=client|<feature|var=|<ping urn:xmpp:ping|<query jabber:iq:version
        <version|<os|<name|<query jabber:iq:last|<time urn:xmpp:time|<tzo|<utc
        <pubsub http://jabber.org/protocol/pubsub|<items|max_items=
        node=eu.siacs.conversations.axolotl.devicelist|node=urn:xmpp:omemo:2:devices
        node=urn:xmpp:omemo:2:bundles|<event http://jabber.org/protocol/pubsub#event|<vCard vcard-temp|<FN
        <N|<FAMILY|<GIVEN|<MIDDLE|<PREFIX|<SUFFIX|<NICKNAME|<TITLE|<ROLE|<ORG|<ORGNAME|<ORGUNIT|<TEL|<HOME
        <WORK|<VOICE|<CELL|<NUMBER|<EMAIL|<INTERNET|<USERID|<PHOTO|<TYPE|<BINVAL|<URL|<JABBERID|<BDAY|<ADR
        <STREET|<LOCALITY|<REGION|<PCODE|<CTRY|<DESC|<list eu.siacs.conversations.axolotl|<device
        <devices urn:xmpp:omemo:2|<bundle eu.siacs.conversations.axolotl|<bundle urn:xmpp:omemo:2
        <signedPreKeyPublic|signedPreKeyId=|<signedPreKeySignature|<identityKey|<prekeys|<preKeyPublic
        preKeyId=|<spk|<spks|<ik|<pk|label=|<apply-to urn:xmpp:fasten:0
        <retract urn:xmpp:message-retract:0|<attention urn:xmpp:attention:0
        <reference urn:xmpp:reference:0|begin=|uri=|<file-sharing urn:xmpp:sfs:0
        <file urn:xmpp:file:metadata:0|<sources|<url-data http://jabber.org/protocol/url-data|target=
        <media-type|<size|<hash urn:xmpp:hashes:2|algo=sha-256|algo=|<dimensions|<width|<height
        <body urn:xmpp:fallback:0|<subject urn:xmpp:fallback:0|<forwarded urn:xmpp:forward:0
        <message jabber:client|<presence jabber:client|<result urn:xmpp:mam:2|<fin urn:xmpp:mam:2
        <query urn:xmpp:mam:2|queryid=|<set http://jabber.org/protocol/rsm|<max|<before|<after|<first
        <last|<count|index=|complete=true|<x jabber:x:data|type=submit|type=form|<field|<value|type=hidden
        type=text-single|type=text-multi|type=boolean|type=list-single|<option|<title|<instructions
        <metadata urn:xmpp:avatar:metadata|<data urn:xmpp:avatar:data|<info|bytes=|width=|height=|url=
        <propose urn:xmpp:jingle-message:0|<proceed urn:xmpp:jingle-message:0
        <accept urn:xmpp:jingle-message:0|<reject urn:xmpp:jingle-message:0
        <retract urn:xmpp:jingle-message:0|<ringing urn:xmpp:jingle-message:0
        <finish urn:xmpp:jingle-message:0|<description urn:xmpp:jingle:apps:rtp:1|media=audio|media=video
        <jingle urn:xmpp:jingle:1|action=|initiator=|<content|creator=initiator|senders=both
        <transport urn:xmpp:jingle:transports:ice-udp:1|<candidate|<conference urn:xmpp:bookmarks:1
        autojoin=true|autojoin=1|<nick|<html http://jabber.org/protocol/xhtml-im
        <body http://www.w3.org/1999/xhtml|<p|<markup urn:xmpp:markup:0|<openpgp urn:xmpp:openpgp:0
        <x jabber:x:encrypted|<x jabber:x:signed|<query http://jabber.org/protocol/muc#admin
        <query http://jabber.org/protocol/muc#owner|<query jabber:iq:register|<query jabber:iq:roster
        <mood http://jabber.org/protocol/mood|<geoloc http://jabber.org/protocol/geoloc
        <tune http://jabber.org/protocol/tune|<geoloc|<lat|<lon|xml:lang=ur|xml:lang=de
        category=conference|category=server|type=phone|type=pc|type=web|type=text|hash=sha-256
        node=http://conversations.im|node=https://gajim.org|node=https://dino.im
        node=https://monal-im.org/|var=FORM_TYPE|var=urn:xmpp:receipts|var=urn:xmpp:chat-markers:0
        var=urn:xmpp:ping|var=http://jabber.org/protocol/caps|var=http://jabber.org/protocol/disco#info
        var=http://jabber.org/protocol/muc|var=http://jabber.org/protocol/chatstates
        var=eu.siacs.conversations.axolotl.devicelist+notify|var=urn:xmpp:avatar:metadata+notify
        var=http://jabber.org/protocol/nick+notify|var=urn:xmpp:message-correct:0
        var=urn:xmpp:omemo:2:devices+notify|<publish|<item http://jabber.org/protocol/pubsub|<retract
        <delete|<purge|notify=true|<slot urn:xmpp:http:upload:0|<request urn:xmpp:http:upload:0|filename=
        size=|content-type=|<put|<get|<private urn:xmpp:carbons:2
        <addresses http://jabber.org/protocol/address|<address|<displayed urn:xmpp:mds:displayed:0
        <no-permanent-storage urn:xmpp:hints
        """
}
