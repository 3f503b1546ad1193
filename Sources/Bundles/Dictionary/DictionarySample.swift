/// For the training of the dictionary (Benchmarks/dictionary): what zstd is given for a group.
package enum DictionarySample {
    package static func bytes(of parcels: [Parcel]) -> [UInt8] { ParcelColumns.encode(parcels).compressible }
}
