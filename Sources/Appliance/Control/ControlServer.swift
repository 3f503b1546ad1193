internal import FoundationEssentials
internal import Glibc
internal import NIOCore
internal import NIOPosix

/// `DIR/control.sock`: one JSON request on a line, one answer, for whoever may open the socket. A file of
/// bundles takes several on one connection.
enum ControlServer {
    static func listen(_ box: Box) -> EventLoopFuture<any Channel> {
        let bound = NIOLoopBound(box, eventLoop: box.eventLoop)
        let path = box.directory.controlSocket
        let address = SocketFolder.short(path)
        return ServerBootstrap(group: box.eventLoop)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(ControlRequestHandler(box: bound.value))
                }
            }
            .bind(unixDomainSocketPath: address, cleanupExistingSocketFile: true)
            .flatMapThrowing { channel in
                chmod(path, 0o600)
                return channel
            }
            .flatMapErrorThrowing { error in
                throw BoxFailure("Cannot open \(path): \(error)", ExitStatus.failed)
            }
    }
}

/// Socket addresses hold 107 bytes: a longer path is named through an open descriptor of its folder.
private enum SocketFolder {
    static func short(_ path: String) -> String {
        guard path.utf8.count > 100, let slash = path.lastIndex(of: "/") else { return path }
        let folder = open(String(path[..<slash]), O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        return folder < 0 ? path : "/proc/self/fd/\(folder)" + path[slash...]
    }
}

private final class ControlRequestHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let box: Box
    private let conversation = ControlConversation()
    private var input = ByteBuffer()
    private var isAnswering = false

    /// Bytes of a request.
    private static let limit = 1 << 20

    init(box: Box) { self.box = box }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        input.writeImmutableBuffer(unwrapInboundIn(data))
        guard input.readableBytes <= Self.limit else { return context.close(promise: nil) }
        answerNext(context)
    }

    private func answerNext(_ context: ChannelHandlerContext) {
        guard !isAnswering, let end = input.readableBytesView.firstIndex(of: UInt8(ascii: "\n")) else {
            return
        }
        isAnswering = true
        let line = [UInt8](input.readableBytesView[..<end])
        input.moveReaderIndex(to: end + 1)
        input.discardReadBytes()
        guard let request = try? JSONDecoder().decode(ControlRequest.self, from: Data(line)) else {
            return answer(.failure(ExitStatus.usage, "not a request"), context)
        }
        ControlHandler(box: box, conversation: conversation).handle(request) { self.answer($0, context) }
    }

    private func answer(_ response: ControlResponse, _ context: ChannelHandlerContext) {
        guard let bytes = try? JSONEncoder().encode(response) else { return context.close(promise: nil) }
        var buffer = context.channel.allocator.buffer(capacity: bytes.count + 1)
        buffer.writeBytes(bytes)
        buffer.writeInteger(UInt8(ascii: "\n"))
        let written = context.writeAndFlush(wrapOutboundOut(buffer)).assumeIsolated()
        guard conversation.goesOn else { return written.whenComplete { _ in context.close(promise: nil) } }
        isAnswering = false
        answerNext(context)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
}
