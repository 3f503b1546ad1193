internal import XMPP

/// A node's configuration as a data form (XEP-0004, XEP-0060 §16.4.4).
enum NodeForm {
    private static let prefix = "pubsub#"

    /// The form that the owner fills in.
    static func element(_ configuration: NodeConfiguration) -> Element {
        var form = Element("x", NS.dataForms, ["type": "form"])
        form.append(field("FORM_TYPE", "hidden", NS.pubsubNodeConfig))
        form.append(field("title", "text-single", configuration.title, label: "A name for the node"))
        form.append(field("type", "text-single", configuration.type, label: "Type of the payloads"))
        form.append(
            list(
                "access_model", configuration.access.name, ["open", "presence", "whitelist"],
                label: "Who may read"))
        form.append(list("publish_model", "publishers", ["publishers"], label: "Who may publish"))
        form.append(
            list(
                "send_last_published_item", configuration.sendLast.name,
                ["never", "on_sub", "on_sub_and_presence"],
                label: "When the newest item is sent unasked"))
        let limit = configuration.maxItems == PubSubLimits.items ? "max" : String(configuration.maxItems)
        form.append(field("max_items", "text-single", limit, label: "Items to keep"))
        form.append(flag("persist_items", configuration.persistItems, label: "Keep items"))
        form.append(
            flag("deliver_payloads", configuration.deliverPayloads, label: "Send the items themselves"))
        form.append(flag("deliver_notifications", true, label: "Tell of items"))
        form.append(flag("notify_retract", configuration.notifyRetract, label: "Tell of items taken back"))
        form.append(flag("notify_delete", configuration.notifyDelete, label: "Tell of the node's end"))
        form.append(flag("notify_config", configuration.notifyConfig, label: "Tell of other settings"))
        return form
    }

    /// Takes over what a submitted form sets; what it does not name stays.
    /// - Throws: `not-acceptable` for a value that this server does not offer.
    static func apply(_ form: Element, to configuration: inout NodeConfiguration) throws(StanzaError) {
        for field in form.children("field", NS.dataForms) {
            guard let name = field["var"], name.hasPrefix(prefix) else { continue }
            let value = field.child("value", NS.dataForms)?.text ?? ""
            try set(String(name.dropFirst(prefix.count)), value, &configuration)
        }
    }

    private static func set(
        _ name: String, _ value: String, _ configuration: inout NodeConfiguration
    ) throws(StanzaError) {
        switch name {
        case "access_model":
            configuration.access = try known(NodeConfiguration.Access(name: value), name, value)
        case "send_last_published_item":
            configuration.sendLast = try known(NodeConfiguration.SendLast(name: value), name, value)
        case "publish_model":
            guard value == "publishers" || value.isEmpty else { throw refusal(name, value) }
        case "max_items": configuration.maxItems = try items(value)
        case "persist_items": configuration.persistItems = try flag(name, value)
        case "deliver_payloads": configuration.deliverPayloads = try flag(name, value)
        case "notify_retract": configuration.notifyRetract = try flag(name, value)
        case "notify_delete": configuration.notifyDelete = try flag(name, value)
        case "notify_config": configuration.notifyConfig = try flag(name, value)
        case "title": configuration.title = try text(name, value)
        case "type": configuration.type = try text(name, value)
        default: break
        }
    }

    // MARK: Values

    private static func refusal(_ name: String, _ value: String) -> StanzaError {
        StanzaError(.notAcceptable, text: "\(prefix)\(name) cannot be \"\(value.prefix(64))\" here.")
    }

    private static func known<T>(_ found: T?, _ name: String, _ value: String) throws(StanzaError) -> T {
        guard let found else { throw refusal(name, value) }
        return found
    }

    /// More than the limit is as much as the server keeps.
    private static func items(_ value: String) throws(StanzaError) -> Int {
        if value == "max" { return PubSubLimits.items }
        guard value.utf8.count <= 10, let count = Int(value), count > 0 else {
            throw refusal("max_items", value)
        }
        return min(count, PubSubLimits.items)
    }

    private static func flag(_ name: String, _ value: String) throws(StanzaError) -> Bool {
        switch value {
        case "1", "true": return true
        case "0", "false": return false
        default: throw refusal(name, value)
        }
    }

    private static func text(_ name: String, _ value: String) throws(StanzaError) -> String {
        guard value.utf8.count <= PubSubLimits.nameBytes else { throw refusal(name, value) }
        return value
    }

    // MARK: Fields

    private static func field(_ name: String, _ type: String, _ value: String, label: String? = nil)
        -> Element
    {
        let full = name == "FORM_TYPE" ? name : prefix + name
        return Element(
            "field", NS.dataForms, ["var": full, "type": type, "label": label],
            [Element("value", NS.dataForms, text: value)])
    }

    private static func flag(_ name: String, _ value: Bool, label: String) -> Element {
        field(name, "boolean", value ? "1" : "0", label: label)
    }

    private static func list(_ name: String, _ value: String, _ choices: [String], label: String) -> Element {
        var element = field(name, "list-single", value, label: label)
        for choice in choices {
            element.append(
                Element("option", NS.dataForms, [:], [Element("value", NS.dataForms, text: choice)]))
        }
        return element
    }
}
