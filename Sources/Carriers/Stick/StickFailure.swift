internal import Bundles

/// Why a file of bundles is not written or not taken.
package struct StickFailure: Error, Equatable, CustomStringConvertible {
    package enum Kind: Sendable {
        /// The file cannot be accepted.
        case badInput
        /// Whoever wrote it may not say this here.
        case notPermitted
        /// Nothing is wrong with it: the same again may work.
        case notNow
    }

    package let kind: Kind
    /// What happened and what to do next.
    package let description: String

    package init(_ kind: Kind, _ description: String) {
        self.kind = kind
        self.description = description
    }

    /// Typed errors of the file's format and of what it holds.
    init(_ error: any Error) {
        switch error {
        case let failure as StickFailure: self = failure
        case let error as StickError:
            self.init(
                .badInput,
                "The file is refused: \(error). Nothing of it was taken; copy it again from the stick, or have it "
                    + "exported again.")
        default: self.init(.badInput, "The file is refused: \(error). Nothing of it was taken.")
        }
    }
}
