package import Carriers
package import Storage
package import XMPP

/// What other offices send to the people of this one.
extension Relay: Correspondent {
    package func arrived(
        mail stanza: Element, from sender: JID, to recipient: JID, acceptedMs: UInt64
    ) -> MailArrival {
        if let service = router.service(for: recipient.domain) {
            service.receive(stanza, from: sender, to: recipient, by: .mail(acceptedMs: acceptedMs))
            return .settled
        }
        switch stanza.name {
        case "presence": subscriptions.inbound(stanza, from: sender.bare, to: recipient.bare)
        case "message":
            return messages.arrived(mail: stanza, from: sender, to: recipient, acceptedMs: acceptedMs)
        default: break
        }
        return .settled
    }

    package func arrived(live stanza: Element, from sender: JID, to recipient: JID) {
        router.arrivedLive(stanza, from: sender, to: recipient)
    }

    package func registerChanged(_ key: String, value: [UInt8], of office: Office) {
        if key.hasPrefix(PresenceRouter.registerPrefix) {
            presence.registerChanged(
                String(key.dropFirst(PresenceRouter.registerPrefix.count)), value: value)
        } else if key.hasPrefix(PostOffice.peoplePrefix) {
            directory.registerChanged(of: office)
        } else {
            pubsub.remote.registerChanged(key, value: value, of: office)
        }
    }

    package func officeChanged(_ office: Office) {
        presence.officeChanged(office)
        visits.officeChanged(office)
        rooms.officeChanged(office)
        push.officeChanged(office)
    }

    package func announceRegisters(to office: Office) {
        presence.announceAll(to: office)
        VCard.announceAll(to: office, relay: self)
        pubsub.replicas.announceAll(to: office)
    }

    package func officeForgotten(_ office: Office) {
        pubsub.replicas.forget(office)
        directory.forget(office)
    }

    package func keptValue(_ key: String, for office: Office) -> [UInt8] {
        if key.hasPrefix(PostOffice.keptPrefix) { return VCard.registerValue(key, relay: self) }
        if key.hasPrefix(PostOffice.peoplePrefix) { return directory.registerValue(key) }
        return pubsub.replicas.value(key, for: office)
    }

    package func ended(mail stanza: [UInt8], id: Int64, to office: Office, because end: MailEnd) {
        states.ended(mail: stanza, id: id, to: office, because: end)
    }

    package var watchesStates: Bool { states.isWatched }

    package func statesChanged(_ ids: [Int64]) { states.changed(ids) }

    package func corrected(_ row: MessageStateRow, to state: MessageState, by office: Office) {
        states.corrected(row, to: state, by: office)
    }
}
