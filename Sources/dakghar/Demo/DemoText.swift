/// What the demonstration prints besides its changes.
enum DemoText {
    static func logins(_ logins: [DemoBoxes.Login]) -> String {
        var text = "\nThree ways to log in with an XMPP app (host 127.0.0.1):\n\n"
        var table = Table(["box", "jid", "password", "starttls", "tls", "root certificate"], indent: 2)
        for login in logins {
            table.add([
                login.box, login.jid, login.password, "127.0.0.1:\(login.startTLS)",
                "127.0.0.1:\(login.directTLS)",
                login.root,
            ])
        }
        text += table.text
        return text
    }

    static func status(_ lines: [DemoLine], _ statuses: [StatusDocument]) -> String {
        var table = Table(indent: 2)
        for line in lines {
            let speed = line.rate.map { "\($0 * 8 / 1000) kbit/s" } ?? "no limit"
            table.add(["line \(line.office)–hub", line.isCut ? "cut" : "whole", speed])
        }
        let now = HumanText.now
        return table.text + statuses.map { "\n" + $0.human(now: now) }.joined()
    }
}
