extension Configuration {
    /// The commented file that `init` writes: every key is in it, with its default.
    ///
    /// `host` goes into the card and the certificate; with a port of its own if it has one
    /// (`10.20.0.5:7400`). The values are not checked here: read the result with
    /// `Configuration(_:file:)`.
    package static func initialText(name: String, domain: String, host: String?) -> String {
        let addresses = host.map { "[\(ConfigurationFile.quoted($0))]" } ?? "[]"
        return """
            # The configuration of one Dakghar box. A key that is not known, or a value of the wrong
            # kind, is an error. After a change of peers, limits or certificates: systemctl reload
            # dakghar, or kill -HUP; everything else takes a restart.

            [box]
            # Short name of this box: lower-case letters, digits, "-" and "_". It is on the card.
            name = \(ConfigurationFile.quoted(name))
            # The XMPP domain of this office: people are called somebody@domain.
            domain = \(ConfigurationFile.quoted(domain))
            # Where other boxes and people reach this box: IP addresses or host names, with a port if
            # the link has another one there. They go on the card and into the certificate.
            addresses = \(addresses)
            # The host name that all boxes of the deployment share for files.
            # files-host = "files.gov.test"
            # Whether this box keeps and sends on sealed bundles between its peers.
            forward = true
            # Whether everybody of this office is in everybody's roster, without asking.
            shared-roster = true
            # Whether the people of this office are in the directory that everybody can search.
            directory = true

            [listen]
            # "address:port" each, an IPv6 address in brackets; "off" turns one off.
            # XMPP apps, STARTTLS.
            xmpp = "0.0.0.0:5222"
            # XMPP apps, TLS from the first byte.
            xmpp-tls = "0.0.0.0:5223"
            # The web page, HTTPS.
            web = "0.0.0.0:443"
            # The other boxes.
            link = "0.0.0.0:7400"
            # Programs beside the box (XEP-0114), such as an app server for push. Their streams have no
            # TLS: keep it on this machine.
            # components = "127.0.0.1:5347"

            # Whom people write to about this service, by the matter; apps show it. Addresses begin with
            # "xmpp:", "mailto:" or "https:". Also: abuse, feedback, sales, security, status.
            # [contact]
            # admin = ["xmpp:asma@\(domain)"]
            # support = ["mailto:help@\(domain)"]

            # [tls]
            # A certificate from elsewhere instead of the box's own: PEM files, the certificate with
            # its intermediates. Both keys or none.
            # certificate = "/etc/dakghar/chain.pem"
            # key = "/etc/dakghar/leaf.key"

            # [backup]
            # Where the nightly backups go (dakghar-backup.timer): a disk or a share that is not this box,
            # and how many of them stay there. Make one backup by hand first: it prints the recovery key.
            # folder = "/var/lib/dakghar-backups"
            # keep = 7

            # [updates]
            # Whose update files "dakghar update apply" takes: the public keys of the maker.
            # keys = ["..."]
            # How long a new program has to serve before it is kept; until then the one before comes back
            # when it fails.
            # confirm-after = "60 s"

            [limits]
            # The largest stanza that a client may send.
            stanza = "256 KiB"
            # What may wait for all peers together.
            outbox = "2 GiB"
            # What may wait for one peer, so that a dead one leaves room for the others: half of it.
            # outbox-per-peer = "1 GiB"
            # How long a message (chat) or a file (bulk) may wait for a line, and how long an uploaded
            # file (files) and a message in the archives (archive) stay. Also, each as chat where it is missing:
            # urgent = "30 days", receipts = "30 days", background = "30 days"
            lifetime = { chat = "30 days", bulk = "14 days", files = "90 days", archive = "365 days" }
            # Sessions that one account may have at a time.
            sessions-per-account = 16
            # Stanzas that one account may send in a second; who sends faster is read more slowly.
            stanzas-per-second = 5000
            # Connections that have not logged in yet, all together.
            half-open-connections = 512
            # What a session may be sent before its client acknowledges any of it.
            unacknowledged = "1 MiB"
            # The largest file that may be uploaded, all files of one person, and all of the box.
            file = "100 MiB"
            files-per-person = "1 GiB"
            files = "20 GiB"
            # Files of other offices that are kept here; one office may fill half of it.
            replica-files = "10 GiB"
            # How often a peer that is not there is tried; longer on a line that is paid by the byte.
            probe-interval = "4 s"

            # The peers of this box, one section each; "dakghar peer add CARD" writes them.
            # [[peers]]
            # card = "dakghar:1:interior:interior.gov.test:..."
            # Instead of the card's addresses; [] means through an upstream only.
            # addresses = ["10.20.0.5:7400"]
            # Whatever has no direct way goes here.
            # upstream = true
            # false: never a direct link, through an upstream only.
            # direct = false
            # "contacts": it keeps contact cards and keys only of people whom somebody there knows.
            # replicas = "all"

            # Programs that have a domain under this box's, one section each. The secret is in a file
            # that only its owner may read, at least 16 bytes.
            # [[components]]
            # domain = \(ConfigurationFile.quoted("push." + domain))
            # name = "Push"
            # secret-file = "/etc/dakghar/push.secret"

            # STUN and TURN servers for calls, one section each. "type" is stun, stuns, turn or turns. A
            # TURN server such as coturn (use-auth-secret) shares a secret with this box, in a file that
            # only its owner may read; people get a password from it that is good for the lifetime.
            # [[call-servers]]
            # type = "turn"
            # host = "turn.gov.test:3478"
            # transport = "udp"
            # secret-file = "/etc/dakghar/turn.secret"
            # lifetime = "12 h"

            """
    }
}
