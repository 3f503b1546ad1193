internal import Bundles

/// One question to a resolver and what it answers (RFC 1035), as far as a phone would ask.
package enum DNSMessage {
    package enum Kind: UInt16, Sendable {
        case a = 1
        case aaaa = 28
        case srv = 33
    }

    package enum Answer: Sendable, Equatable {
        /// In the text form of the address.
        case address(String)
        case service(target: String, port: UInt16)
    }

    /// Why there is no answer.
    package enum Refusal: Error, Equatable, Sendable {
        /// The resolver's code: 2 it failed, 3 there is no such name, 5 refused.
        case code(Int)
        case malformed
    }

    /// Nil for what is no host name.
    static func question(_ name: String, _ kind: Kind, id: UInt16) -> [UInt8]? {
        var writer = ByteWriter()
        // One question, recursion desired.
        writer.append([UInt8(id >> 8), UInt8(id & 0xFF), 1, 0, 0, 1, 0, 0, 0, 0, 0, 0])
        for label in name.split(separator: ".", omittingEmptySubsequences: false) {
            guard (1...63).contains(label.utf8.count) else { return nil }
            writer.byte(UInt8(label.utf8.count))
            writer.append(label.utf8)
        }
        writer.append([0, UInt8(kind.rawValue >> 8), UInt8(kind.rawValue & 0xFF), 0, 1])
        return writer.bytes
    }

    /// What the reply to a question says; records of other kinds are passed over.
    static func answers(_ reply: [UInt8], id: UInt16) throws(Refusal) -> [Answer] {
        do {
            var reader = ByteReader(reply)
            let head = try reader.take(12)
            func number(_ index: Int) -> Int { Int(head[index]) << 8 | Int(head[index + 1]) }
            guard number(0) == Int(id), head[2] & 0x80 != 0 else { throw Refusal.malformed }
            guard head[3] & 0xF == 0 else { throw Refusal.code(Int(head[3] & 0xF)) }
            for _ in 0..<number(4) {
                _ = try name(&reader, reply)
                _ = try reader.take(4)
            }
            var found: [Answer] = []
            for _ in 0..<number(6) {
                _ = try name(&reader, reply)
                let fixed = try reader.take(10)
                let length = Int(fixed[8]) << 8 | Int(fixed[9])
                let start = reader.consumed
                let data = try reader.take(length)
                if let answer = try answer(
                    Kind(rawValue: UInt16(fixed[0]) << 8 | UInt16(fixed[1])), data, reply, start)
                {
                    found.append(answer)
                }
            }
            return found
        } catch let refusal as Refusal {
            throw refusal
        } catch {
            throw .malformed
        }
    }

    private static func answer(
        _ kind: Kind?, _ data: [UInt8], _ reply: [UInt8], _ start: Int
    ) throws(ByteError) -> Answer? {
        switch kind {
        case .a where data.count == 4: return .address(data.map { "\($0)" }.joined(separator: "."))
        case .aaaa where data.count == 16:
            let groups = stride(from: 0, to: 16, by: 2).map { UInt16(data[$0]) << 8 | UInt16(data[$0 + 1]) }
            return .address(groups.map { String($0, radix: 16) }.joined(separator: ":"))
        case .srv where data.count >= 7:
            var reader = ByteReader(reply[min(start + 6, reply.count)...])
            return .service(
                target: try name(&reader, reply), port: UInt16(data[4]) << 8 | UInt16(data[5]))
        default: return nil
        }
    }

    /// A name, also one that goes on elsewhere in the message.
    private static func name(_ reader: inout ByteReader, _ whole: [UInt8]) throws(ByteError) -> String {
        var labels: [String] = []
        var current = reader
        var hasJumped = false
        // Pointers count too: one that leads back to itself ends here.
        for _ in 0..<128 {
            let length = Int(try current.byte())
            if length & 0xC0 == 0xC0 {
                let place = (length & 0x3F) << 8 | Int(try current.byte())
                if !hasJumped { reader = current }
                hasJumped = true
                guard place < whole.count else { throw .truncated }
                current = ByteReader(whole[place...])
            } else if length == 0 {
                if !hasJumped { reader = current }
                return labels.joined(separator: ".")
            } else {
                labels.append(String(decoding: try current.take(length), as: UTF8.self))
            }
        }
        throw .truncated
    }
}
