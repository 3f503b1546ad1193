/// Limits of personal eventing, per account unless they say otherwise.
enum PubSubLimits {
    /// Nodes; clients of the older OMEMO keep one for each of their devices.
    static let nodes = 512
    /// Items of one node; what `max` stands for (XEP-0060 §16.4.4).
    static let items = 1_000
    /// Payload of one item, bytes.
    static let itemBytes = 160 << 10
    /// Payloads of all items, bytes.
    static let accountBytes = 16 << 20
    /// People on the list of one node.
    static let members = 500
    /// A node's name or an item's id, bytes.
    static let nameBytes = 1_023
    /// Payloads in one answer, bytes; the rest is asked for by XEP-0059.
    static let resultBytes = 160 << 10
    /// Contacts that are looked at in one turn of the loop when a client has come.
    static let contactsAtOnce = 50
}
