extension Configuration.Component {
    /// Components of one box.
    static let limit = 16
    /// Names under the box's domain that are its own.
    static let taken = ["rooms", "files", "directory"]
    /// A name for people, bytes.
    static let nameBytes = 128

    /// - Parameter domain: the box's.
    static func list(
        _ sections: [SectionReader], under domain: String
    ) throws(ConfigurationError) -> [Self] {
        var components: [Self] = []
        for section in sections {
            let component = try Self(section, under: domain)
            guard components.count < limit else {
                throw section.error("domain", "a box has at most \(limit) components")
            }
            guard !components.contains(where: { $0.domain == component.domain }) else {
                throw section.error("domain", "'\(component.domain)' is a component above")
            }
            components.append(component)
        }
        return components
    }

    private init(_ section: SectionReader, under box: String) throws(ConfigurationError) {
        try section.allowOnly(ConfigurationKeys.component)
        guard let domain = try section.string("domain") else { throw section.missing("domain") }
        guard DomainText.isDomain(domain), domain.hasSuffix("." + box) else {
            throw section.must("domain", "a domain under \(box), such as push.\(box)")
        }
        if let name = Self.taken.first(where: { domain == "\($0).\(box)" }) {
            throw section.must("domain", "another one: \(name).\(box) is the box's own")
        }
        let name = try section.string("name") ?? domain
        guard !name.isEmpty, name.utf8.count <= Self.nameBytes else {
            throw section.must("name", "1 to \(Self.nameBytes) bytes long")
        }
        guard let file = try section.string("secret-file") else { throw section.missing("secret-file") }
        guard file.hasPrefix("/") else { throw section.must("secret-file", "an absolute path") }
        self.init(domain: domain, name: name, secretFile: file)
    }
}
