import XMPP

@testable import Relay

/// A client of SCRAM that can be told to do one thing wrong.
struct SCRAMExchange {
    let hash: SCRAMHash
    let plus: Bool
    let bindings: [String: [UInt8]]
    var credentials: SCRAMCredentials
    var password = "pencil"
    var header = "n,,"
    var claimedHeader: String?
    var boundData: [UInt8] = []
    var finalNonce = "clientserver"
    var proofCount: Int?

    init(hash: SCRAMHash = .sha256, plus: Bool = false, bindings: [String: [UInt8]] = [:]) throws {
        self.hash = hash
        self.plus = plus
        self.bindings = bindings
        credentials = try .derive(password: "pencil", hash: hash, salt: [UInt8](1...16), iterations: 10)
    }

    var server: SCRAMServer {
        let known = credentials
        return SCRAMServer(
            hash: hash, plus: plus, channelBindings: bindings, serverNonce: "server", lookup: { _ in known })
    }

    func run() throws -> SCRAMServer.Step {
        var server = server
        let step = server.receive(Array("\(header)n=asha,r=client".utf8))
        guard case .challenge(let challenge) = step else { return step }
        let bound = Array((claimedHeader ?? header).utf8) + boundData
        let final = "c=\(Base64.encode(bound)),r=\(finalNonce)"
        let signed = Array("n=asha,r=client,".utf8) + challenge + Array(",\(final)".utf8)
        var proof = try proof(of: signed)
        if let proofCount { proof = Array((proof + proof).prefix(proofCount)) }
        return server.receive(Array("\(final),p=\(Base64.encode(proof))".utf8))
    }

    private func proof(of signed: [UInt8]) throws -> [UInt8] {
        let salted = hash.stretch(
            Array(password.utf8), salt: credentials.salt, rounds: min(credentials.iterations, 10))
        let clientKey = hash.code(Array("Client Key".utf8), key: salted ?? [])
        let signature = hash.code(signed, key: hash.digest(clientKey))
        return zip(clientKey, signature).map { $0 ^ $1 }
    }
}
