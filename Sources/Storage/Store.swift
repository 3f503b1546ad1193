package import Bundles
package import Engine
package import NIOCore
package import NIOPosix

/// The box's durable state as the event loop sees it: ids and names are given out here, in memory,
/// and reach the disk through the journal in the same order.
package final class Store {
    package let journal: Journal
    /// Reads what has been committed; used on the event loop only.
    package let reader: Database
    package let cipher: PayloadCipher
    /// Names this database: drawn when it was made, told to peers, so that a wiped or replaced one is noticed.
    package let storeID: UInt64
    /// Wall milliseconds of the backup that this database was restored from; nil for one that never was.
    package let restoredFrom: UInt64?
    /// Wall milliseconds of the last backup that was made of this database.
    package private(set) var lastBackup: UInt64?
    /// This life's epoch.
    package private(set) var epoch: Epoch
    package let serviceClock: ServiceClock

    /// What this box takes for the time.
    package private(set) var clock: ClockFloor
    private var nextID: Int64
    var jidNames: [String: Int64] = [:]
    var nextJID: Int64
    var peerNames: [BoxID: Int64] = [:]
    private var accountsByName: [String: Account] = [:]
    private var nextAccount: Int64
    private var formerByName: [String: FormerPerson] = [:]
    /// Names whose account is on its way to the disk.
    private var namesInUse: Set<String> = []
    /// Called after accounts have come, gone, or been closed.
    package var accountsChanged: () -> Void = {}
    package internal(set) var invitations: Invitations

    /// Opens or creates the database, migrates it and draws this life's epoch.
    /// - Parameter wallFloor: milliseconds since 1970 before which it cannot be (build time).
    package init(
        path: String, cipher: PayloadCipher, eventLoop: any EventLoop, pool: NIOThreadPool, wallFloor: UInt64
    ) throws(StorageError) {
        let database = try Database(path: path, writing: true)
        try Schema.migrate(database)
        let known = try database.metaBlob("epoch").flatMap { Epoch(bytes: $0) }
        epoch = Epoch.drawing(above: known)
        let drawn = epoch
        if let kept = try database.metaInt("store") {
            storeID = UInt64(bitPattern: kept)
        } else {
            storeID = UInt64.random(in: 1...UInt64.max)
        }
        let id = storeID
        restoredFrom = try database.metaInt("restored-from").map { UInt64(bitPattern: $0) }
        lastBackup = try database.metaInt("last-backup").map { UInt64(bitPattern: $0) }
        // A kill loses up to a minute of the saved clock; what was written in it knows better.
        let service = UInt64(
            bitPattern: try max(
                database.metaInt("service") ?? 0, database.highest("entered", of: "outbox"),
                database.highest("entered", of: "transit")))
        // The clock is saved once a minute: what was archived since then is newer.
        let floor = try max(
            UInt64(bitPattern: database.metaInt("wall") ?? 0), wallFloor, database.newestArchiveTime())
        clock = ClockFloor(floorMs: floor, machineMs: Clocks.wall(), monotonicMs: Clocks.monotonic())
        serviceClock = ServiceClock(base: service)
        nextID =
            try max(
                database.highest("id", of: "payload"), database.highest("id", of: "upload"),
                database.highest("id", of: "push"), database.highest("id", of: "replica"),
                database.highestEver(of: "outbox"),
                database.metaInt("highest-id") ?? 0, database.highestEver(of: "transit")) + 1
        nextJID = try database.highest("id", of: "jid") + 1
        nextAccount = try database.highestEver(of: "account") + 1
        invitations = Invitations(try database.invitations())
        for former in try database.formerPeople() { formerByName[former.localpart] = former }
        for account in try database.accounts() { accountsByName[account.localpart] = account }
        for (number, box) in try database.peerIDs() { peerNames[box] = number }
        try database.transaction { database in
            try database.setMeta("epoch", .blob(drawn.bytes))
            try database.setMeta("store", .int(id))
        }
        reader = try Database(path: path, writing: false)
        self.cipher = cipher
        journal = Journal(database: database, eventLoop: eventLoop, pool: pool)
        journal.refused = { [unowned self] in namesWereRefused() }
    }

    // MARK: Names given out

    /// The next id of a payload, an outbox row or a bundle in transit; never used twice.
    package func takeID() -> Int64 {
        defer { nextID += 1 }
        return nextID
    }

    /// The newest id that was given out.
    package var newestID: Int64 { nextID - 1 }

    /// Wall time in milliseconds that never runs backwards, also across restarts.
    package func wallNow() -> UInt64 {
        clock.now(machineMs: Clocks.wall(), monotonicMs: Clocks.monotonic())
    }

    /// A peer has told its time.
    package func heardTime(of box: BoxID, wallMs: UInt64, isSure: Bool, isUpstream: Bool) {
        clock.heard(
            from: box, wallMs: wallMs, isSure: isSure, isUpstream: isUpstream, machineMs: Clocks.wall(),
            monotonicMs: Clocks.monotonic())
    }

    /// The number of a bare JID in the `jid` table.
    package func number(of jid: String) throws(StorageError) -> Int64 {
        if let known = jidNames[jid] { return known }
        let found = try reader.first("SELECT id FROM jid WHERE text=?", .text(jid)) { $0.int64(0) }
        // The reader does not see what is not committed yet: the cache holds those until the journal is idle.
        if jidNames.count > 100_000, journal.isIdle { jidNames.removeAll() }
        if let found {
            jidNames[jid] = found
            return found
        }
        let number = nextJID
        nextJID += 1
        jidNames[jid] = number
        journal.commit({
            try $0.run("INSERT OR IGNORE INTO jid (id, text) VALUES (?,?)", .integer(number), .text(jid))
        })
        return number
    }

    /// The number of a bare JID that has been seen before, or nil.
    package func knownNumber(of jid: String) throws(StorageError) -> Int64? {
        if let known = jidNames[jid] { return known }
        return try reader.first("SELECT id FROM jid WHERE text=?", .text(jid)) { $0.int64(0) }
    }

    /// The bare JID that has this number.
    package func jid(number: Int64) throws(StorageError) -> String? {
        try reader.first("SELECT text FROM jid WHERE id=?", .integer(number)) { $0.text(0) }
    }

    /// The number of a peer in this database.
    package func number(of box: BoxID) -> Int64 {
        if let known = peerNames[box] { return known }
        let number = (peerNames.values.max() ?? 0) + 1
        peerNames[box] = number
        journal.commit({ try $0.insertPeer(number, box) })
        return number
    }

    /// Draws an epoch above one that a peer knows of this box and is newer than ours.
    package func drawEpoch(above other: Epoch) {
        epoch = Epoch.drawing(above: max(other, epoch))
        let drawn = epoch
        journal.commit({ try $0.setMeta("epoch", .blob(drawn.bytes)) })
    }

    /// After a batch was refused by a full disk: names of people are looked up anew, those that stay in
    /// memory go with the next batch.
    private func namesWereRefused() {
        jidNames.removeAll()
        journal.mark(self, urgent: false) {
            let (epoch, boxes) = (self.epoch, self.peerNames)
            return { database in
                try database.setMeta("epoch", .blob(epoch.bytes))
                for (box, number) in boxes { try database.insertPeer(number, box) }
            }
        }
    }

    /// The numbers of all boxes that ever were peers.
    /// The box of a number that was given out.
    package func box(of number: Int64) -> BoxID? { peerNames.first { $0.value == number }?.key }

    package var peerNumbers: [Int64] { peerNames.values.sorted() }

    /// Saves the clocks; called every minute and at the end.
    package func saveClocks(then done: @escaping Journal.Completion = { _ in }) {
        // A time on one upstream's word is no floor for later lives.
        let wall = wallNow()
        let isFloor = clock.source != .upstream
        let service = serviceClock.now()
        let highest = nextID - 1
        journal.commit(
            { database in
                if isFloor { try database.setMeta("wall", .int(wall)) }
                try database.setMeta("service", .int(service))
                try database.setMeta("highest-id", .integer(highest))
            }, then: done)
    }

    /// Notes that a backup of now is whole.
    package func backupIsDone(then done: @escaping Journal.Completion) {
        let now = wallNow()
        lastBackup = now
        journal.commit({ try $0.setMeta("last-backup", .int(now)) }, then: done)
    }

    // MARK: Accounts

    package func account(_ localpart: String) -> Account? { accountsByName[localpart] }
    /// Whether the name has an account, or will have one in a moment.
    package func isTaken(_ localpart: String) -> Bool {
        accountsByName[localpart] != nil || namesInUse.contains(localpart)
    }
    /// Somebody who had an account here once.
    package func former(_ localpart: String) -> FormerPerson? { formerByName[localpart] }
    func forgetFormerPerson(_ localpart: String) { formerByName[localpart] = nil }
    func replace(_ account: Account) { accountsByName[account.localpart] = account }
    package var accounts: [Account] { accountsByName.values.sorted { $0.localpart < $1.localpart } }

    /// Makes an account whose name is not taken.
    /// - Parameter invitation: what it is made with: used in the same transaction.
    package func addAccount(
        localpart: String, admin: Bool, section: String? = nil, sha1: [UInt8], sha256: [UInt8],
        invitation: Invitation? = nil, then done: @escaping Journal.Completion
    ) {
        let account = Account(
            id: nextAccount, localpart: localpart, admin: admin, disabled: false, scramSHA1: sha1,
            scramSHA256: sha256, rosterVersion: 0, created: wallNow(), section: section)
        nextAccount += 1
        namesInUse.insert(localpart)
        if let invitation { invitations.begin(invitation.digest) }
        journal.commit({ database in
            try database.insert(account)
            try database.forgetFormer(localpart)
            if let invitation { try database.use(invitation: invitation.digest, by: localpart) }
        }) { error in
            self.namesInUse.remove(localpart)
            if let invitation {
                self.invitations.end(invitation.digest, usedBy: error == nil ? localpart : nil)
            }
            if error == nil {
                self.accountsByName[localpart] = account
                self.formerByName[localpart] = nil
                self.accountsChanged()
            }
            done(error)
        }
    }

    package func setPassword(
        of account: Account, sha1: [UInt8], sha256: [UInt8], then done: @escaping Journal.Completion
    ) {
        var changed = account
        changed.scramSHA1 = sha1
        changed.scramSHA256 = sha256
        let new = changed
        journal.commit({ try $0.setPassword(account: new.id, sha1: sha1, sha256: sha256) }) { error in
            if error == nil { self.accountsByName[new.localpart] = new }
            done(error)
        }
    }

    /// Removes an account; whoever writes to it later is told, and where the person is now.
    package func removeAccount(
        _ account: Account, movedTo: String? = nil, then done: @escaping Journal.Completion
    ) {
        accountsByName[account.localpart] = nil
        let former = FormerPerson(localpart: account.localpart, movedTo: movedTo)
        formerByName[account.localpart] = former
        let id = account.id
        journal.commit({ database in
            try database.removeAccount(id)
            try database.put(former)
        }) { error in
            if error != nil {
                self.accountsByName[account.localpart] = account
                self.formerByName[account.localpart] = nil
            }
            self.accountsChanged()
            done(error)
        }
    }

    package func setRosterVersion(_ version: Int, of localpart: String) {
        accountsByName[localpart]?.rosterVersion = version
    }
}

/// Milliseconds that this box has been in service since it first ran: lifetimes count in it.
package struct ServiceClock: Sendable {
    private let base: UInt64
    private let started: UInt64

    init(base: UInt64) {
        self.base = base
        self.started = Clocks.monotonic()
    }

    package func now() -> UInt64 { base + (Clocks.monotonic() - started) }

    /// How long ago that was; 0 for what is ahead of this clock, which is saved once a minute only.
    package func age(since entered: UInt64) -> UInt64 {
        let now = now()
        return now > entered ? now - entered : 0
    }
}
