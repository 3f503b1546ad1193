internal import Bundles
internal import Engine
internal import Storage
internal import XMPP

/// Mail that has been read and checked, before it is taken in.
struct CheckedMail {
    let arrived: ArrivedMail
    let acceptedMs: UInt64
    let bytes: [UInt8]
    let letter: Letter
}

/// A stanza of another office's with its addresses.
struct Letter {
    let stanza: Element
    let from: JID
    let to: JID
}

extension PostOffice {
    /// A bundle has come over a session: for this box, or to be passed on.
    func received(_ bundle: ReceivedBundle, on connection: LinkConnection) {
        guard let carrier = connection.peer else { return }
        guard bundle.header.destination == identity.boxID else {
            return passOn(bundle, from: carrier, on: connection)
        }
        guard let origin = peers[bundle.header.origin] else {
            counts.refusedParcels += 1
            return connection.refuse(bundle.number, .notForAPeer, "its origin is not in this box's peer list")
        }
        guard let key = identity.sealingKey(id: bundle.header.sealingKeyID) else {
            tellRegisters(origin)
            return connection.refuse(bundle.number, .malformed, "sealed for a key that this box has not")
        }
        do {
            let checked = try check(bundle.bytes, bundle.header.epoch, key, origin)
            guard !isDiskFull() || !checked.contains(where: \.isKept) else {
                return connection.refuse(bundle.number, .full, "this box's disk is full")
            }
            take(checked, from: origin) { error in
                guard error == nil else {
                    guard !bundle.header.isLive else { return }
                    return connection.refuse(bundle.number, .full, "this box's disk is full")
                }
                self.takeBlobs(
                    checked, bundle.number, isLive: bundle.header.isLive, from: origin, on: connection)
            }
        } catch {
            counts.refusedParcels += 1
            note("refused a bundle: \(error)", origin.office.name)
            if !bundle.header.isLive { connection.refuse(bundle.number, .malformed, "\(error)") }
        }
    }

    /// An open bundle has come: the peer's own, for this box. TAKEN says that all mail in it is synced here.
    func received(_ bundle: ReceivedOpenBundle, on connection: LinkConnection) {
        guard let origin = connection.peer, peers[origin.box] === origin else { return }
        let isLive = OpenBundle.isLive(bundle.bytes)
        do {
            let content = try OpenBundle.decode(bundle.bytes)
            guard let epoch = content.epoch ?? connection.peerEpoch else { throw Refusal.unknownEpoch }
            let checked = try check(content.parcels, epoch, origin)
            guard isLive || !isDiskFull() || !checked.contains(where: \.isKept) else {
                return connection.refuse(bundle.number, .full, "this box's disk is full")
            }
            // Mail is answered for after its sync: by then it is known how much was left out.
            var isRoomLacking = false
            let outcome = take(checked, from: origin, isAnswered: true) { error in
                guard error == nil else {
                    guard !isLive else { return }
                    return connection.refuse(bundle.number, .full, "this box's disk is full")
                }
                guard isRoomLacking, !isLive else {
                    return self.takeBlobs(
                        checked, bundle.number, isLive: isLive, from: origin, on: connection)
                }
                // Some of it: the acknowledgement says which, the rest comes again.
                connection.acknowledge(origin.receiver.acknowledgement)
                connection.refuse(bundle.number, .full, "too much waits here for its predecessors")
            }
            isRoomLacking = outcome.deferred > 0
        } catch {
            counts.refusedParcels += 1
            note("refused a bundle: \(error)", origin.office.name)
            if !isLive { connection.refuse(bundle.number, .malformed, "\(error)") }
        }
    }

    // MARK: Checking: before anything is written

    enum Checked {
        case mail(CheckedMail)
        /// Numbered, and not to be taken: its number is settled so that what is behind it comes.
        case refusedMail(ParcelName, String)
        /// Neither numbered nor to be taken.
        case refused(String)
        case skipped(ParcelName, [ParcelName])
        case state(key: String, version: Peer.RegisterVersion, value: [UInt8])
        case live(Letter)
        case acknowledgement(Acknowledgement)
        case blob(BlobParcel)

        /// Why it is not taken; nil when it is.
        var refusal: String? {
            switch self {
            case .refusedMail(_, let reason), .refused(let reason): reason
            default: nil
            }
        }

        /// Whether it needs room on the disk.
        var isKept: Bool {
            switch self {
            case .mail: true
            case .blob(let blob): if case .range = blob.body { true } else { false }
            default: false
            }
        }
    }

    /// Why a parcel of a peer was refused.
    enum Refusal: Error, CustomStringConvertible {
        case notAStanza
        case foreignSender(String)
        case foreignRecipient(String)
        case foreignRegister(String)
        case tooMany
        case impossibleTime
        case unknownEpoch

        var description: String {
            switch self {
            case .notAStanza: "a parcel holds no stanza"
            case .foreignSender: "a box speaks for its own domain only: the sender is of another"
            case .foreignRecipient: "the recipient is not of this box's domain"
            case .foreignRegister: "a register of another owner"
            case .tooMany: "more parcels than a bundle brings"
            case .unknownEpoch: "an open bundle before the hello"
            case .impossibleTime: "mail of a time that cannot be"
            }
        }
    }

    /// Parcels of one bundle: well compressed, many more would fit, and reading them takes time.
    private static let parcelLimit = 4_096
    /// The end of the year 9999, wall milliseconds.
    private static let lastTime: UInt64 = 253_402_300_799_999

    private static func skippedNames(_ parcels: [Parcel]) -> Int {
        parcels.reduce(0) { sum, parcel in
            if case .skipped(_, let names) = parcel { sum + names.count } else { sum }
        }
    }

    /// Opens a bundle that was sealed for `key` and checks everything in it.
    func check(_ bytes: [UInt8], _ epoch: Epoch, _ key: SealingKey, _ origin: Peer) throws -> [Checked] {
        let parcels = try Bundle.open(bytes, sender: origin.entry.card.linkKey, recipient: key.pair)
        return try check(parcels, epoch, origin)
    }

    private func check(_ parcels: [Parcel], _ epoch: Epoch, _ origin: Peer) throws -> [Checked] {
        guard parcels.count <= Self.parcelLimit, Self.skippedNames(parcels) <= Self.parcelLimit else {
            throw Refusal.tooMany
        }
        return parcels.map { parcel in
            do {
                return try check(parcel, epoch, origin)
            } catch {
                // One bad parcel does not keep the others of its bundle from their people.
                if case .mail(let number, _, _, _) = parcel {
                    return .refusedMail(ParcelName(epoch: epoch, number: number), "\(error)")
                }
                return .refused("\(error)")
            }
        }
    }

    private func check(_ parcel: Parcel, _ epoch: Epoch, _ origin: Peer) throws -> Checked {
        switch parcel {
        case .mail(let number, let previous, let acceptedMs, let stanza):
            let name = ParcelName(epoch: epoch, number: number)
            return .mail(try checkMail(stanza, name, previous, acceptedMs, origin))
        case .skipped(let number, let names):
            return .skipped(ParcelName(epoch: epoch, number: number), names)
        case .state(let key, let version, let value):
            guard mayWrite(key, origin) else { throw Refusal.foreignRegister(key) }
            return .state(key: key, version: .init(epoch: epoch, counter: version), value: value)
        case .live(let stanza): return .live(try letter(stanza, origin))
        case .acknowledgement(let acknowledgement): return .acknowledgement(acknowledgement)
        case .blob(let blob): return .blob(blob)
        }
    }

    func checkMail(
        _ bytes: [UInt8], _ name: ParcelName, _ previous: Parcel.Previous, _ acceptedMs: UInt64,
        _ origin: Peer
    ) throws -> CheckedMail {
        guard acceptedMs <= Self.lastTime else { throw Refusal.impossibleTime }
        let letter = try letter(bytes, origin)
        let predecessor: ParcelName? =
            switch previous {
            case .none: nil
            case .sameEpoch(let number): ParcelName(epoch: name.epoch, number: number)
            case .other(let epoch, let number): ParcelName(epoch: epoch, number: number)
            }
        let content = contentID(
            origin: origin.office.domain, destination: domain, acceptedMs: acceptedMs, stanza: bytes)
        let arrived = ArrivedMail(
            name: name, predecessor: predecessor,
            conversation: letter.from.bare.description + "\n" + letter.to.bare.description, content: content,
            bytes: bytes.count)
        return CheckedMail(arrived: arrived, acceptedMs: acceptedMs, bytes: bytes, letter: letter)
    }

    private func letter(_ bytes: [UInt8], _ origin: Peer) throws -> Letter {
        guard let stanza = try? StreamParser.parse(bytes), stanza.namespace == NS.client,
            ["message", "presence", "iq"].contains(stanza.name),
            let from = stanza["from"].flatMap({ try? JID($0) }),
            let to = stanza["to"].flatMap({ try? JID($0) })
        else { throw Refusal.notAStanza }
        guard office(for: from.domain) == origin.office else { throw Refusal.foreignSender(from.domain) }
        guard to.domain == domain || to.domain.hasSuffix("." + domain) else {
            throw Refusal.foreignRecipient(to.domain)
        }
        return Letter(stanza: stanza, from: from, to: to)
    }

    // MARK: Taking in

    /// Takes a whole bundle's parcels in one transaction; `then` runs after its sync.
    /// - Parameter isAnswered: the caller acknowledges the mail
    @discardableResult
    func take(
        _ parcels: [Checked], from origin: Peer, isAnswered: Bool = false,
        then done: @escaping (StorageError?) -> Void
    ) -> ReceivingOutcome {
        var mailCame = false
        var registerCame = false
        var outcome = ReceivingOutcome()
        for parcel in parcels {
            switch parcel {
            case .mail(let mail):
                mailCame = true
                outcome.count(take(mail, from: origin))
            case .skipped(let name, let names):
                mailCame = true
                noteSkipped(names, origin)
                perform(origin, origin.receiver.skipped(announcement: name, never: names), current: nil)
            case .state(let key, let version, let value):
                registerCame = registerCame || Self.isKept(key)
                if Self.isKept(key) { outcome.registers += 1 }
                heard(key, version, value, from: origin)
            case .refusedMail(let name, let reason):
                mailCame = true
                refuse(name, reason, origin)
            case .refused(let reason): alarm("refused a parcel: \(reason)", origin)
            case .live(let letter):
                correspondent?.arrived(live: letter.stanza, from: letter.from, to: letter.to)
            case .acknowledgement(let acknowledgement): acknowledged(by: origin, acknowledgement)
            case .blob: break
            }
        }
        if mailCame {
            commitReceived(origin, isAnswered: isAnswered, then: done)
        } else if registerCame {
            // A kept register is acknowledged after its sync, like mail.
            store.journal.commit({ _ in }, then: done)
        } else {
            done(nil)
        }
        return outcome
    }

    private func take(_ mail: CheckedMail, from origin: Peer) -> [ReceiveEffect] {
        let content = mail.arrived.content
        do {
            let known =
                try origin.unsyncedContents.contains(content)
                || store.reader.isDelivered(content: content, peer: origin.office.number)
            let effects = origin.receiver.receive(mail.arrived, known: known, now: Clocks.monotonic())
            perform(origin, effects, current: mail)
            return effects
        } catch {
            broken("\(error)")
            return []
        }
    }

    func perform(_ origin: Peer, _ effects: [ReceiveEffect], current: CheckedMail?) {
        for effect in effects {
            switch effect {
            case .deliver: if let current { deliver(current, from: origin) }
            case .store(let parcel): if let current { keepWaiting(parcel, current, origin) }
            case .release(let name): release(name, origin)
            case .superseded(let name): forgetWaiting(name, origin)
            case .duplicate: break
            case .alarm(let name):
                if cameLate(name, origin) { break }
                counts.alarms += 1
                note("ALARM: the number \(name) came again with other content", origin.office.name)
            case .full: note("too much waits for its predecessors", origin.office.name)
            }
        }
    }

    func deliver(_ mail: CheckedMail, from origin: Peer) {
        let content = mail.arrived.content
        origin.unsyncedContents.insert(content)
        let number = origin.office.number
        let service = store.serviceClock.now()
        store.journal.commit({ try $0.insertDelivered(content: content, peer: number, service: service) })
        let arrival = correspondent?.arrived(
            mail: mail.letter.stanza, from: mail.letter.from, to: mail.letter.to, acceptedMs: mail.acceptedMs)
        let name = mail.arrived.name
        switch arrival {
        case .waits(let entry):
            store.journal.commit({ try $0.insertUndelivered(id: entry, peer: number, name) })
        case .settled: note(name, .delivered, origin)
        case .unwanted, nil: break
        }
    }

    /// Mail that its origin must not send, or that nobody can read: never shown. Its number is acknowledged,
    /// so that it does not come for ever, and its origin is told to tell its author.
    private func refuse(_ name: ParcelName, _ reason: String, _ origin: Peer) {
        alarm("refused mail: \(reason)", origin)
        guard !origin.receiver.hasReceived(name) else { return }
        note(name, .refused, origin)
        perform(origin, origin.receiver.skipped(announcement: name, never: []), current: nil)
    }

    private func alarm(_ text: String, _ origin: Peer) {
        counts.refusedParcels += 1
        note("ALARM: " + text, origin.office.name)
    }

    func commitReceived(
        _ origin: Peer, isAnswered: Bool = false, then done: @escaping (StorageError?) -> Void
    ) {
        let changes = origin.receiver.takeChanges()
        let number = origin.office.number
        let contents = origin.unsyncedContents
        store.journal.commit({ database in
            for change in changes {
                try database.putReceived(peer: number, epoch: change.epoch, received: change.received)
            }
        }) { error in
            if error != nil {
                // Nothing of it was kept: the peer sends it again when there is room.
                self.forgetReceived(origin)
                return done(error)
            }
            origin.unsyncedContents.subtract(contents)
            origin.receiver.committed(changes)
            done(nil)
            if !isAnswered { self.acknowledge(origin) }
        }
    }

    private func forgetReceived(_ origin: Peer) {
        do {
            try restoreReceiving(origin)
        } catch {
            broken(error.description)
        }
    }

    // MARK: Acknowledging

    /// Tells the origin what is synced here: over its session, else sealed, through a hub.
    private func acknowledge(_ origin: Peer) {
        if let session = origin.session, !session.isClosed {
            return session.acknowledge(origin.receiver.acknowledgement)
        }
        guard origin.acknowledgementDue == nil else { return }
        // A little later: one bundle for what comes in a row.
        origin.acknowledgementDue = Clocks.monotonic() + 150
    }

    func acknowledgeByHub(_ origin: Peer) {
        origin.acknowledgementDue = nil
        let acknowledgement = origin.receiver.acknowledgement
        if let session = origin.session, !session.isClosed { return session.acknowledge(acknowledgement) }
        if !sendByHub(.acknowledgement(acknowledgement), class: .receipts, to: origin) {
            origin.acknowledgementDue = Clocks.monotonic() + 1_000
        }
    }
}
