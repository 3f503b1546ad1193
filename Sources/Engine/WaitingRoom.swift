import Bundles

/// Mail that waits for its predecessor, per conversation in the order of its names.
struct WaitingRoom: Sendable {
    private var conversations: [String: [WaitingParcel]] = [:]
    private var conversationOf: [ParcelName: String] = [:]
    private var nameOf: [[UInt8]: ParcelName] = [:]
    private(set) var bytes = 0

    var count: Int { conversationOf.count }
    var allConversations: [String] { conversations.keys.sorted() }

    func contains(_ name: ParcelName) -> Bool { conversationOf[name] != nil }

    func parcel(_ name: ParcelName) -> WaitingParcel? {
        guard let conversation = conversationOf[name] else { return nil }
        return conversations[conversation]?.first { $0.mail.name == name }
    }

    /// The name under which this content waits.
    func name(ofContent content: [UInt8]) -> ParcelName? { nameOf[content] }

    func first(of conversation: String) -> WaitingParcel? { conversations[conversation]?.first }

    /// Whether an earlier parcel of the conversation waits.
    func isBehind(_ name: ParcelName, in conversation: String) -> Bool {
        guard let first = first(of: conversation) else { return false }
        return first.mail.name < name
    }

    /// The conversations that wait for `predecessor`.
    func conversations(waitingFor predecessor: ParcelName) -> [String] {
        conversations.filter { $0.value.first?.mail.predecessor == predecessor }.map(\.key).sorted()
    }

    mutating func insert(_ parcel: WaitingParcel) {
        let mail = parcel.mail
        var row = conversations[mail.conversation] ?? []
        let index = row.firstIndex { mail.name < $0.mail.name } ?? row.endIndex
        row.insert(parcel, at: index)
        conversations[mail.conversation] = row
        conversationOf[mail.name] = mail.conversation
        nameOf[mail.content] = mail.name
        bytes += mail.bytes
    }

    mutating func remove(_ name: ParcelName) {
        guard let conversation = conversationOf.removeValue(forKey: name),
            let index = conversations[conversation]?.firstIndex(where: { $0.mail.name == name }),
            let removed = conversations[conversation]?.remove(at: index)
        else { return }
        if conversations[conversation]?.isEmpty == true { conversations[conversation] = nil }
        if nameOf[removed.mail.content] == name { nameOf[removed.mail.content] = nil }
        bytes -= removed.mail.bytes
    }

    /// The conversations whose first parcel began to wait at `time` or before.
    func conversations(waitingSince time: UInt64) -> [String] {
        conversations.filter { ($0.value.first?.sinceMs ?? .max) <= time }.map(\.key).sorted()
    }
}
