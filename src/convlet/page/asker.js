// Requests while somebody draws: limited in rate, one at a time, only the newest, and retried if that helps.

const GAP = 120; // milliseconds between two requests
const PATIENCE = 1000; // milliseconds; a slower request gives way to a newer one
const LONGEST = 30; // seconds before a retry

export class Asker {
  #question = null; // the next: {ask: (signal) => answer, show: (answer) => {}}
  #running = null;
  #timer = 0;
  #since = -Infinity;
  #notBefore = 0;
  #failures = 0;
  #troubled = false; // the last request failed
  #events;

  /**
   * @param events {pending: (yes) => {}, busy: (yes) => {}, failed: (error, seconds to the retry or null, retry) => {},
   *   fine: () => {}}; a question is pending until it is asked, then busy until it is answered.
   */
  constructor(events) {
    this.#events = events;
    addEventListener("online", () => this.again());
  }

  /** Ask when it is time. `hurry`: abort the running request and ask now, because nothing newer is coming soon. */
  ask(question, { hurry = false } = {}) {
    this.#question = question;
    if (this.#running && (hurry || performance.now() - this.#since > PATIENCE)) this.#abort();
    if (!this.#running) this.#schedule(hurry ? 0 : this.#since + GAP);
  }

  /** Forget the question. */
  stop() {
    this.#question = null;
    clearTimeout(this.#timer);
    this.#events.pending(false);
    this.#abort();
    this.#failures = 0;
    if (this.#troubled) this.#fine();
  }

  /** Retry the last failed question now. */
  again() {
    if (!this.#question || this.#running) return;
    this.#notBefore = 0;
    this.#schedule(0);
  }

  #schedule(at) {
    clearTimeout(this.#timer);
    this.#events.pending(true);
    this.#timer = setTimeout(() => this.#start(), Math.max(at, this.#notBefore) - performance.now());
  }

  async #start() {
    const question = this.#question;
    const running = new AbortController();
    this.#question = null;
    this.#running = running;
    this.#since = performance.now();
    this.#events.pending(false);
    this.#events.busy(true);
    try {
      const answer = await question.ask(running.signal);
      if (running.signal.aborted) return;
      this.#failures = 0;
      this.#fine();
      question.show(answer);
    } catch (error) {
      if (running.signal.aborted) return;
      this.#failed(error, question);
    }
    if (this.#running !== running) return;
    this.#running = null;
    this.#events.busy(false);
    if (this.#question) this.#schedule(this.#since + GAP);
  }

  #fine() {
    this.#troubled = false;
    this.#events.fine();
  }

  #failed(error, question) {
    this.#troubled = true;
    const seconds = error.retryAfter ?? null;
    if (seconds === null) {
      this.#notBefore = performance.now() + PATIENCE; // a broken server is not asked ten times a second
      this.#events.failed(error, null, () => this.ask(question, { hurry: true }));
      return;
    }
    const wait = Math.min(LONGEST, Math.max(seconds, 0.5) * (error.status === 0 ? 2 ** this.#failures++ : 1));
    this.#question ??= question;
    this.#notBefore = performance.now() + 1000 * wait;
    this.#events.failed(error, wait, () => this.again());
  }

  #abort() {
    this.#running?.abort();
    this.#running = null;
    this.#events.busy(false);
  }
}
