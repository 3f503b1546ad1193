/// One value of a room that several boxes may write: the newest version wins.
package struct RoomRegister: Hashable, Sendable {
    /// Nil when it was taken away: kept, so that an older value does not come back.
    package var value: String?
    package var version: RoomVersion

    package init(value: String?, version: RoomVersion) {
        self.value = value
        self.version = version
    }

    /// Whether this one replaces `other`: the newer version; of two values under one version, which no
    /// honest box makes, the greater text, so that all boxes choose alike.
    package func replaces(_ other: RoomRegister) -> Bool {
        if version != other.version { return other.version < version }
        return (other.value ?? "") < (value ?? "") || (other.value == nil && value != nil)
    }
}

/// Everything durable about a room except what was said in it: affiliations, settings and the subject,
/// as last-writer-wins registers. The merge is commutative, associative and idempotent, so that boxes
/// that hold the same registers show the same room, whatever the order in which they came.
package struct RoomState: Hashable, Sendable {
    /// By name, such as `affiliation/BARE JID`, `config/NAME`, `subject`.
    package private(set) var registers: [String: RoomRegister]

    package init(registers: [String: RoomRegister] = [:]) { self.registers = registers }

    package subscript(name: String) -> String? { registers[name]?.value }

    /// Takes a register in.
    /// - Returns: whether it replaced what was there.
    @discardableResult
    package mutating func take(_ name: String, _ register: RoomRegister) -> Bool {
        if let known = registers[name], !register.replaces(known) { return false }
        registers[name] = register
        return true
    }

    /// Forgets a register, as if it had never been.
    package mutating func forget(_ name: String) { registers[name] = nil }

    /// Takes all of another box's registers in.
    package mutating func merge(_ other: RoomState) {
        for (name, register) in other.registers { take(name, register) }
    }

    /// The newest time of any register.
    package var newestTime: UInt64 { registers.values.reduce(0) { max($0, $1.version.time) } }
}

/// What an event of a room is named by, in its archive and, later, between boxes.
package struct RoomEventName: Hashable, Sendable {
    /// The box id of the box at which it was accepted, as a number.
    package let origin: UInt64
    /// Counts the events of that box in this room; the upper 32 bits are the epoch's counter, so that a
    /// restored backup gives no name twice.
    package let counter: UInt64
    /// Hybrid time.
    package let time: UInt64

    package init(origin: UInt64, counter: UInt64, time: UInt64) {
        self.origin = origin
        self.counter = counter
        self.time = time
    }
}
