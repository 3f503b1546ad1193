extension QRCode {
    /// The code for a terminal: two rows of modules on a line, in half blocks. Dark is what the letters
    /// are on a light terminal; the colours are set, so that a dark terminal shows the same.
    package var terminalText: String {
        let zone = Self.quietZone
        var lines = ""
        for y in stride(from: -zone, to: side + zone, by: 2) {
            // Black on white.
            lines += "\u{1B}[30;107m"
            for x in -zone..<side + zone {
                switch (isDark(x, y), isDark(x, y + 1)) {
                case (false, false): lines += " "
                case (true, false): lines += "▀"
                case (false, true): lines += "▄"
                case (true, true): lines += "█"
                }
            }
            lines += "\u{1B}[0m\n"
        }
        return lines
    }

    /// The code as an SVG element for a page: one path, no style of its own, black on white.
    /// - Parameter label: what it is, for people who hear the page; no markup.
    package func svg(label: String) -> String {
        let zone = Self.quietZone
        let full = side + 2 * zone
        var path = ""
        for y in 0..<side {
            var x = 0
            while x < side {
                let start = x
                while isDark(x, y) { x += 1 }
                if x > start { path += "M\(start + zone) \(y + zone)h\(x - start)v1h-\(x - start)z" }
                x += 1
            }
        }
        return "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 \(full) \(full)\" role=\"img\" "
            + "aria-label=\"\(label)\" shape-rendering=\"crispEdges\">"
            + "<rect width=\"\(full)\" height=\"\(full)\" fill=\"#fff\"/><path d=\"\(path)\" fill=\"#000\"/></svg>"
    }
}
