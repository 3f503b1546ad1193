/// Connections on the link port that have not proven whose they are: at most so many, the oldest goes.
/// A class, because closing the oldest calls `remove` while `add` is still running.
final class HalfOpenLinks {
    private var waiting: [LinkConnection] = []

    static let limit = 256

    func add(_ connection: LinkConnection) {
        waiting.append(connection)
        guard waiting.count > Self.limit else { return }
        let oldest = waiting.removeFirst()
        oldest.close()
    }

    func remove(_ connection: LinkConnection) { waiting.removeAll { $0 === connection } }
}
