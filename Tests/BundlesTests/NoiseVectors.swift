import Bundles
import Testing

/// Published test vectors, unchanged.
///
/// `cacophony`: haskell-cryptography/cacophony (public domain, Unlicense), as in mcginty/snow tests/vectors/cacophony.txt.
/// `snow`: mcginty/snow tests/vectors/snow.txt (Apache-2.0 or MIT).
struct NoiseVector: Sendable, CustomTestStringConvertible {
    let source: String
    let pattern: NoiseHandshake.Pattern
    let prologue: String
    let initiatorStatic: String
    let initiatorEphemeral: String
    let responderStatic: String
    /// Empty for one-way patterns.
    let responderEphemeral: String
    let handshakeHash: String?
    /// Payload and ciphertext of each message, handshake first.
    let messages: [(String, String)]

    var testDescription: String { "\(source) \(pattern)" }
}

let noiseVectors: [NoiseVector] = [
    NoiseVector(
        source: "cacophony", pattern: .ik,
        prologue: "4a6f686e2047616c74",
        initiatorStatic: "e61ef9919cde45dd5f82166404bd08e38bceb5dfdfded0a34c8df7ed542214d1",
        initiatorEphemeral: "893e28b9dc6ca8d611ab664754b8ceb7bac5117349a4439a6b0569da977c464a",
        responderStatic: "4a3acbfdb163dec651dfa3194dece676d437029c62a408b4c5ea9114246e4893",
        responderEphemeral: "bbdb4cdbd309f1a1f2e1456967fe288cadd6f712d65dc7b7793d5e63da6b375b",
        handshakeHash: "1c8fa891cb414fedba6daa7c6f4ae0a6d98e5f9768cc9cecd27e805614943ee9c8a1b27fbfb76dc19725"
            + "5c8aa69f6b4285c423840b8bedf45e652ca64f797d81",
        messages: [
            (
                "4c756477696720766f6e204d69736573",
                "ca35def5ae56cec33dc2036731ab14896bc4c75dbb07a61f879f8e3afa4c7944ba83a447b38c83e327ad"
                    + "936929812f624884847b7831e95e197b2f797088efdd2f88f1db7e1fb0e99c64419097af91cee64e470f"
                    + "4b6fcd9298ce0b56fe20f86e13bf70439c538e3602a7127af71a29cc"
            ),
            (
                "4d757272617920526f746862617264",
                "95ebc60d2b1fa672c1f46a8aa265ef51bfe38e7ccb39ec5be34069f1448088439f069b267a06b3de3ecb"
                    + "1043bcb098e9af91d9c64748d998c7b47890871571"
            ),
            (
                "462e20412e20486179656b",
                "cd54383060e7a28434cca27fb1cc524cfbabeb18181589df219d07"
            ),
            (
                "4361726c204d656e676572",
                "a856d3bf0246bfc476c655009cd1ed677b8dcc5b349ae8ef2a05f2"
            ),
            (
                "4a65616e2d426170746973746520536179",
                "49063084b2c51f098337cb8a13739ac848f907e67cfb2cc8a8b60586467aa02fc7"
            ),
            (
                "457567656e2042f6686d20766f6e2042617765726b",
                "8b9709d23b47e4639df7678d7a21741eba4ef1e9c60383001c7435549c20f9d56f30e935d3"
            ),
        ]),
    NoiseVector(
        source: "cacophony", pattern: .k,
        prologue: "4a6f686e2047616c74",
        initiatorStatic: "e61ef9919cde45dd5f82166404bd08e38bceb5dfdfded0a34c8df7ed542214d1",
        initiatorEphemeral: "893e28b9dc6ca8d611ab664754b8ceb7bac5117349a4439a6b0569da977c464a",
        responderStatic: "4a3acbfdb163dec651dfa3194dece676d437029c62a408b4c5ea9114246e4893",
        responderEphemeral: "",
        handshakeHash: "d53e8c3b8573bce6f9643c85f2e29997b0e2de65b19105458522af2b125dcd49fc4f8c71455186214d8b"
            + "809eeb11c67935dfc3ef3b3e9acd336054961bd98e19",
        messages: [
            (
                "4c756477696720766f6e204d69736573",
                "ca35def5ae56cec33dc2036731ab14896bc4c75dbb07a61f879f8e3afa4c7944885229f6a2df09fa34da"
                    + "59d165241538a858b5e34393676ab4e646c771db0e0a"
            ),
            (
                "4d757272617920526f746862617264",
                "faa4ad33acfc9d16c636ebf587c425dc9a0a0fabb5b975b8e3cc15350b77da"
            ),
            (
                "462e20412e20486179656b",
                "fd34fab878317f67192e27ef2d58baa3d41c13bd55e27d7ee1b6aa"
            ),
            (
                "4361726c204d656e676572",
                "09dc13b2f7cdecdce30b8059b02e24c609768fc054a2051228b146"
            ),
            (
                "4a65616e2d426170746973746520536179",
                "8e42d678033ae8b60cde5cbce291df6eaefec3e26cd173883987639acfe0a0c76f"
            ),
            (
                "457567656e2042f6686d20766f6e2042617765726b",
                "748eb0219e14970038bb79154e2c915fcfefe369994c84a8a3d9678b491a40e684925f0c44"
            ),
        ]),
    NoiseVector(
        source: "snow", pattern: .k,
        prologue: "5468657265206973206e6f20726967687420616e642077726f6e672e2054686572652773206f6e6c7920"
            + "66756e20616e6420626f72696e672e",
        initiatorStatic: "4a2ead72201b4abf033999089135f02c35f518006e896883cfabb4964b6029f8",
        initiatorEphemeral: "82685ade82a472ce9d61af3b4a643010f10e229180121a62eb55671498edc4a4",
        responderStatic: "cb3bcd6e9ed5a603aed4dc50f1755ee8836b30326df10f2ec9e5370469062ef2",
        responderEphemeral: "",
        handshakeHash: nil,
        messages: [
            (
                "7f8da5686efc70f0aab6874f26d2b5b02475490f09901b67df1b51064799c323",
                "8c8cc7bf14aaabaaa795806c85e2473da18e173496b1e91a92e9d867d898ac1c26fcf2cf0eeb5be48ceb"
                    + "1d3f5a69b00924ff9294b1b6adc8d834b72516d416ca69ec2c212129f32f53225245e05fcd49"
            ),
            (
                "a703cb35dbd91bd4750833f1613a35cf57fc3759a3cfb6ff5e17d8b2570bb722",
                "bac6b18322e09191399356f4eefd595096e5a2ca968910838f1cf12d229c2626877b8da6fb45bd852f5a"
                    + "31ad0474d9a5"
            ),
        ]),
    NoiseVector(
        source: "snow", pattern: .ik,
        prologue: "5468657265206973206e6f20726967687420616e642077726f6e672e2054686572652773206f6e6c7920"
            + "66756e20616e6420626f72696e672e",
        initiatorStatic: "7d96e7fbefd508f6d553010ef8b53b9800f30bdd1bc82d141c543cc4afe31bde",
        initiatorEphemeral: "3fa848b150e958dad41a3e1e455c65c46b773d806a55f4abdcae3f5e3f80d816",
        responderStatic: "f192f565f752e8e706d20bd2a71b22d94b804bfeb499ac84391f1af846d1824d",
        responderEphemeral: "3092d9e2e44264afea07fd9b43562177e9ae63d65cbdc471d3539247e2ba1a36",
        handshakeHash: nil,
        messages: [
            (
                "eab1b0a96295a7f0b29f013bf2baa6d74ab79b2b2f69b79764eb97684ca17e5d",
                "4b42c759ee133dc6a49aa1b19fc1727ca3d3876d6ed5479b60fe2963fede0f4ff9f68f1540f591b16150"
                    + "d98b3f65371da84c2dcfbf18f02295edcd20fdcf315c83529bc394387fc22bfc8583e23514c288847298"
                    + "38efe481016f828fefca4f53c4e61c7ed5a7b297044e11b90a28d2e264ac2335e254c7b636d1d0406aea"
                    + "1e3e"
            ),
            (
                "1a1d45c87a116c31f9704d9c599f833e65dbe1fc511a50fc85e07b440806430b",
                "058e04eada2f87f02ffb22ec049d3d629008eb672976078b61222af7822e9c19b04dc83d279b6d418149"
                    + "e3ba99ff887c64a2f9da7a1ad2c83bbea46759a503933f9cfc8c06dbc2b9170a0fb6a5a28740"
            ),
            (
                "752ce6ebed958e84d2e8ffa89ca929e500bc987d3ba01196f850fe73d7320822",
                "e4a719610c329661dcc3084484c92025c7fadff6910c6d9e8dcdae29d76cd2d33c74218a3588732db968"
                    + "a282ba4689ec"
            ),
            (
                "f7496b1a99db7ba96ce16c642662e966b8323aca4e7c8e2ed51d3e764c05a363",
                "8cdb272f66c39e16182c1b68a45052f97264ca6a337e338dbdd1121005fb268b637d94ecc94ded7352c1"
                    + "e22bf7d2a32d"
            ),
        ]),
]
