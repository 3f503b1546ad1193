internal import XMPP

extension IQRequest {
    /// Handles a request that changes something: the stanza counts as handled (XEP-0198) only when it is
    /// answered, which is after the commit.
    /// - Parameter body: gets what answers later, to be called once if it returns `.later`.
    func changing(
        _ body: (@escaping (IQAnswer) -> Void) throws(StanzaError) -> IQAnswer
    ) -> IQAnswer {
        guard let session else {
            do throws(StanzaError) { return try body { reply($0) } } catch { return .error(error) }
        }
        let ticket = session.beginUnfinished()
        let later: (IQAnswer) -> Void = { answer in
            reply(answer)
            session.finished(ticket)
        }
        let answer: IQAnswer
        do throws(StanzaError) { answer = try body(later) } catch { answer = .error(error) }
        guard case .later = answer else {
            later(answer)
            return .later
        }
        session.saveManagement(urgent: false)
        return .later
    }
}
