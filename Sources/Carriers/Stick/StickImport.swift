internal import Bundles
internal import Engine
internal import NIOCore
internal import Storage

/// One file of bundles that is read twice: first everything in it is verified and opened, then it is taken in.
/// Of a file that changes in between nothing unverified is taken.
package final class StickImport {
    /// What was taken.
    package struct Counts: Sendable, Equatable {
        package var bundles = 0
        /// Mail that had not come before, mail that had, and mail that has to come again: too much waits for
        /// mail that comes before it.
        package var messages = 0
        package var known = 0
        package var deferred = 0
        package var registers = 0
        /// Parcels of this box's that are done now.
        package var receipts = 0
        /// Bundles that are kept here for other boxes.
        package var forOthers = 0
    }

    private let office: PostOffice
    private var reader = StickReader()
    /// The hash of the file as it was in the first pass.
    private var digest: [UInt8]?
    package private(set) var counts = Counts()
    /// The name of the box that wrote the file, once that is known.
    package private(set) var signer: String?
    /// When it was made, by its writer's clock, wall milliseconds.
    package private(set) var createdMs: UInt64 = 0

    init(_ office: PostOffice) { self.office = office }

    // MARK: First pass

    /// Verifies the next bytes. Nothing is taken.
    package func check(_ bytes: [UInt8], then done: @escaping (StickFailure?) -> Void) {
        do {
            each(try feed(bytes).flatMap(\.bundles)[...], { _ in }, then: done)
        } catch {
            done(StickFailure(error))
        }
    }

    /// Opens one bundle a turn of the loop: well compressed ones are long, and everybody's mail waits meanwhile.
    private func each(
        _ bundles: ArraySlice<[UInt8]>, _ use: @escaping (PostOffice.Examined) -> Void,
        then done: @escaping (StickFailure?) -> Void
    ) {
        guard let first = bundles.first else { return done(nil) }
        do {
            use(try office.examine(first, from: try carrier()))
        } catch {
            return done(StickFailure(error))
        }
        office.eventLoop.assumeIsolated().execute { self.each(bundles.dropFirst(), use, then: done) }
    }

    /// All bytes have come once; they come again from the first.
    package func endCheck() throws(StickFailure) {
        do {
            try reader.end()
        } catch {
            throw StickFailure(error)
        }
        digest = reader.digest
        reader = StickReader()
    }

    // MARK: Second pass

    /// Takes in what is whole with these bytes; `then` runs when it is on the disk.
    package func take(_ bytes: [UInt8], then done: @escaping (StickFailure?) -> Void) {
        guard digest != nil else { return done(StickFailure(.badInput, "The file was not verified yet.")) }
        let bundles: [[UInt8]]
        do {
            bundles = try feed(bytes).flatMap(\.bundles)
        } catch {
            return done(Self.changed)
        }
        // One more than there are bundles: for the last look at all of them.
        let pending = Pending(count: bundles.count + 1, done: done)
        var begun = 0
        each(bundles[...]) { bundle in
            begun += 1
            self.counts.bundles += 1
            self.take(bundle, pending)
        } then: { failure in
            for _ in begun..<bundles.count { pending.finished(Self.changed) }
            pending.finished(failure == nil ? nil : Self.changed)
        }
    }

    package func endTake() throws(StickFailure) {
        guard reader.digest == digest, digest != nil else { throw Self.changed }
    }

    private static let changed = StickFailure(
        .badInput,
        "The file changed, or could not be read, while it was taken in. What was taken stays, once; run the "
            + "command again.")

    /// The bundles of one piece that are being written.
    private final class Pending {
        var count: Int
        var failure: StickFailure?
        let done: (StickFailure?) -> Void

        init(count: Int, done: @escaping (StickFailure?) -> Void) {
            self.count = count
            self.done = done
        }

        func finished(_ failure: StickFailure?) {
            count -= 1
            self.failure = self.failure ?? failure
            if count == 0 { done(self.failure) }
        }
    }

    private func take(_ bundle: PostOffice.Examined, _ pending: Pending) {
        switch bundle {
        case .own(let parcels, let origin):
            guard !office.isDiskFull() || !parcels.contains(where: \.isKept) else {
                return pending.finished(Self.full)
            }
            for case .acknowledgement(let told) in parcels { counts.receipts += office.waiting(told, origin) }
            let outcome = office.take(parcels, from: origin) { error in
                pending.finished(error == nil ? nil : Self.full)
            }
            counts.messages += outcome.new
            counts.known += outcome.known
            counts.deferred += outcome.deferred
            counts.registers += outcome.registers
        case .passing(let header, let bytes, let target):
            if office.keeps(header, bytes) { return pending.finished(nil) }
            office.keep(passing: header, bytes, held: 0, for: target) { refusal in
                if refusal == nil { self.counts.forOthers += 1 }
                pending.finished(
                    refusal.map {
                        StickFailure(
                            .notNow,
                            "Not all of it was taken: \($0). What was taken stays; run the command again later."
                        )
                    })
            }
        }
    }

    private static let full = StickFailure(
        .notNow,
        "The disk is full. What was taken stays; make room and run the command again, it takes the rest.")

    // MARK: Who wrote it

    private func feed(_ bytes: [UInt8]) throws -> [StickSegment] {
        try reader.feed(bytes) { head in
            let peer = try office.writer(of: head)
            signer = peer.office.name
            createdMs = head.createdMs
            return peer.entry.card.identityKey
        }
    }

    private func carrier() throws(StickFailure) -> Peer {
        guard let head = reader.preamble else { throw StickFailure(StickError.truncated) }
        return try office.writer(of: head)
    }
}
