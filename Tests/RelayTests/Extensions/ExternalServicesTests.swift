import Carriers
import Testing

@testable import Relay

@Suite("External services and outages")
struct ExternalServicesTests {
    @Test("a TURN server computes the same password from the user name and the shared secret")
    func credentials() {
        // printf '1700043240:asma' | openssl dgst -sha1 -hmac 'north wind north wind' -binary | base64
        let made = TURNCredentials(
            secret: Array("north wind north wind".utf8), name: "asma", now: 1_700_000_042_123,
            lifetimeMs: 43_200_000)
        #expect(made.username == "1700043240:asma" && made.expires == 1_700_043_240)
        #expect(made.password == "sehz7gLb4zo53l6gs5qaJEc5rOQ=")
    }

    @Test("within a minute the credentials are the same; each person has their own")
    func stable() {
        func password(_ name: String, _ now: Int64) -> String {
            TURNCredentials(secret: [1, 2, 3], name: name, now: now, lifetimeMs: 600_000).password
        }
        #expect(password("asma", 60_000) == password("asma", 119_999))
        #expect(password("asma", 60_000) != password("asma", 120_000))
        #expect(password("asma", 60_000) != password("bilal", 60_000))
    }

    @Test("the outage document is empty while every line is up, and names the lines that are down")
    func outage() {
        #expect(Relay.outageDocument([]) == "{}\n")
        let dark = (0..<12).map {
            (
                office: Office(name: "office\($0)", domain: "o\($0).gov.test", number: Int64($0)),
                since: UInt64(1_700_000_000_000)
            )
        }
        let text = Relay.outageDocument(dark)
        #expect(text.hasPrefix("{\"planned\":false,\"beginning\":\"2023-11-14T22:13:20.000Z\","))
        #expect(text.contains("line to office9 down since") && !text.contains("office10"))
        #expect(text.hasSuffix("and 2 more\"}}\n"))
    }
}
