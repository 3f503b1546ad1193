import Testing

@testable import Storage

@Suite("What nobody has read yet")
actor MailboxStateTests {
    nonisolated var unownedExecutor: UnownedSerialExecutor {
        StoreBench.executor
    }

    private let bench: StoreBench

    init() throws { bench = try StoreBench() }

    /// Keeps one incoming message for an account.
    private func keep(_ id: Int64, for account: Int64 = 1, incoming: Bool = true, in store: Store) {
        var kept = KeptStanza(id: id, time: UInt64(id), bytes: [1])
        kept.archives = [.init(account: account, peer: 1, incoming: incoming)]
        store.keep(kept) { #expect($0 == nil) }
    }

    private func reloaded(_ state: MailboxState, _ store: Store) async throws -> MailboxState {
        #expect(await written(store.journal, store.saveMailbox(state.encoded, account: 1)) == nil)
        return try store.mailbox(of: 1)
    }

    @Test("entries wait in the order of arrival, and none twice")
    func order() {
        var state = MailboxState.empty
        expect(&state, true) { $0.add(3) }
        expect(&state, true) { $0.add(8) }
        expect(&state, false) { $0.add(8) }
        expect(&state, false, "an entry below the newest was given from the disk already") { $0.add(5) }
        #expect(state.pending == [3, 8])
        #expect(state.isPending(3) && !state.isPending(5))
    }

    @Test("only incoming entries of the account itself wait")
    func ownIncomingOnly() async throws {
        let store = try bench.open()
        for id in 1...9 as ClosedRange<Int64> { keep(id, for: id % 3, incoming: id != 4, in: store) }
        #expect(await store.settle() == nil)
        #expect(try store.mailbox(of: 1).pending == [1, 7])
        #expect(try store.mailbox(of: 2).pending == [2, 5, 8])
    }

    @Test("acknowledged out of order and saved, exactly the others come back")
    func outOfOrder() async throws {
        let store = try bench.open()
        for id in 1...20 as ClosedRange<Int64> { keep(id, for: id % 2 == 0 ? 1 : 2, in: store) }
        #expect(await store.settle() == nil)
        var state = try store.mailbox(of: 1)
        for id in [18, 4, 12, 10] as [Int64] { expect(&state, true) { $0.acknowledge(id) } }
        expect(&state, false, "once only") { $0.acknowledge(4) }
        expect(&state, false, "another account's") { $0.acknowledge(3) }
        #expect(state.pending == [2, 6, 8, 14, 16, 20])
        state = try await reloaded(state, store)
        #expect(state.pending == [2, 6, 8, 14, 16, 20])
        for id in [2, 8, 6] as [Int64] { expect(&state, true) { $0.acknowledge(id) } }
        state = try await reloaded(state, store)
        #expect(state.pending == [14, 16, 20])
        #expect(try store.mailbox(of: 2).pending.count == 10)
    }

    @Test("after everything was acknowledged only what comes later waits, other accounts' ids in between")
    func emptied() async throws {
        let store = try bench.open()
        for id in [1, 2, 5] as [Int64] { keep(id, in: store) }
        #expect(await store.settle() == nil)
        var state = try store.mailbox(of: 1)
        for id in [5, 1, 2] as [Int64] { expect(&state, true) { $0.acknowledge(id) } }
        keep(6, for: 2, in: store)
        keep(7, in: store)
        expect(&state, true) { $0.add(7) }
        state = try await reloaded(state, store)
        #expect(state.pending == [7])
    }

    @Test("any order of arrivals, acknowledgements and restarts loses and repeats nothing")
    func random() async throws {
        let store = try bench.open()
        var state = try store.mailbox(of: 1)
        var expected: [Int64] = []
        var generator = SystemRandomNumberGenerator()
        for id in 1...300 as ClosedRange<Int64> {
            let mine = Bool.random(using: &generator)
            keep(id, for: mine ? 1 : 2, in: store)
            if mine {
                expect(&state, true) { $0.add(id) }
                expected.append(id)
            }
            if let gone = expected.randomElement(using: &generator), Bool.random(using: &generator) {
                expect(&state, true) { $0.acknowledge(gone) }
                expected.removeAll { $0 == gone }
            }
            if id % 50 == 0 { state = try await reloaded(state, store) }
            #expect(state.pending == expected)
        }
    }

    @Test("more than fits into memory comes in turns, in order, and nothing is passed over")
    func more() async throws {
        let store = try bench.open()
        let all = Array(1...20 as ClosedRange<Int64>)
        for id in all { keep(id, in: store) }
        #expect(await store.settle() == nil)
        var state = try MailboxState(account: 1, reader: store.reader, limit: 6)
        #expect(state.pending == Array(1...6))
        expect(&state, false, "it waits in the archive behind the others") { $0.add(21) }
        keep(21, in: store)
        #expect(await store.settle() == nil)
        var seen: [Int64] = []
        while let next = state.pending.first {
            seen.append(next)
            expect(&state, true) { $0.acknowledge(next) }
            #expect(await written(store.journal, store.saveMailbox(state.encoded, account: 1)) == nil)
            if seen.count == 9 { state = try MailboxState(account: 1, reader: store.reader, limit: 6) }
            if state.wantsMore { try state.loadMore(account: 1, reader: store.reader) }
        }
        #expect(seen == all + [21])
        expect(&state, true) { $0.add(22) }
    }
}

/// `#expect` takes no call that changes a value.
private func expect(
    _ state: inout MailboxState, _ expected: Bool, _ text: Comment? = nil,
    at location: SourceLocation = #_sourceLocation, _ body: (inout MailboxState) -> Bool
) {
    let result = body(&state)
    #expect(result == expected, text, sourceLocation: location)
}
