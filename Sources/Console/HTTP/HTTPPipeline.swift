internal import NIOCore
internal import NIOHTTP1
internal import NIOWebSocket

/// The handlers between TLS and a connection: HTTP/1.1 with limits, one request at a time, and the way
/// out to WebSocket.
enum HTTPPipeline {
    static func add(
        to pipeline: ChannelPipeline.SynchronousOperations, upgrader: NIOWebSocketServerUpgrader
    ) throws {
        var limits = NIOHTTPDecoderLimitConfiguration()
        limits.maxHeaderFieldSize = WebLimits.headerField
        limits.maxHeaderListSize = WebLimits.headers
        limits.maxHeaderFieldCount = WebLimits.headerFields
        let encoder = HTTPResponseEncoder()
        let decoder = HTTPRequestDecoder(leftOverBytesStrategy: .forwardBytes, limitConfiguration: limits)
        let handlers: [any RemovableChannelHandler] = [
            ByteToMessageHandler(decoder), HTTPServerPipelineHandler(), NIOHTTPResponseHeadersValidator(),
            ProtocolErrors(),
        ]
        try pipeline.addHandler(encoder)
        for handler in handlers { try pipeline.addHandler(handler) }
        try pipeline.addHandler(
            HTTPServerUpgradeHandler(
                upgraders: [upgrader], httpEncoder: encoder, extraHTTPHandlers: handlers,
                upgradeCompletionHandler: { _ in }))
    }
}

/// Answers what is not HTTP, or too much of it, and hangs up.
private final class ProtocolErrors: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundIn = HTTPServerResponsePart
    typealias OutboundOut = HTTPServerResponsePart

    private var isAnswering = false

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        switch unwrapOutboundIn(data) {
        case .head(let head): isAnswering = head.status.code >= 200
        case .body: break
        case .end: isAnswering = false
        }
        context.write(data, promise: promise)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        guard let error = error as? HTTPParserError, !isAnswering else {
            context.close(promise: nil)
            return
        }
        let tooLarge = error == .headerOverflow
        let response = WebResponse.error(tooLarge ? .requestHeaderFieldsTooLarge : .badRequest)
        var head = response.head(version: .http1_1)
        head.headers.replaceOrAdd(name: "connection", value: "close")
        isAnswering = true
        context.write(wrapOutboundOut(.head(head)), promise: nil)
        context.write(wrapOutboundOut(.body(.byteBuffer(ByteBuffer(bytes: response.body)))), promise: nil)
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
        context.close(promise: nil)
    }
}
