import Bundles
import FoundationEssentials
import Glibc
import NIOCore
import NIOEmbedded
import NIOPosix
import Storage

@testable import Appliance
@testable import Console
@testable import Relay

/// A box in a folder of its own, without listeners: what comes in is handed to it directly. Everything
/// of it is touched on its loop's thread only.
final class SampleOffice {
    nonisolated(unsafe) static let shared = SampleOffice()
    nonisolated(unsafe) private static var folder = ""

    let loop: any EventLoop
    let box: Box
    let server: WebServer

    private init() {
        do {
            var template = Array("/tmp/dakghar-fuzz-XXXXXX".utf8CString)
            guard mkdtemp(&template) != nil else { fatalError("no temporary folder") }
            Self.folder = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
            atexit { try? FileManager.default.removeItem(atPath: SampleOffice.folder) }
            let directory = BoxDirectory(path: Self.folder + "/box")
            _ = try BoxInitialization.make(
                directory: directory, name: "finance", domain: "finance.gov.test", host: "127.0.0.1")
            let pool = NIOThreadPool(numberOfThreads: 1)
            pool.start()
            let loop = MultiThreadedEventLoopGroup(numberOfThreads: 1).next()
            self.loop = loop
            let made = try Self.make(directory, loop, pool)
            (box, server) = (made.box, made.server)
        } catch { fatalError("the sample office: \(error)") }
    }

    private struct Made: @unchecked Sendable {
        let box: Box
        let server: WebServer
    }

    private static func make(_ directory: BoxDirectory, _ loop: any EventLoop, _ pool: NIOThreadPool) throws
        -> Made
    {
        let made = try loop.submit {
            let box = try Box(
                directory: directory, configurationPath: nil, log: Log(level: .error, write: { _ in }),
                eventLoop: loop, pool: pool)
            try box.loadCertificate()
            box.relay.stopped = { fatalError("broken promise: no client stops the box: \($0)") }
            let settings = box.webSettings(port: 8_443)
            return Made(box: box, server: WebServer(relay: box.relay, settings: settings, blobs: nil))
        }.wait()
        for name in ["ali", "sana"] {
            let added = loop.makePromise(of: Void.self)
            let box = Carried(made.box)
            loop.execute {
                box.value.store.addAccount(localpart: name, admin: false, sha1: [1], sha256: [1]) { error in
                    if let error { added.fail(error) } else { added.succeed(()) }
                }
            }
            try added.futureResult.wait()
        }
        return made
    }

    /// Does something on the loop and waits for it.
    func onLoop(_ work: @escaping (SampleOffice) -> Void) {
        let job = Carried((self, work))
        do { try loop.submit { job.value.1(job.value.0) }.wait() } catch { fatalError("the loop: \(error)") }
    }

    /// Waits until the disk has all that it was asked for.
    func settle() {
        let synced = loop.makePromise(of: Void.self)
        onLoop { office in
            office.box.store.journal.commit({ _ in }, then: { _ in synced.succeed(()) })
        }
        do { try synced.futureResult.wait() } catch { fatalError("the disk: \(error)") }
    }

    /// One connection to the HTTPS port, below TLS, that says these pieces.
    func converse(_ pieces: [[UInt8]]) {
        onLoop { office in
            let channel = EmbeddedChannel()
            do {
                let connection = WebConnection(server: office.server, address: "192.0.2.1")
                let pipeline = channel.pipeline.syncOperations
                try HTTPPipeline.add(
                    to: pipeline, upgrader: office.server.upgrader(of: connection, loop: channel.eventLoop))
                try pipeline.addHandler(connection)
                try channel.connect(to: SocketAddress(ipAddress: "192.0.2.1", port: 1)).wait()
            } catch { fatalError("the sample connection: \(error)") }
            for piece in pieces where channel.isActive {
                // A handler's error is an answer; the connection is closed then.
                _ = try? channel.writeInbound(ByteBuffer(bytes: piece))
                channel.embeddedEventLoop.run()
                while let answer = try? channel.readOutbound(as: ByteBuffer.self) { _ = answer }
            }
            _ = try? channel.finish(acceptAlreadyClosed: true)
        }
    }
}

/// Carries to the loop what is used there alone.
private struct Carried<Value>: @unchecked Sendable {
    let value: Value
    init(_ value: Value) { self.value = value }
}
