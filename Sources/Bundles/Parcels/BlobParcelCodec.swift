/// The body of a blob parcel: the file's name 16 bytes, what it says 1 byte, then its fields.
extension BlobParcel {
    private enum Word: UInt8 {
        case manifest = 1, range, report, request, absent
    }

    func encode(into writer: inout ByteWriter) {
        writer.append(id.bytes)
        switch body {
        case .manifest(let manifest):
            writer.byte(Word.manifest.rawValue)
            writer.varint(manifest.size)
            writer.append(manifest.hash)
            writer.varint(manifest.remainingSeconds)
            writer.lengthPrefixed(Array(manifest.type.utf8))
            writer.lengthPrefixed(Array(manifest.name.utf8))
        case .range(let first, let bytes):
            writer.byte(Word.range.rawValue)
            writer.varint(first)
            writer.lengthPrefixed(bytes)
        case .report(let report):
            writer.byte(Word.report.rawValue)
            writer.byte(report.state.rawValue)
            writer.uint64(report.generation)
            report.units.encode(into: &writer)
        case .request(let first):
            writer.byte(Word.request.rawValue)
            writer.varint(first)
        case .absent: writer.byte(Word.absent.rawValue)
        }
    }

    static func decode(from reader: inout ByteReader) throws(ByteError) -> BlobParcel {
        guard let id = BlobID(bytes: try reader.take(BlobID.size)) else { throw .truncated }
        guard let word = Word(rawValue: try reader.byte()) else { throw .badValue("blob word") }
        switch word {
        case .manifest: return BlobParcel(id: id, .manifest(try manifest(&reader)))
        case .range:
            let first = try reader.varint()
            guard first < units(maxFileBytes) else { throw .overLimit("unit of a file") }
            let bytes = try reader.lengthPrefixed(atMost: maxUnits * unitBytes, "range length")
            guard !bytes.isEmpty else { throw .badValue("empty range") }
            return BlobParcel(id: id, .range(first: first, bytes: bytes))
        case .report:
            guard let state = BlobReport.State(rawValue: try reader.byte()) else {
                throw .badValue("state of a file")
            }
            let generation = try reader.uint64()
            return BlobParcel(
                id: id,
                .report(BlobReport(state: state, generation: generation, units: try .decode(from: &reader))))
        case .request: return BlobParcel(id: id, .request(from: try reader.varint()))
        case .absent: return BlobParcel(id: id, .absent)
        }
    }

    private static func manifest(_ reader: inout ByteReader) throws(ByteError) -> BlobManifest {
        let size = try reader.varint()
        guard size <= maxFileBytes else { throw .overLimit("size of a file") }
        let hash = try reader.take(32)
        let remaining = try reader.varint()
        let type = try reader.lengthPrefixed(atMost: maxTypeBytes, "media type")
        let name = try reader.lengthPrefixed(atMost: maxNameBytes, "file name")
        guard let typeText = String(validating: type, as: UTF8.self),
            type.allSatisfy({ $0 > 0x20 && $0 < 0x7F }),
            let nameText = String(validating: name, as: UTF8.self),
            !name.contains(where: { $0 < 0x20 || $0 == 0x7F || $0 == 0x2F || $0 == 0x5C })
        else { throw .badValue("type or name of a file") }
        return BlobManifest(
            size: size, hash: hash, type: typeText, name: nameText, remainingSeconds: remaining)
    }
}
