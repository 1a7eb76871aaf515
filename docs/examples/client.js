// A client of im66.json.v1 for browsers, without a library. It comes back when it is cut off.
//
// const client = new Client("wss://chat.example/entry", async () => ({token: await freshToken()}), (event) => show(event));
// client.text("u:ben", "hello").then((sent) => console.log(sent.id));

const FOR_GOOD = [4401, 4403, 4409, 4413];
const [SHORTEST, LONGEST] = [500, 60_000]; // milliseconds before it comes back

class Client {
    place = {since: null, log: null}; // in the log
    unanswered = new Map(); // cid → the command, and whom to tell of its answer
    pause = SHORTEST;

    constructor(url, prove, hear) {
        Object.assign(this, {url, prove, hear});
        this.connect();
    }

    connect() {
        this.socket = new WebSocket(this.url, "im66.json.v1");
        this.socket.onopen = async () => this.send({id: 0, cmd: "hello", ...this.place, ...(await this.prove())});
        this.socket.onmessage = ({data}) => this.take(JSON.parse(data));
        this.socket.onclose = ({code}) => {
            if (FOR_GOOD.includes(code)) return;
            setTimeout(() => this.connect(), this.pause * (1 + Math.random()));
            this.pause = Math.min(2 * this.pause, LONGEST);
        };
    }

    take(told) {
        if (told.re === 0 && told.ok) {
            this.pause = SHORTEST;
            this.place = {since: this.place.since ?? told.ok.head, log: told.ok.log};
            this.unanswered.forEach(({command}) => this.send(command)); // with its cid: stored once
        } else if ("re" in told && ![429, 503].includes(told.error?.code)) {
            const asked = this.unanswered.get(told.re);
            this.unanswered.delete(told.re);
            if (asked) told.ok ? asked.resolve(told.ok) : asked.reject(told.error);
        } else if (told.ev) {
            this.place.since = told.ev === "gap" ? told.to : (told.id ?? this.place.since);
            this.hear(told);
        }
    }

    text(to, content) {
        const cid = `${Date.now()}-${crypto.getRandomValues(new Uint32Array(3)).join("-")}`;
        const command = {id: cid, cmd: "send", to, kind: "text", content, cid};
        return new Promise((resolve, reject) => {
            this.unanswered.set(cid, {command, resolve, reject});
            this.send(command);
        });
    }

    send(command) {
        if (this.socket.readyState === WebSocket.OPEN) this.socket.send(JSON.stringify(command));
    }
}
