package import Bundles

extension Outbox {
    /// These are held back: they leave memory, and the database does not name them again until they are
    /// let go. What a hop has already stays there.
    package mutating func withhold(where isHeldBack: (ParcelHead) -> Bool) {
        for entry in Array(entries.values) where isHeldBack(entry.head) { remove(entry) }
        // An announcement of what will never come is never held back, and looks the same from here.
        letGo()
    }

    /// Some that were held back wait again: the database is read from its start.
    package mutating func letGo() {
        cursor = 0
        more = true
        isLoading = false
    }
}
