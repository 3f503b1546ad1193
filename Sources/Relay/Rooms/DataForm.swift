internal import XMPP

/// A data form (XEP-0004) as the rooms use it.
struct DataForm {
    let kind: String
    /// FORM_TYPE.
    let type: String?
    var title: String?
    private var fields: [Element] = []

    init(kind: String, type: String) {
        self.kind = kind
        self.type = type
        fields = [Self.field("FORM_TYPE", "hidden", [type], nil)]
    }

    init(_ element: Element) {
        kind = element["type"] ?? "form"
        fields = element.children("field", NS.dataForms)
        type = fields.first { $0["var"] == "FORM_TYPE" }?.child("value", NS.dataForms)?.text
    }

    /// The first value of a field; empty when the field is there without one.
    subscript(name: String) -> String? {
        fields.first { $0["var"] == name }.map { $0.child("value", NS.dataForms)?.text ?? "" }
    }

    mutating func add(
        _ name: String, _ type: String?, _ value: String, label: String? = nil, options: [String] = []
    ) {
        var field = Self.field(name, type, [value], label)
        for option in options {
            field.append(
                Element("option", NS.dataForms, [:], [Element("value", NS.dataForms, text: option)]))
        }
        fields.append(field)
    }

    /// A field with several values.
    mutating func add(_ name: String, _ values: [String]) {
        fields.append(Self.field(name, "list-multi", values, nil))
    }

    var element: Element {
        let heading = title.map { [Element("title", NS.dataForms, text: $0)] } ?? []
        return Element("x", NS.dataForms, ["type": kind], heading + fields)
    }

    private static func field(_ name: String, _ type: String?, _ values: [String], _ label: String?)
        -> Element
    {
        Element(
            "field", NS.dataForms, ["var": name, "type": type, "label": label],
            values.map { Element("value", NS.dataForms, text: $0) })
    }
}
