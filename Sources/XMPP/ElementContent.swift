/// Looking into an element and changing what it holds.
extension Element {
    /// The elements directly inside, in document order.
    package var children: [Element] {
        nodes.compactMap { node in
            guard case .element(let child) = node else { return nil }
            return child
        }
    }

    /// The first element directly inside.
    package var firstChild: Element? { firstChild { _ in true } }

    /// The first element directly inside with this name and namespace.
    package func child(_ name: String, _ namespace: String) -> Element? {
        firstChild { $0.name == name && $0.namespace == namespace }
    }

    /// The first element directly inside that belongs to this namespace, whatever its name.
    package func firstChild(in namespace: String) -> Element? {
        firstChild { $0.namespace == namespace }
    }

    /// All elements directly inside with this name and namespace.
    package func children(_ name: String, _ namespace: String) -> [Element] {
        children.filter { $0.name == name && $0.namespace == namespace }
    }

    /// Whether there is an element directly inside with this name and namespace.
    package func hasChild(_ name: String, _ namespace: String) -> Bool {
        child(name, namespace) != nil
    }

    /// All text directly inside, joined.
    package var text: String {
        var joined = ""
        for case .text(let piece) in nodes { joined += piece }
        return joined
    }

    /// Adds an element at the end.
    package mutating func append(_ child: Element) {
        nodes.append(.element(child))
    }

    /// Adds text at the end.
    package mutating func append(text: String) {
        nodes.append(.text(text))
    }

    /// A copy with one more element at the end.
    package func adding(_ child: Element) -> Element {
        var copy = self
        copy.append(child)
        return copy
    }

    /// Takes out every element directly inside for which the condition holds; text stays.
    package mutating func removeChildren(where condition: (Element) -> Bool) {
        nodes.removeAll { node in
            guard case .element(let child) = node else { return false }
            return condition(child)
        }
    }

    private func firstChild(where condition: (Element) -> Bool) -> Element? {
        for case .element(let child) in nodes where condition(child) { return child }
        return nil
    }
}
