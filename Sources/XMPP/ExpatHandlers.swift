import CExpat

/// The seam to expat's C interface: handlers that find their `StanzaBuilder` again, and its errors.
enum ExpatHandlers {
    /// Between namespace and name in expat's names: no character that XML allows anywhere.
    static let separator: CChar = 1

    static func install(in expat: XML_Parser, for builder: StanzaBuilder) {
        // Not retained: the `StreamParser` owns both and frees expat first.
        XML_SetUserData(expat, Unmanaged.passUnretained(builder).toOpaque())
        // A stanza is handed out at its last byte, not when more comes; the limit on tags bounds the
        // work that deferral would save.
        _ = XML_SetReparseDeferralEnabled(expat, 0)
        XML_SetElementHandler(
            expat,
            { data, name, attributes in
                guard let name else { return }
                ExpatHandlers.builder(data)?.startElement(name, attributes)
            },
            { data, _ in ExpatHandlers.builder(data)?.endElement() })
        XML_SetCharacterDataHandler(expat) { data, start, count in
            ExpatHandlers.builder(data)?.characters(UnsafeBufferPointer(start: start, count: Int(count)))
        }
        XML_SetXmlDeclHandler(expat) { data, _, encoding, _ in
            ExpatHandlers.builder(data)?.xmlDeclaration(encoding: encoding)
        }
        installRefusals(in: expat)
    }

    /// What RFC 6120 §11.1 forbids. No entity is ever declared, because the DOCTYPE stops the parser.
    private static func installRefusals(in expat: XML_Parser) {
        XML_SetStartDoctypeDeclHandler(expat) { data, _, _, _, _ in
            ExpatHandlers.builder(data)?.fail(.restrictedXML)
        }
        XML_SetProcessingInstructionHandler(expat) { data, _, _ in
            ExpatHandlers.builder(data)?.fail(.restrictedXML)
        }
        XML_SetCommentHandler(expat) { data, _ in
            ExpatHandlers.builder(data)?.fail(.restrictedXML)
        }
    }

    private static func builder(_ data: UnsafeMutableRawPointer?) -> StanzaBuilder? {
        guard let data else { return nil }
        return Unmanaged<StanzaBuilder>.fromOpaque(data).takeUnretainedValue()
    }

    static func reason(_ code: XML_Error) -> StreamParserError {
        switch code {
        case XML_ERROR_UNBOUND_PREFIX, XML_ERROR_UNDECLARING_PREFIX, XML_ERROR_RESERVED_PREFIX_XML,
            XML_ERROR_RESERVED_PREFIX_XMLNS, XML_ERROR_RESERVED_NAMESPACE_URI:
            return .badNamespacePrefix
        case XML_ERROR_UNDEFINED_ENTITY, XML_ERROR_RECURSIVE_ENTITY_REF, XML_ERROR_AMPLIFICATION_LIMIT_BREACH:
            return .restrictedXML
        case XML_ERROR_UNKNOWN_ENCODING, XML_ERROR_INCORRECT_ENCODING:
            return .unsupportedEncoding
        case XML_ERROR_NO_MEMORY:
            return .outOfMemory
        default:
            return .notWellFormed
        }
    }
}
