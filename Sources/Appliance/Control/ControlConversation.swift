internal import Carriers

/// What is under way between a command and the box on one connection.
final class ControlConversation {
    var export: StickExport?
    var importing: StickImport?
    var isBackingUp = false

    /// More requests come on this connection.
    var goesOn: Bool { export != nil || importing != nil || isBackingUp }
}
