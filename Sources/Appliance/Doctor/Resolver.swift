internal import Glibc

/// Asks one resolver over UDP, as a phone in the LAN does.
package struct Resolver: Sendable {
    /// Its address.
    package let address: String

    package init(_ address: String) { self.address = address }

    /// The first one of /etc/resolv.conf.
    package static var ofThisMachine: Resolver? {
        guard let bytes = try? DurableFile.read("/etc/resolv.conf", limit: 65_536) else { return nil }
        for line in String(decoding: bytes, as: UTF8.self).split(separator: "\n") {
            let words = line.split(separator: " ", omittingEmptySubsequences: true)
            if words.count >= 2, words[0] == "nameserver" { return Resolver(String(words[1])) }
        }
        return nil
    }

    package enum Failure: Error, Equatable, Sendable {
        /// It says no: there is no such name, or it cannot be had now.
        case refused(DNSMessage.Refusal)
        /// Nothing came within the time.
        case silent
    }

    /// Tries twice, `seconds` each.
    package func ask(
        _ name: String, _ kind: DNSMessage.Kind, port: UInt16 = 53, seconds: Int = 2
    ) throws(Failure) -> [DNSMessage.Answer] {
        let id = UInt16.random(in: 0...UInt16.max)
        guard let question = DNSMessage.question(name, kind, id: id),
            let reply = exchange(question, port, seconds)
        else { throw .silent }
        do { return try DNSMessage.answers(reply, id: id) } catch { throw .refused(error) }
    }

    private func exchange(_ question: [UInt8], _ port: UInt16, _ seconds: Int) -> [UInt8]? {
        var hints = addrinfo()
        hints.ai_flags = AI_NUMERICHOST
        hints.ai_socktype = Int32(SOCK_DGRAM.rawValue)
        var found: UnsafeMutablePointer<addrinfo>?
        guard getaddrinfo(address, "\(port)", &hints, &found) == 0, let target = found?.pointee else {
            return nil
        }
        defer { freeaddrinfo(found) }
        let descriptor = socket(target.ai_family, Int32(SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var limit = timeval(tv_sec: seconds, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        guard connect(descriptor, target.ai_addr, target.ai_addrlen) == 0 else { return nil }
        var buffer = [UInt8](repeating: 0, count: 4_096)
        for _ in 0..<2 {
            guard send(descriptor, question, question.count, 0) == question.count else { continue }
            let count = recv(descriptor, &buffer, buffer.count, 0)
            if count > 0 { return Array(buffer.prefix(count)) }
        }
        return nil
    }
}
