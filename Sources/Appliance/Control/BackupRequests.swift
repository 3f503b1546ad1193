internal import Glibc
internal import Storage

/// `backup`: the command copies the files itself; the box says with which key, and notes when it is done.
extension ControlHandler {
    func handleBackup(_ request: ControlRequest, _ reply: @escaping Reply) {
        switch request.command {
        case "backup.begin":
            do {
                let key = try DataKey.load(box.directory, environment: Environment.current)
                conversation.isBackingUp = true
                // Whoever may open this socket may read the key's file, too.
                reply(ControlResponse(data: key))
            } catch {
                reply(.failure(error.exitCode, error.description))
            }
        case "backup.done":
            conversation.isBackingUp = false
            box.store.backupIsDone { error in
                reply(error.map { .failure(ExitStatus.failed, $0.description) } ?? ControlResponse())
            }
        default: reply(.failure(ExitStatus.usage, "The request does not belong here."))
        }
    }
}
