internal import Appliance

/// What `doctor` prints.
struct DoctorDocument: Encodable {
    struct Item: Encodable {
        let area: String
        let state: String
        let text: String
        let advice: OrNull<String>
    }

    var version = 1
    let broken: Bool
    let findings: [Item]

    init(_ findings: [Finding]) {
        broken = findings.contains { $0.state == .broken }
        self.findings = findings.map {
            .init(area: $0.area, state: $0.state.rawValue, text: $0.text, advice: .init($0.advice))
        }
    }

    var human: String {
        var text = ""
        for item in findings {
            let mark = ["good": "ok     ", "warning": "WARNING", "broken": "BROKEN "][item.state] ?? ""
            text += "\(mark)  \(item.area): \(item.text)\n"
            if let advice = item.advice.value { text += "         -> \(advice)\n" }
        }
        return text
    }
}
