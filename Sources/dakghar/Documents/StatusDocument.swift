/// What `status` answers. Everything that a box of another version may leave out is optional.
struct StatusDocument: Decodable {
    struct Box: Decodable {
        var name: String
        var domain: String
        var key: String?
        var started: Int?
    }
    struct Link: Decodable, Equatable {
        var peer: String
        var state: String
        var way: String?
        /// Bytes a second.
        var rate: Int?
        /// Milliseconds.
        var rtt: Int?
        var since: Int?
    }
    struct Queue: Decodable, Equatable {
        var peer: String
        var `class`: String
        var count: Int
        var bytes: Int
        var oldest: Int?
    }
    struct Transit: Decodable, Equatable {
        var bundles: Int
        var bytes: Int
    }
    struct Transfer: Decodable, Equatable {
        var peer: String
        var direction: String
        var size: Int
        var done: Int
        var left: Int?
        var rate: Int?
    }
    struct Sessions: Decodable { var connected: Int? }
    struct Storage: Decodable {
        var database: Int?
        var free: Int?
    }
    struct Clock: Decodable {
        var now: Int?
        var sure: Bool?
        var source: String?
    }
    struct Certificates: Decodable {
        var expires: Int?
        var root: String?
    }

    var running: Bool?
    var box: Box
    var links: [Link]?
    var queue: [Queue]?
    var transit: Transit?
    var transfers: [Transfer]?
    var sessions: Sessions?
    var storage: Storage?
    var clock: Clock?
    var certificates: Certificates?
}
