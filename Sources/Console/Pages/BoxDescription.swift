internal import NIOHTTP1

/// What the web client has to know of the box before it connects: `/box.json`.
enum BoxDescription {
    static let path = "/box.json"

    static func register(in routes: inout WebRoutes, _ settings: WebSettings) {
        let files = settings.filesAuthority ?? settings.authority
        let text = """
            {"version":1,"domain":"\(settings.domain)","name":"\(settings.box)",\
            "stream":"\(WebSocketUpgrade.path)","files":"https://\(files)"}

            """
        routes.add(path, .fixed(WebResponse(type: "application/json", body: Array(text.utf8))))
    }
}
