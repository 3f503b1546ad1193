/// What people may upload, and where it is fetched.
package struct UploadSettings: Sendable {
    /// `https://HOST[:PORT]/BOX`, without a slash at the end.
    package var address: String
    /// One file, all of one person's, all of the box's; bytes.
    package var fileBytes: Int
    package var personBytes: Int
    package var totalBytes: Int
    /// How long a file stays, milliseconds of service.
    package var fileMs: UInt64

    package init(address: String, fileBytes: Int, personBytes: Int, totalBytes: Int, fileMs: UInt64) {
        self.address = address
        self.fileBytes = fileBytes
        self.personBytes = personBytes
        self.totalBytes = totalBytes
        self.fileMs = fileMs
    }

    /// How long a slot may be filled: a phone may be out of reach for hours.
    package static let slotMs: UInt64 = 6 * 3_600_000
    /// How long after an upload whoever its uploader writes to gets the file; so many of one account.
    static let pushMs: UInt64 = 10 * 60_000
    static let pushed = 20
    /// Slots of one account that are not filled.
    static let slotsPerPerson = 100
    /// A file's name and its media type, bytes.
    static let nameBytes = 255
    static let typeBytes = 127
}
