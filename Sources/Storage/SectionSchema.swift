enum SectionSchema {
    /// The part of the office that an account belongs to.
    static let column = "ALTER TABLE account ADD COLUMN section TEXT"
}
