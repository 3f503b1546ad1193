import Testing

@testable import dakghar

@Suite("The demo's prompt and view")
struct DemoTests {
    @Test("orders are read with their rates in bits per second")
    func orders() throws {
        #expect(try DemoOrder("cut") == .cut)
        #expect(try DemoOrder("  RESTORE ") == .restore)
        #expect(try DemoOrder("throttle 64k") == .throttle(64_000))
        #expect(try DemoOrder("throttle 2mbit/s") == .throttle(2_000_000))
        #expect(try DemoOrder("throttle 9600") == .throttle(9_600))
        #expect(try DemoOrder("throttle off") == .throttle(nil))
        #expect(try DemoOrder("") == .nothing)
        #expect(try DemoOrder("quit") == .quit)
    }

    @Test(
        "what is no order is answered and not obeyed",
        arguments: [
            "cut now", "throttle", "throttle fast", "throttle 0", "throttle -1k",
            "throttle 99999999999999999999k", "x",
        ])
    func refused(line: String) {
        #expect(throws: CommandFailure.self) { try DemoOrder(line) }
    }

    @Test("a slow line carries its rate and no more, however long it was quiet")
    func budget() {
        var budget = ByteBudget()
        #expect(budget.available(now: 0) == .max)
        budget.set(rate: 8_000, now: 0)
        #expect(budget.available(now: 0) == 0)
        #expect(budget.available(now: 50) == 400)
        budget.spend(400)
        #expect(budget.available(now: 50) == 0)
        #expect(budget.available(now: 3_600_000) == 800)
    }

    @Test("the view shows a flow again only when it changed")
    func view() throws {
        var view = DemoView()
        let quiet = try [
            status("finance", link: "up", waiting: 0), status("interior", link: "up", waiting: 0),
        ]
        #expect(
            view.changes(quiet, hub: "hub", now: 0) == [
                "finance→interior: nothing waits, line up", "interior→finance: nothing waits, line up",
            ])
        #expect(view.changes(quiet, hub: "hub", now: 0).isEmpty)
        let cut = try [
            status("finance", link: "down", waiting: 3), status("interior", link: "up", waiting: 0),
        ]
        #expect(
            view.changes(cut, hub: "hub", now: 0) == ["finance→interior: 3 waiting (1.2 KiB), line down"])
    }

    @Test("the view tells what the hub holds, and of its lines only what waits")
    func hubView() throws {
        var view = DemoView()
        let text = #"{"box":{"name":"hub","domain":"hub.test"},"transit":{"bundles":2,"bytes":2048}}"#
        let hub = try BoxRequest.decode(StatusDocument.self, text)
        let finance = try status("finance", link: "up", waiting: 0)
        #expect(
            view.changes([finance, hub], hub: "hub", now: 0) == [
                "hub holds for the offices: 2 sealed (2.0 KiB)"
            ])
        #expect(view.changes([finance, hub], hub: "hub", now: 0).isEmpty)
    }

    private func status(_ name: String, link: String, waiting: Int) throws -> StatusDocument {
        let other = name == "finance" ? "interior" : "finance"
        let text = """
            {"box":{"name":"\(name)","domain":"\(name).test"},"links":[{"peer":"hub","state":"\(link)"}],
            "queue":[{"peer":"\(other)","class":"chat","count":\(waiting),"bytes":1229}]}
            """
        return try BoxRequest.decode(StatusDocument.self, text)
    }

    @Test("between offices the line is the one to the hub, at the hub the one to the office")
    func flows() throws {
        let text = """
            {"box":{"name":"finance","domain":"finance.test"},
            "links":[{"peer":"hub","state":"down","way":null,"since":5},
            {"peer":"interior","state":"up","way":"via:hub","since":7}],
            "queue":[{"peer":"interior","class":"chat","count":2,"bytes":10,"oldest":1},
            {"peer":"interior","class":"bulk","count":1,"bytes":5,"oldest":1}]}
            """
        let status = try BoxRequest.decode(StatusDocument.self, text)
        let flows = DemoFlow.all(in: status, others: ["interior"], hub: "hub")
        #expect(
            flows == [DemoFlow(from: "finance", to: "interior", count: 3, bytes: 15, line: "down", since: 5)])
    }
}
