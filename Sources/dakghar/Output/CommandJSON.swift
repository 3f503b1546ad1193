internal import FoundationEssentials

/// Documents that a command makes itself, in the form of those that the box makes.
enum CommandJSON {
    static func text(_ document: some Encodable) throws(CommandFailure) -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        do {
            return String(decoding: try encoder.encode(document), as: UTF8.self)
        } catch {
            throw CommandFailure("the answer cannot be written as JSON: \(error)")
        }
    }
}

/// An optional that is written as `null` instead of being left out.
struct OrNull<Value: Encodable>: Encodable {
    let value: Value?

    init(_ value: Value?) { self.value = value }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        if let value { try container.encode(value) } else { try container.encodeNil() }
    }
}
