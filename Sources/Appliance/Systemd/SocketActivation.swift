import CSystemd
import Glibc

/// The listening sockets that systemd has opened for the box (sd_listen_fds(3)).
package struct SocketActivation: Sendable, Equatable {
    /// One listening socket.
    package struct Socket: Sendable, Equatable {
        /// `FileDescriptorName=` of the socket unit.
        package let name: String
        package let descriptor: Int32
        /// The local TCP port; nil for other sockets.
        package let port: UInt16?

        package init(name: String, descriptor: Int32, port: UInt16?) {
            self.name = name
            self.descriptor = descriptor
            self.port = port
        }
    }

    package let sockets: [Socket]

    package init(sockets: [Socket]) { self.sockets = sockets }

    /// Takes the sockets over; empty when not started by a socket unit. The variables are removed
    /// from the environment, so a second call finds nothing: call it once, at the start.
    package static func take() -> SocketActivation {
        var names: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?
        let count = sd_listen_fds_with_names(1, &names)
        guard count > 0, let names else { return SocketActivation(sockets: []) }
        defer { free(names) }
        let first: Int32 = 3  // SD_LISTEN_FDS_START
        return SocketActivation(
            sockets: (0..<count).map { index in
                let name = names[Int(index)].map { String(cString: $0) } ?? ""
                free(names[Int(index)])
                let descriptor = first + index
                return Socket(name: name, descriptor: descriptor, port: localPort(of: descriptor))
            })
    }

    /// The socket for a listener of the configuration (`xmpp`, `xmpp-tls`, `web`, `link`): the one
    /// of that name, else the one on that port, because a single socket unit gives all its sockets
    /// one name.
    package func descriptor(named name: String, port: UInt16) -> Int32? {
        (sockets.first { $0.name == name } ?? sockets.first { $0.port == port })?.descriptor
    }

    /// The TCP port that a listening socket is bound to; nil if it is no IP socket.
    package static func localPort(of descriptor: Int32) -> UInt16? {
        var storage = sockaddr_storage()
        var size = socklen_t(MemoryLayout<sockaddr_storage>.size)
        return withUnsafeMutablePointer(to: &storage) { pointer -> UInt16? in
            let result = UnsafeMutableRawPointer(pointer).withMemoryRebound(to: sockaddr.self, capacity: 1) {
                getsockname(descriptor, $0, &size)
            }
            guard result == 0 else { return nil }
            let raw = UnsafeRawPointer(pointer)
            switch Int32(pointer.pointee.ss_family) {
            case AF_INET: return UInt16(bigEndian: raw.load(as: sockaddr_in.self).sin_port)
            case AF_INET6: return UInt16(bigEndian: raw.load(as: sockaddr_in6.self).sin6_port)
            default: return nil
            }
        }
    }
}
