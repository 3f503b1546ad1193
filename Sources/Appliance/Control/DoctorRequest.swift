internal import Carriers
internal import Storage

extension ControlHandler {
    /// What the box knows of itself; the command looks at the rest (`Doctor`).
    func doctorFacts() -> ControlResponse {
        let files = box.configuration.tls
        let chain = files?.certificate ?? box.authority.chainFile
        var expires: Int64?
        do { expires = try box.authority.expiryTime(ofChainIn: chain) } catch {
            box.log.error("The certificate \(chain) cannot be read: \(error)")
        }
        return .document(
            BoxFacts(
                running: box.isServing, now: box.store.wallNow(),
                peers: box.isServing
                    ? box.postOffice.status.map { .init(name: $0.name, state: $0.state, since: $0.since) }
                    : [],
                lastBackup: box.store.lastBackup, certificateExpires: expires,
                renewsItself: files == nil))
    }
}
