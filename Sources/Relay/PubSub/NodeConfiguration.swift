/// What the owner of a node has set (XEP-0060 §16.4.4), as far as personal eventing goes.
struct NodeConfiguration: Equatable, Sendable {
    /// Who may read.
    enum Access: UInt8, Sendable {
        case open = 0
        case presence = 1
        case whitelist = 2

        var name: String {
            switch self {
            case .open: "open"
            case .presence: "presence"
            case .whitelist: "whitelist"
            }
        }

        init?(name: String) {
            switch name {
            case "open": self = .open
            case "presence": self = .presence
            case "whitelist": self = .whitelist
            default: return nil
            }
        }
    }

    /// When the newest item is sent without a publication.
    enum SendLast: UInt8, Sendable {
        case never = 0
        case onSubscription = 1
        case onSubscriptionAndPresence = 2

        var name: String {
            switch self {
            case .never: "never"
            case .onSubscription: "on_sub"
            case .onSubscriptionAndPresence: "on_sub_and_presence"
            }
        }

        init?(name: String) {
            switch name {
            case "never": self = .never
            case "on_sub": self = .onSubscription
            case "on_sub_and_presence": self = .onSubscriptionAndPresence
            default: return nil
            }
        }
    }

    // The defaults are those of XEP-0163 §2.3.
    var access = Access.presence
    var sendLast = SendLast.onSubscriptionAndPresence
    var maxItems = 1
    var persistItems = true
    var deliverPayloads = true
    var notifyRetract = true
    var notifyDelete = true
    var notifyConfig = false
    var title = ""
    /// Usually the namespace of the payloads.
    var type = ""
}
