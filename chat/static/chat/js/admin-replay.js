// An answer is played again at the pace it came in: the server sends each change when it is due, and this takes the text
// away first, shows how far it is, and brings back the whole.
import { patch } from "./patch.js";

const TICK = 100; // milliseconds between two movements of the clock
const players = new Map(); // id of the answer's article → its player

const announce = (sentence) => document.dispatchEvent(new CustomEvent("chat:announce", { detail: sentence }));
const spoken = (ms) => `${(ms / 1_000).toFixed(1)} s`;

class Player {
  constructor(article) {
    this.article = article;
    this.text = article.querySelector('[data-part="text"]');
    this.position = 0; // milliseconds, when the last change came or it was paused
    this.speed = 1;
    this.source = null; // while it plays
    this.whole = null; // what stood there, while less does
  }

  // The answer's account is drawn anew when it ends.
  get box() {
    return document.querySelector(`[data-replay][data-article="${this.article.id}"]`);
  }

  get duration() {
    return Number(this.box.dataset.duration);
  }

  get now() {
    if (!this.source || this.since === null) return this.position;
    return Math.min(this.position + (performance.now() - this.since) * this.speed, this.duration);
  }

  toggle() {
    if (this.source) this.pause();
    else this.play(this.position < this.duration ? this.position : 0);
  }

  play(from) {
    for (const other of players.values()) other.pause();
    this.takeAway();
    this.position = from;
    this.since = null; // until the server has begun
    const query = new URLSearchParams({ from: Math.round(from), speed: this.speed });
    this.source = new EventSource(`${this.box.dataset.replay}?${query}`);
    this.source.addEventListener("open", () => (this.isFresh = true));
    this.source.addEventListener("patch", (event) => this.change(event));
    this.source.addEventListener("done", (event) => this.end(event.data));
    this.source.addEventListener("error", () => this.source?.readyState === EventSource.CLOSED && this.fail());
    this.clock = setInterval(() => this.show(), TICK);
    announce("Playing");
    this.show();
  }

  takeAway() {
    if (this.whole) return;
    this.whole = [...this.text.childNodes].map((node) => node.cloneNode(true));
    this.text.style.minHeight = `${this.text.offsetHeight}px`; // what stands below stays where it is
  }

  change({ data, lastEventId }) {
    const { content } = Object.assign(document.createElement("template"), { innerHTML: data });
    if (this.isFresh) this.text.replaceChildren(); // each connection begins with all that was there by then
    this.isFresh = false;
    patch(this.article, content);
    this.position = Number(lastEventId);
    this.since = performance.now();
    this.show();
  }

  pause() {
    if (!this.source) return;
    this.position = this.now;
    this.leave();
    announce("Paused");
  }

  end(how) {
    if (how !== "ended") return this.fail();
    this.position = this.duration;
    this.leave();
    this.restore();
    announce("The replay has ended");
  }

  fail() {
    this.leave();
    this.box.querySelector("[data-clock]").textContent = "It can’t be played now. Reload the page.";
    announce("It can’t be played now");
  }

  leave() {
    this.source.close();
    this.source = null;
    clearInterval(this.clock);
    this.show();
  }

  restore() {
    if (!this.whole) return;
    this.text.replaceChildren(...this.whole);
    this.text.style.minHeight = "";
    this.whole = null;
    this.show();
  }

  showWhole() {
    this.pause();
    this.restore();
    this.position = 0;
    this.show();
  }

  go(speed) {
    this.speed = speed;
    if (!this.source) return this.show();
    this.play(this.now);
  }

  show() {
    const { box, now } = this;
    box.querySelector('[data-do="play"]').textContent = this.source ? "Pause" : "Play";
    box.querySelector('[data-do="whole"]').hidden = !this.whole;
    box.querySelector("progress").value = now;
    box.querySelector("[data-clock]").textContent = `${spoken(now)} of ${spoken(this.duration)}`;
    for (const button of box.querySelectorAll("[data-speed]")) {
      button.setAttribute("aria-pressed", String(Number(button.dataset.speed) === this.speed));
    }
    const { width, height } = box.querySelector("svg").viewBox.baseVal;
    const head = box.querySelector(".head");
    const across = (width * now) / (this.duration || 1);
    for (const [name, value] of Object.entries({ x1: across, x2: across, y2: height })) head.setAttribute(name, value);
  }
}

function playerOf(box) {
  const article = document.getElementById(box.dataset.article);
  if (!players.has(article.id)) players.set(article.id, new Player(article));
  return players.get(article.id);
}

document.addEventListener("click", ({ target }) => {
  const button = target.closest("[data-replay] button");
  if (!button) return;
  const player = playerOf(button.closest("[data-replay]"));
  if (button.dataset.speed) player.go(Number(button.dataset.speed));
  else if (button.dataset.do === "play") player.toggle();
  else if (button.dataset.do === "stall") player.play(Number(player.box.dataset.stall));
  else player.showWhole();
});
