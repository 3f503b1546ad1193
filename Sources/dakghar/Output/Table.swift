/// Rows of words in aligned columns, two blanks between them.
struct Table {
    private var rows: [[String]] = []
    private let indent: String

    init(_ heading: [String] = [], indent: Int = 0) {
        self.indent = String(repeating: " ", count: indent)
        if !heading.isEmpty { rows.append(heading.map { $0.uppercased() }) }
    }

    mutating func add(_ cells: [String]) { rows.append(cells) }

    /// One line each, without blanks at the end; empty if there are no rows.
    var text: String {
        let widths = rows.reduce(into: [Int]()) { widths, row in
            for (column, cell) in row.enumerated() {
                if column < widths.count {
                    widths[column] = max(widths[column], cell.count)
                } else {
                    widths.append(cell.count)
                }
            }
        }
        return rows.map { indent + line($0, widths) + "\n" }.joined()
    }

    private func line(_ row: [String], _ widths: [Int]) -> String {
        var cells = row
        while cells.last?.isEmpty == true { cells.removeLast() }
        return cells.enumerated().map { column, cell in
            let isLast = column == cells.count - 1
            return isLast ? cell : cell + String(repeating: " ", count: widths[column] - cell.count)
        }.joined(separator: "  ")
    }
}
