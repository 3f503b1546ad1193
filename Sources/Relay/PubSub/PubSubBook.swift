internal import Storage
internal import XMPP

/// One account's nodes in memory, written through to the store. Payloads stay here only until they are
/// on the disk.
final class PubSubBook {
    typealias Completion = (StorageError?) -> Void

    private unowned let service: PubSub
    private let account: Int64
    private(set) var nodes: [String: PubSubNode] = [:]
    /// Payloads of all items, bytes.
    private(set) var bytes = 0
    /// A write was refused: the disk holds something else than this book.
    private(set) var isStale = false

    init(service: PubSub, account: Int64) {
        self.service = service
        self.account = account
    }

    /// - Throws: what the store throws, or `damaged` when a row does not decode.
    func load() throws(StorageError) {
        let store = service.relay.store
        var names: [Int64: String] = [:]
        for row in try store.pubSubNodes(of: account) {
            guard let settings = try? NodeSettings(decoding: row.settings) else {
                throw StorageError.damaged("node \(row.id)")
            }
            names[row.id] = settings.name
            nodes[settings.name] = PubSubNode(row: row.id, settings: settings)
        }
        for row in try store.pubSubItems(of: account) {
            guard let name = names[row.node] else { continue }
            nodes[name]?.items.append(PubSubItem(row: row.id, name: row.name, size: row.size))
            bytes += row.size
        }
    }

    // MARK: Nodes

    func create(_ settings: NodeSettings, then done: @escaping Completion) throws(StanzaError) {
        let node = try newNode(settings)
        nodes[settings.name] = node
        var change = Store.PubSubChange(account: account, node: node.row)
        change.settings = settings.encoded
        write(change, then: done)
    }

    private func newNode(_ settings: NodeSettings) throws(StanzaError) -> PubSubNode {
        guard nodes.count < PubSubLimits.nodes else { throw PubSubError.tooManyNodes }
        guard !settings.name.isEmpty, settings.name.utf8.count <= PubSubLimits.nameBytes else {
            throw PubSubError.nameTooLong
        }
        return PubSubNode(row: service.takeID(), settings: settings)
    }

    /// New settings; items beyond a smaller limit go.
    func configure(_ settings: NodeSettings, then done: @escaping Completion) {
        guard var node = nodes[settings.name] else { return done(nil) }
        node.settings = settings
        let kept = settings.configuration.persistItems ? settings.configuration.maxItems : 0
        var change = Store.PubSubChange(account: account, node: node.row)
        change.settings = settings.encoded
        change.removedItems = drop(node.items.count - kept, from: &node)
        nodes[settings.name] = node
        write(change, then: done)
    }

    func delete(_ name: String, then done: @escaping Completion) {
        guard let node = nodes.removeValue(forKey: name) else { return done(nil) }
        bytes -= node.items.reduce(0) { $0 + $1.size }
        var change = Store.PubSubChange(account: account, node: node.row)
        change.removedItems = node.items.map(\.row)
        change.removesNode = true
        write(change, then: done)
    }

    // MARK: Items

    /// Publishes an item, in a new node when `created` is given, and drops the oldest ones beyond the limit.
    func publish(
        _ item: String, _ payload: [UInt8], in name: String, created: NodeSettings?,
        then done: @escaping Completion
    ) throws(StanzaError) {
        var node: PubSubNode
        if let known = nodes[name] {
            node = known
        } else {
            guard let created else { throw PubSubError.nodeNotFound }
            node = try newNode(created)
        }
        var change = Store.PubSubChange(account: account, node: node.row)
        change.settings = created?.encoded
        if node.configuration.persistItems {
            let replaced = node.items.first { $0.name == item }
            guard bytes - (replaced?.size ?? 0) + payload.count <= PubSubLimits.accountBytes else {
                throw PubSubError.tooManyBytes
            }
            change.removedItems = remove(replaced.map { [$0] } ?? [], from: &node)
            change.removedItems += drop(node.items.count + 1 - node.configuration.maxItems, from: &node)
            let row = service.takeID()
            change.published = (row, item, payload)
            node.items.append(PubSubItem(row: row, name: item, size: payload.count, payload: payload))
            bytes += payload.count
        }
        nodes[name] = node
        write(change, then: done)
    }

    func retract(_ items: [PubSubItem], from name: String, then done: @escaping Completion) {
        guard var node = nodes[name] else { return done(nil) }
        var change = Store.PubSubChange(account: account, node: node.row)
        change.removedItems = remove(items, from: &node)
        nodes[name] = node
        write(change, then: done)
    }

    /// The payload of an item as an element; nil when it has none.
    func payload(_ item: PubSubItem) -> Element? {
        guard let bytes = payloadBytes(item), !bytes.isEmpty else { return nil }
        return service.relay.read(nil) { try StreamParser.parse(bytes) }
    }

    func payloadBytes(_ item: PubSubItem) -> [UInt8]? {
        if let payload = item.payload { return payload }
        let relay = service.relay
        return relay.read(nil) { try relay.store.pubSubPayload(item.row) }
    }

    // MARK: Steps

    private func drop(_ count: Int, from node: inout PubSubNode) -> [Int64] {
        count > 0 ? remove(Array(node.items.prefix(count)), from: &node) : []
    }

    private func remove(_ items: [PubSubItem], from node: inout PubSubNode) -> [Int64] {
        guard !items.isEmpty else { return [] }
        let rows = Set(items.map(\.row))
        node.items.removeAll { rows.contains($0.row) }
        bytes -= items.reduce(0) { $0 + $1.size }
        return items.map(\.row)
    }

    private func write(_ change: Store.PubSubChange, then done: @escaping Completion) {
        guard
            change.settings != nil || change.published != nil || !change.removedItems.isEmpty
                || change.removesNode
        else { return done(nil) }
        service.relay.store.write(change) { error in
            if error != nil { self.isStale = true } else { self.written(change) }
            if self.isStale { self.service.forget(self.account) }
            done(error)
        }
    }

    /// The payload is read from the disk from now on.
    private func written(_ change: Store.PubSubChange) {
        guard let published = change.published else { return }
        for (name, node) in nodes where node.row == change.node {
            guard let index = node.items.lastIndex(where: { $0.row == published.id }) else { return }
            nodes[name]?.items[index].payload = nil
        }
    }
}
