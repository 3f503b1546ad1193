// Several tabs of one account on one device: they share what is kept, one of them sends.
//
// A message that two tabs sent would come twice, since each has a session of its own: the box knows
// repetitions of a session that ended, not of two that are there.

export class Tabs {
    #channel;
    #release = () => { };
    /// Whether this tab is the one that sends.
    sends = false;

    /// `changed(news)`: what another tab did; `takesOver()`: this one is to send from now on.
    constructor(jid, { changed, takesOver }) {
        const name = `dakghar ${jid}`;
        this.#channel = new BroadcastChannel(name);
        this.#channel.onmessage = ({ data }) => changed(data);
        // The lock is held as long as the tab lives; the browser gives it to the next one.
        navigator.locks.request(name, () => new Promise(release => {
            this.#release = release;
            if (this.ended) return release();
            this.sends = true;
            takesOver();
            return undefined;
        }));
    }

    tell(news) { if (!this.ended) this.#channel.postMessage(news); }

    end() {
        this.ended = true;
        this.sends = false;
        this.#channel.close();
        this.#release();
    }
}
