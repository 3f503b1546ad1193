/// What `bundle export` answers.
struct StickExportDocument: Decodable {
    var peer: String
    var via: String?
    var file: String?
    var bytes: Int
    var resumed: Bool
    var messages: Int
    var registers: Int
    var receipts: Int
    var forOthers: Int

    private enum CodingKeys: String, CodingKey {
        case peer, via, file, bytes, resumed, messages, registers, receipts
        case forOthers = "for-others"
    }

    var human: String {
        guard let file else { return "nothing waits for \(peer); no file was written\n" }
        var parts = [StickText.count(messages, "message")]
        if registers > 0 {
            parts.append(StickText.count(registers, "card or key list", "cards and key lists"))
        }
        if forOthers > 0 { parts.append(StickText.count(forOthers, "sealed bundle") + " of other boxes") }
        if receipts > 0 { parts.append("receipts for " + StickText.count(receipts, "message")) }
        let carrier = via ?? peer
        return "\(file): \(parts.joined(separator: ", ")) for \(peer); \(HumanText.bytes(bytes))"
            + (resumed ? ", continued\n" : "\n")
            + "Eject the stick before you pull it; at \(carrier): dakghar bundle import FILE\n"
            + "What is in it waits here too, until \(peer) has acknowledged it.\n"
    }
}

/// What `bundle import` answers.
struct StickImportDocument: Decodable {
    var from: String
    var created: Int
    var messages: Int
    var known: Int
    var deferred: Int
    var registers: Int
    var receipts: Int
    var forOthers: Int

    private enum CodingKeys: String, CodingKey {
        case from, created, messages, known, deferred, registers, receipts
        case forOthers = "for-others"
    }

    var human: String {
        var text =
            "from \(from), made \(HumanText.date(created)): \(StickText.count(messages, "new message"))"
        if known > 0 { text += ", \(known) that had come before" }
        if registers > 0 {
            text += ", " + StickText.count(registers, "card or key list", "cards and key lists")
        }
        if forOthers > 0 { text += ", " + StickText.count(forOthers, "sealed bundle") + " to forward" }
        text += "\n"
        if receipts > 0 { text += "\(from) has acknowledged \(StickText.count(receipts, "message"))\n" }
        if deferred > 0 {
            text +=
                "\(StickText.count(deferred, "message")) found no room behind what is missing; import the older "
                + "file, then this one again\n"
        }
        return text + "Receipts go home by line, or with dakghar bundle export --for \(from) FILE\n"
    }
}

private enum StickText {
    static func count(_ number: Int, _ one: String, _ many: String? = nil) -> String {
        "\(number) \(number == 1 ? one : many ?? one + "s")"
    }
}
