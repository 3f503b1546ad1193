import Testing

@testable import Console

@Suite("Files in a browser")
struct FilePresentationTests {
    @Test(
        "what a browser could run is an attachment",
        arguments: ["text/html", "image/svg+xml", "", "TEXT/PLAIN"])
    func presentation(type: String) {
        let headers = FilePresentation.headers(type: type, name: "a\r\nb\"")
        #expect(headers.contains { $0 == ("content-type", "application/octet-stream") })
        #expect(
            headers.contains { $0 == ("content-disposition", "attachment; filename*=UTF-8''a%0D%0Ab%22") })
    }
}
