extension Schema {
    /// Bundles for others by what a hub serves by turns: class and origin.
    static let transitStreams = """
        CREATE INDEX transit_stream ON transit(destination, class, origin, id);
        """
}
