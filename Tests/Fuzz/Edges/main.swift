import FuzzDriver

// What people and technicians hand in: files, requests on the HTTPS port, stanzas.
runFuzzer([.configuration, .files, .web, .webSocket, .bosh, .people])
