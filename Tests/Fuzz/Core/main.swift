import FuzzDriver

// The formats that boxes and clients exchange: modules that do no I/O.
runFuzzer([
    .stanzaParser, .texts, .compactDecoding, .compactRoundTrip, .bundles, .registers, .linkFrames,
    .linkSession, .handshake, .stick, .card,
])
