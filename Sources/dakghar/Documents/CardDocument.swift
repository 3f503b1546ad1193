/// What `card` answers.
struct CardDocument: Decodable {
    var card: String
}
