/// Limits of the relay; every queue has a number and a unit.
package struct RelaySettings: Sendable {
    /// One stanza of a client, bytes.
    package var stanzaBytes = 262_144
    /// Connections that have not authenticated yet: in total and from one address.
    package var halfOpen = 1_024
    package var halfOpenPerAddress = 256
    /// Seconds a client has to authenticate.
    package var authenticationSeconds = 30
    /// Sessions of one account, hibernating ones included.
    package var sessionsPerAccount = 32
    /// What a session may have sent without its client acknowledging or reading it, bytes.
    package var unacknowledgedBytes = 4 << 20
    /// Seconds a torn session waits for its client (XEP-0198).
    package var hibernationSeconds = 600
    /// Seconds of silence after which a client is asked, and seconds it has to answer.
    package var silenceSeconds = 150
    package var answerSeconds = 60
    /// Stanzas of one account in a second, all its sessions together.
    package var stanzasPerSecond = 5_000
    /// Contacts of one account.
    package var rosterItems = 2_000
    /// Whether everybody of the office is in everybody's roster.
    package var sharesRoster = false
    /// Whether the people of this office are in the directory of all offices.
    package var publishesPeople = true
    /// Rooms made by one account, and all rooms of the box.
    package var roomsPerAccount = 50
    package var rooms = 5_000
    /// People and boxes' sessions in one room.
    package var roomOccupants = 500
    /// People with an affiliation in one room.
    package var roomAffiliations = 2_000
    /// A nickname, bytes.
    package var nickBytes = 128
    /// Messages of a room's past that a person gets on entering, at most.
    package var roomHistory = 100

    /// One stanza of a client as it is written again for others, bytes: a prefix has become a whole
    /// namespace by then.
    var writtenBytes: Int { 2 * stanzaBytes }

    /// One page of an archive, bytes of its stanzas: it must not fill what may be unacknowledged.
    var pageBytes: Int { unacknowledgedBytes / 4 }

    package init() {}
}
