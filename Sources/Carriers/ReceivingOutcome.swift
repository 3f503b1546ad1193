internal import Engine

/// What became of the parcels of a bundle.
struct ReceivingOutcome {
    /// Mail that had not come before, mail that had, and mail for which no room was left.
    var new = 0
    var known = 0
    var deferred = 0
    var registers = 0

    /// Counts the effects of one parcel of mail.
    mutating func count(_ effects: [ReceiveEffect]) {
        for effect in effects {
            switch effect {
            case .deliver, .store: new += 1
            case .duplicate: known += 1
            case .full: deferred += 1
            case .release, .superseded, .alarm: break
            }
        }
    }
}
