internal import Engine

/// A setting of a room: its name is that of the form's field without `muc#roomconfig_`, and that of its
/// register without `config/`.
enum RoomSetting: String, CaseIterable {
    case name = "roomname"
    case description = "roomdesc"
    case language = "lang"
    case isPublic = "publicroom"
    case isPersistent = "persistentroom"
    case membersOnly = "membersonly"
    case moderated = "moderatedroom"
    case passwordProtected = "passwordprotectedroom"
    case password = "roomsecret"
    case whois = "whois"
    case changeSubject = "changesubject"
    case allowInvites = "allowinvites"
    case allowPrivateMessages = "allowpm"
    case maxUsers = "maxusers"
    case logging = "enablelogging"
    case historyLength = "historylength"

    /// What a new room has: open to the office, listed, kept, everybody knows everybody (as in an office),
    /// with an archive. Made members-only by its form, it suits OMEMO.
    var standard: String {
        switch self {
        case .name, .description, .language, .password: ""
        case .isPublic, .isPersistent, .allowInvites, .logging: "1"
        case .membersOnly, .moderated, .passwordProtected, .changeSubject: "0"
        case .whois: "anyone"
        case .allowPrivateMessages: "anyone"
        case .maxUsers: "100"
        case .historyLength: "20"
        }
    }

    enum Kind {
        case text, secret, flag
        case choice([String])
        case number(ClosedRange<Int>)
    }

    var kind: Kind {
        switch self {
        case .name, .description, .language: .text
        case .password: .secret
        case .whois: .choice(["moderators", "anyone"])
        case .allowPrivateMessages: .choice(["anyone", "participants", "moderators", "none"])
        case .maxUsers: .number(1...100_000)
        case .historyLength: .number(0...100_000)
        default: .flag
        }
    }

    var label: String {
        switch self {
        case .name: "Name"
        case .description: "What it is about"
        case .language: "Language"
        case .isPublic: "Listed for everybody"
        case .isPersistent: "Stays when nobody is in it"
        case .membersOnly: "For members only"
        case .moderated: "Only those with voice may speak"
        case .passwordProtected: "Asks for a password"
        case .password: "Password"
        case .whois: "Who sees real addresses"
        case .changeSubject: "Everybody may change the subject"
        case .allowInvites: "Members may invite others"
        case .allowPrivateMessages: "Who may send private messages"
        case .maxUsers: "Most people in it at once"
        case .logging: "Keeps what is said"
        case .historyLength: "Messages shown on entering"
        }
    }

    /// The value as it is kept, or nil when it is none for this setting.
    func normal(_ value: String) -> String? {
        switch kind {
        case .text, .secret: return value.utf8.count <= Self.textBytes ? value : nil
        case .flag:
            switch value {
            case "1", "true": return "1"
            case "0", "false": return "0"
            default: return nil
            }
        case .choice(let choices): return choices.contains(value) ? value : nil
        case .number(let range): return Int(value).flatMap { range.contains($0) ? String($0) : nil }
        }
    }

    /// Longest name, description or password, bytes.
    static let textBytes = 1_024

    var register: String { "config/" + rawValue }
    var field: String { "muc#roomconfig_" + rawValue }
}

/// The settings of a room as its registers have them.
struct RoomConfig: Equatable {
    private var values: [RoomSetting: String] = [:]

    init(_ state: RoomState) {
        for setting in RoomSetting.allCases {
            if let value = state[setting.register].flatMap({ setting.normal($0) }) { values[setting] = value }
        }
    }

    subscript(setting: RoomSetting) -> String { values[setting] ?? setting.standard }
    func has(_ setting: RoomSetting) -> Bool { self[setting] == "1" }
    func number(_ setting: RoomSetting) -> Int { Int(self[setting]) ?? 0 }

    mutating func set(_ setting: RoomSetting, _ value: String) { values[setting] = value }

    /// Nil while none is asked for.
    var password: String? { has(.passwordProtected) && !self[.password].isEmpty ? self[.password] : nil }
    var isNonAnonymous: Bool { self[.whois] == "anyone" }
}
