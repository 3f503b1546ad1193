internal import Glibc

/// The process's environment variables.
package enum Environment {
    package static var current: [String: String] {
        var found: [String: String] = [:]
        var entry = environ
        while let text = entry.pointee {
            let line = String(cString: text)
            if let split = line.firstIndex(of: "=") {
                found[String(line[..<split])] = String(line[line.index(after: split)...])
            }
            entry += 1
        }
        return found
    }
}
