internal import Storage
internal import XMPP

/// Changes of an account's items: written first, told to others when they are on the disk.
extension PubSub {
    /// Publishes an item of an account's own; the node is made when there is none (XEP-0060 §7.1).
    /// - Parameters:
    ///   - payload: nil for an item without one.
    ///   - id: nil draws one.
    ///   - options: preconditions of a node that is there, settings of one that is made.
    ///   - done: runs after the commit, with the item's id.
    func publish(
        _ payload: Element?, id: String?, in name: String, of owner: Person, options: Element?,
        then done: @escaping (StorageError?, String) -> Void
    ) throws(StanzaError) -> IQAnswer {
        guard !relay.disk.isFull else { throw .diskFull }
        let item = id.flatMap { $0.isEmpty ? nil : $0 } ?? Token.random(bytes: 12)
        guard item.utf8.count <= PubSubLimits.nameBytes else { throw PubSubError.nameTooLong }
        let bytes = payload?.serialized(in: "") ?? []
        guard bytes.count <= PubSubLimits.itemBytes else { throw PubSubError.payloadTooBig }
        let book = book(of: owner)
        let created = try settings(name, book, options)
        try book.publish(item, bytes, in: name, created: created) { error in
            done(error, item)
            // As it is now: it may be gone or closed meanwhile, and is not told of then.
            guard error == nil, let node = self.book(of: owner).nodes[name] else { return }
            let told = node.configuration.deliverPayloads ? payload : nil
            self.events.tell(PubSubEvents.published(name, item, told), of: node, owner: owner)
            self.replicas.changed(name, of: owner)
            self.published(payload, in: name, of: owner)
        }
        return .later
    }

    /// The settings of a node to be made; nil when there is one and it is as the options ask.
    private func settings(
        _ name: String, _ book: PubSubBook, _ options: Element?
    ) throws(StanzaError) -> NodeSettings? {
        if let node = book.nodes[name] {
            guard let options else { return nil }
            var asked = node.configuration
            do {
                try NodeForm.apply(options, to: &asked)
            } catch {
                throw PubSubError.preconditionNotMet
            }
            guard asked == node.configuration else { throw PubSubError.preconditionNotMet }
            return nil
        }
        var made = NodeSettings(name: name, configuration: NodeConfiguration())
        if let options { try NodeForm.apply(options, to: &made.configuration) }
        return made
    }

    /// Takes items back (XEP-0060 §7.2); those that are not there are passed over if one is.
    /// - Parameter tell: also when the node is not configured to.
    func retract(
        _ names: [String], from name: String, of owner: Person, tell: Bool,
        then done: @escaping (StorageError?) -> Void
    ) throws(StanzaError) -> IQAnswer {
        let book = book(of: owner)
        guard let node = book.nodes[name] else { throw PubSubError.nodeNotFound }
        let wanted = Set(names)
        let items = node.items.filter { wanted.contains($0.name) }
        guard !items.isEmpty else { throw PubSubError.itemNotFound }
        book.retract(items, from: name) { error in
            done(error)
            guard error == nil, let node = self.book(of: owner).nodes[name] else { return }
            if tell || node.configuration.notifyRetract {
                self.events.tell(PubSubEvents.retracted(name, items.map(\.name)), of: node, owner: owner)
            }
            self.replicas.changed(name, of: owner)
        }
        return .later
    }

    /// What follows from a publication on other extensions.
    private func published(_ payload: Element?, in name: String, of owner: Person) {
        if name == NS.avatarMetadata { relay.avatars.published(payload, of: owner) }
    }
}
