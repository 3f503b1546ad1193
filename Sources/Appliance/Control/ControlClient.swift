internal import FoundationEssentials
internal import Glibc
internal import Storage

/// The command line's side of `DIR/control.sock`.
package enum Control {
    /// Asks the running box; without one does the work here, under the directory's lock.
    ///
    /// Throws with 65 where there is no box, with 75 when another process holds the box and does not
    /// answer, and with 77 when this user may not come near it.
    package static func send(
        _ request: ControlRequest, to directory: BoxDirectory, configuration: String?
    ) throws(ControlError) -> ControlResponse {
        try requireABox(directory)
        if let answer = try ask(request, directory) { return answer }
        let offline = try openOffline(directory, configuration)
        defer { offline.close() }
        return offline.handle(request)
    }

    /// Several requests that belong together: to the running box on one connection, else to the files, under
    /// a lock that is held until the value is closed.
    package static func open(
        _ directory: BoxDirectory, configuration: String?
    ) throws(ControlError) -> BoxConversation {
        try requireABox(directory)
        if let connection = try ControlConnection.open(directory, limit: 60) {
            return BoxConversation(running: connection, directory)
        }
        return BoxConversation(offline: try openOffline(directory, configuration))
    }

    private static func openOffline(
        _ directory: BoxDirectory, _ configuration: String?
    ) throws(ControlError) -> OfflineBox {
        let lock: BoxLock
        do {
            lock = try BoxLock(directory)
        } catch {
            throw refusal(error)
        }
        do {
            return try OfflineBox(lock: lock, directory: directory, configuration: configuration)
        } catch {
            throw ControlError(error.description, exitCode: error.exitCode)
        }
    }

    /// Asks the running box only; nil if nobody listens.
    ///
    /// `limit`: seconds that connecting, sending and each part of the answer may take.
    package static func ask(
        _ request: ControlRequest, _ directory: BoxDirectory, limit: Int = 30
    ) throws(ControlError) -> ControlResponse? {
        guard let connection = try ControlConnection.open(directory, limit: limit) else { return nil }
        return try exchange(request, connection, directory)
    }

    static func exchange(
        _ request: ControlRequest, _ connection: ControlConnection, _ directory: BoxDirectory
    ) throws(ControlError) -> ControlResponse {
        do {
            let line = try JSONEncoder().encode(request) + [UInt8(ascii: "\n")]
            let answer = try connection.exchange([UInt8](line))
            return try JSONDecoder().decode(ControlResponse.self, from: Data(answer))
        } catch let error as ControlError {
            throw error
        } catch {
            throw ControlError(
                "the box in \(directory.path) answered with something that is no answer; "
                    + "are this command and the box of the same version?", exitCode: ExitStatus.failed)
        }
    }

    private static func requireABox(_ directory: BoxDirectory) throws(ControlError) {
        guard !directory.holdsABox else { return }
        if FileStatus(path: directory.path + "/.") == nil, errno == EACCES {
            throw ControlError(
                "you may not look into \(directory.path): run this as its owner or as root",
                exitCode: ExitStatus.notPermitted)
        }
        throw ControlError(
            "no box in \(directory.path): make one with dakghar init, or name another directory with --dir",
            exitCode: ExitStatus.badInput)
    }

    private static func refusal(_ error: BoxDirectoryError) -> ControlError {
        switch error {
        case .running:
            ControlError(
                "\(error), and it does not answer yet; try again in a moment", exitCode: ExitStatus.tryAgain)
        case .file(let file) where file.code == EACCES || file.code == EPERM:
            ControlError(
                "\(file); run this as the owner of the directory or as root",
                exitCode: ExitStatus.notPermitted)
        default:
            ControlError(error.description, exitCode: error.exitCode)
        }
    }
}
