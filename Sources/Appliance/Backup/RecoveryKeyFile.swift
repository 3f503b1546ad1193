internal import Glibc

extension BoxDirectory {
    /// The key that backups are closed for; nil before the first one.
    package func recoveryPublicHalf() throws(BoxFailure) -> RecoveryKey.PublicHalf? {
        guard access(recoveryKey, F_OK) == 0 else { return nil }
        do {
            return RecoveryKey.PublicHalf(bytes: try KeyFile.read(recoveryKey, size: 32))
        } catch {
            throw BoxFailure(describing: error)
        }
    }

    /// From now on backups are closed for this key.
    package func setRecoveryPublicHalf(_ key: RecoveryKey.PublicHalf) throws(BoxFailure) {
        do {
            try DurableFile.replace(recoveryKey, with: key.bytes, mode: 0o400)
        } catch {
            throw BoxFailure(describing: error)
        }
    }
}
