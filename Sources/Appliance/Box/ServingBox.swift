internal import Carriers
internal import Console
internal import Glibc
internal import NIOCore
internal import NIOPosix
internal import Relay
internal import Storage

/// A box with its listeners, control socket and timers.
final class ServingBox {
    let box: Box
    private var channels: [any Channel] = []
    private var web: WebServer?
    private let sockets = SocketActivation.take()
    private var isStopping = false

    init(
        directory: BoxDirectory, configurationPath: String?, log: Log, eventLoop: any EventLoop,
        pool: NIOThreadPool
    ) throws(BoxFailure) {
        box = try Box(
            directory: directory, configurationPath: configurationPath, log: log, eventLoop: eventLoop,
            pool: pool)
        box.relay.stopped = { reason in
            log.error(reason)
            // Nothing may be acknowledged after this: the process ends where it stands.
            _exit(ExitStatus.failed)
        }
        try box.loadCertificate()
        try box.exchangeFiles()
        box.relay.offer(try box.componentSettings())
        box.relay.offer(callServers: try box.callServerSettings())
        box.relay.announce(contacts: box.configuration.contact.addresses)
        box.isServing = true
        let requests = ConsoleRequests(box: box)
        box.relay.administrator = { requests.carryOut($0, reply: $1) }
    }

    /// Opens every port; when one is not to be had, none stays open.
    func start() -> EventLoopFuture<Void> {
        let loop = box.eventLoop
        var opening: [EventLoopFuture<any Channel>] = []
        let listen = box.configuration.listen
        for (name, address, security) in [
            ("xmpp", listen.xmpp, Relay.Security.startTLS), ("xmpp-tls", listen.xmppTLS, .direct),
        ] {
            guard let address else { continue }
            let socket = sockets.descriptor(named: name, port: address.port)
            opening.append(
                named(
                    address,
                    box.relay.listen(
                        host: address.host, port: Int(address.port), socket: socket, security)))
        }
        if let address = listen.web {
            let socket = sockets.descriptor(named: "web", port: address.port)
            let port = Int(address.port)
            box.relay.offerUploads(box.uploadSettings(port: port))
            box.relay.announce(statusAddress: box.webSettings(port: port).statusAddress)
            box.relay.uploads?.push = { [unowned postOffice = box.postOffice] upload, office in
                postOffice.blobs?.push(upload, to: office)
            }
            let web = WebServer(
                relay: box.relay, settings: box.webSettings(port: port), blobs: box.postOffice.blobs)
            self.web = web
            opening.append(named(address, web.listen(host: address.host, port: port, socket: socket)))
        }
        if let address = listen.link {
            let socket = sockets.descriptor(named: "link", port: address.port)
            opening.append(
                named(
                    address,
                    box.postOffice.listen(host: address.host, port: Int(address.port), socket: socket)))
        }
        if let address = listen.components {
            opening.append(
                named(address, box.relay.listenForComponents(host: address.host, port: Int(address.port))))
        }
        opening.append(ControlServer.listen(box))
        return EventLoopFuture.whenAllComplete(opening, on: loop).assumeIsolated().flatMapThrowing {
            results in
            var failure: (any Error)?
            for result in results {
                switch result {
                case .success(let channel): self.channels.append(channel)
                case .failure(let error): failure = failure ?? error
                }
            }
            if let failure {
                for channel in self.channels { channel.close(promise: nil) }
                throw failure
            }
            self.begin()
        }.nonisolated()
    }

    private func named(_ address: HostPort, _ opening: EventLoopFuture<any Channel>) -> EventLoopFuture<
        any Channel
    > {
        opening.flatMapErrorThrowing { error in
            let code = (error as? IOError)?.errnoCode ?? 0
            let reason = code == 0 ? "\(error)" : String(cString: strerror(code))
            throw BoxFailure(
                "Cannot listen on \(address): \(reason). Stop the other program or change [listen] in the configuration.",
                ExitStatus.failed)
        }
    }

    private func begin() {
        box.relay.start()
        box.postOffice.start()
        box.log.notice("\(box.configuration.box.name) serves \(box.configuration.box.domain)")
        ServiceNotification.ready(status: statusLine)
        confirmTheProgram()
        everySecond()
    }

    /// A new executable that serves for so long is kept.
    private func confirmTheProgram() {
        guard let confirmation = UpdateConfirmation() else { return }
        let wait = TimeAmount.milliseconds(box.configuration.updates.confirmAfter.milliseconds)
        box.eventLoop.assumeIsolated().scheduleTask(in: wait) {
            guard !self.isStopping else { return }
            do {
                try confirmation.confirm(self.box.directory)
                self.box.log.notice("the new program has served long enough and is kept")
            } catch {
                self.box.log.error("The new program could not be noted as good: \(error)")
            }
        }
    }

    private var ticks = 0
    private var history = LineHistory()

    /// The watchdog is fed from the loop that serves: a stuck relay is a silent one.
    private func everySecond() {
        guard !isStopping else { return }
        ticks += 1
        if ServiceNotification.watchdogInterval != nil { ServiceNotification.watchdog() }
        if ticks % 10 == 0 { ServiceNotification.status(statusLine) }
        // Not before the lines had time to come up: a restart is no outage.
        if ticks > 20 { history.look(box, samples: ticks % 600 == 21) }
        if ticks % 60 == 0 { box.store.saveClocks() }
        if ticks % 5 == 0 { box.postOffice.expireOutbox() }
        if ticks % 3_600 == 30 { box.postOffice.expire() }
        if ticks % 86_400 == 0 { reload() }
        if ticks % 86_400 == 600 { sweepArchives() }
        box.eventLoop.assumeIsolated().scheduleTask(in: .seconds(1)) { self.everySecond() }
    }

    /// Once a day, and ten minutes after a start.
    private func sweepArchives() {
        box.sweepArchives { result in
            switch result {
            case .success(0): break
            case .success(let removed):
                self.box.log.notice("\(removed) archived messages were too old and are gone")
            case .failure(let error): self.box.log.error("Archives were not swept: \(error)")
            }
        }
    }

    private var statusLine: String {
        "\(box.relay.connectedCount) connected, \(box.postOffice.queuedParcels) waiting to leave"
    }

    func reload() {
        do {
            try box.reload()
            box.log.notice("configuration read again")
        } catch {
            box.log.error("The configuration was not taken: \(error)")
        }
    }

    func stop() -> EventLoopFuture<Void> {
        isStopping = true
        ServiceNotification.stopping()
        let done = box.eventLoop.makePromise(of: Void.self)
        for channel in channels { channel.close(promise: nil) }
        unlink(box.directory.controlSocket)
        box.postOffice.stop()
        box.relay.shutDown { done.succeed() }
        return done.futureResult
    }
}
