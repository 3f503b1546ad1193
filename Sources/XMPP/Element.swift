/// One attribute of an element.
package struct Attribute: Sendable, Equatable {
    /// Local name.
    package var name: String
    /// Namespace: nearly always empty; `NS.xml` for `xml:lang`.
    package var namespace: String
    /// Value, unescaped.
    package var value: String

    /// Makes an attribute; a `name` written `xml:…` belongs to the XML namespace.
    package init(_ name: String, _ value: String) {
        let (local, namespace) = Attribute.resolve(name)
        self.init(name: local, namespace: namespace, value: value)
    }

    package init(name: String, namespace: String, value: String) {
        self.name = name
        self.namespace = namespace
        self.value = value
    }

    static func resolve(_ written: String) -> (name: String, namespace: String) {
        guard written.utf8.starts(with: "xml:".utf8) else { return (written, "") }
        return (String(written.dropFirst(4)), NS.xml)
    }
}

/// An XML element as XMPP uses it: names with namespaces, no prefixes, no comments.
package struct Element: Sendable, Equatable {
    /// A piece of an element's content.
    package enum Node: Sendable, Equatable {
        case element(Element)
        case text(String)
    }

    /// Local name.
    package var name: String
    /// Namespace; empty for none.
    package var namespace: String
    /// Attributes in the order in which they were written.
    package var attributes: [Attribute]
    /// Content in document order.
    package var nodes: [Node]

    package init(name: String, namespace: String, attributes: [Attribute], nodes: [Node]) {
        self.name = name
        self.namespace = namespace
        self.attributes = attributes
        self.nodes = nodes
    }

    /// Makes an element: `Element("iq", NS.client, ["type": "result", "id": id], [query])`.
    /// An attribute whose value is nil is left out.
    package init(
        _ name: String, _ namespace: String, _ attributes: KeyValuePairs<String, String?> = [:],
        _ children: [Element] = []
    ) {
        self.init(
            name: name, namespace: namespace, attributes: Self.present(attributes),
            nodes: children.map(Node.element))
    }

    /// Makes an element that holds one text: `Element("body", NS.client, text: "hello")`.
    package init(
        _ name: String, _ namespace: String, _ attributes: KeyValuePairs<String, String?> = [:], text: String
    ) {
        self.init(
            name: name, namespace: namespace, attributes: Self.present(attributes),
            nodes: text.isEmpty ? [] : [.text(text)])
    }

    /// An attribute's value; `xml:lang` is asked for by that name. Setting nil removes the attribute.
    package subscript(attribute: String) -> String? {
        get {
            let (name, namespace) = Attribute.resolve(attribute)
            for candidate in attributes where candidate.name == name && candidate.namespace == namespace {
                return candidate.value
            }
            return nil
        }
        set {
            let (name, namespace) = Attribute.resolve(attribute)
            let index = attributes.firstIndex { $0.name == name && $0.namespace == namespace }
            switch (index, newValue) {
            case (let index?, let value?): attributes[index].value = value
            case (let index?, nil): attributes.remove(at: index)
            case (nil, let value?):
                attributes.append(Attribute(name: name, namespace: namespace, value: value))
            case (nil, nil): break
            }
        }
    }

    /// Whether the element has this name in this namespace.
    package func matches(_ name: String, _ namespace: String) -> Bool {
        self.name == name && self.namespace == namespace
    }

    private static func present(_ pairs: KeyValuePairs<String, String?>) -> [Attribute] {
        var attributes: [Attribute] = []
        attributes.reserveCapacity(pairs.count)
        for (name, value) in pairs {
            if let value { attributes.append(Attribute(name, value)) }
        }
        return attributes
    }
}
