/// Why a text is not an XMPP address.
package enum JIDError: Error, Sendable, Equatable {
    /// The domain part is missing.
    case emptyDomain
    /// There is an `@` with nothing before it, or a `/` with nothing behind it.
    case emptyPart
    /// A part is longer than 1023 bytes of UTF-8.
    case tooLong
    /// A part holds a character that RFC 7622 forbids there.
    case forbiddenCharacter
}

/// An XMPP address, `localpart@domain/resource` (RFC 7622), always in its prepared form, so that two
/// addresses are equal exactly when their texts are equal byte for byte.
package struct JID: Hashable, Sendable, CustomStringConvertible {
    /// The part before the `@`, in lower case; nil for the address of a domain.
    package let localpart: String?
    /// The domain in lower case, without a trailing dot.
    package let domain: String
    /// The part behind the first `/`; nil for a bare address.
    package let resource: String?

    /// Longest part, in bytes of UTF-8 (RFC 7622 §3.2 to §3.4).
    package static let maximumPartBytes = 1023

    /// Reads an address from its text.
    /// - Throws: `JIDError` when RFC 7622 does not allow it.
    package init(_ text: String) throws(JIDError) {
        // Longer than three full parts and their separators cannot be valid; refused before any work.
        guard text.utf8.count <= 3 * Self.maximumPartBytes + 2 else { throw .tooLong }
        let bytes = text.utf8
        var address = text[...]
        var resource: String?
        // The first slash ends the address proper: what follows it may hold more of them, and `@`.
        if let slash = bytes.firstIndex(of: UInt8(ascii: "/")) {
            resource = String(text[bytes.index(after: slash)...])
            address = text[..<slash]
        }
        var localpart: String?
        if let at = address.utf8.firstIndex(of: UInt8(ascii: "@")) {
            localpart = String(address[..<at])
            address = address[address.utf8.index(after: at)...]
        }
        try self.init(localpart: localpart, domain: String(address), resource: resource)
    }

    /// Makes an address from its parts, each prepared as RFC 7622 asks.
    /// - Throws: `JIDError` when RFC 7622 does not allow a part.
    package init(localpart: String?, domain: String, resource: String?) throws(JIDError) {
        self.domain = try JIDPreparation.domain(domain)
        if let localpart {
            self.localpart = try JIDPreparation.localpart(localpart)
        } else {
            self.localpart = nil
        }
        if let resource {
            self.resource = try JIDPreparation.resource(resource)
        } else {
            self.resource = nil
        }
    }

    private init(prepared localpart: String?, _ domain: String, _ resource: String?) {
        self.localpart = localpart
        self.domain = domain
        self.resource = resource
    }

    /// The address without its resource.
    package var bare: JID { JID(prepared: localpart, domain, nil) }
    /// Whether there is no resource.
    package var isBare: Bool { resource == nil }
    /// Whether there is a resource.
    package var isFull: Bool { resource != nil }
    /// The address of the domain alone.
    package var domainJID: JID { JID(prepared: nil, domain, nil) }

    /// The same account or domain with another resource.
    /// - Throws: `JIDError` when RFC 7622 does not allow the resource.
    package func with(resource: String) throws(JIDError) -> JID {
        JID(prepared: localpart, domain, try JIDPreparation.resource(resource))
    }

    /// The address as it is written in stanzas.
    package var description: String {
        var text = ""
        if let localpart {
            text += localpart
            text += "@"
        }
        text += domain
        if let resource {
            text += "/"
            text += resource
        }
        return text
    }
}
