// The sheet: strokes of a mouse, finger or pen, or a picture.

const STEPS = 100; // undo steps
const PEN = { one: 0.056, several: 0.022 }; // the pen's width, of the sheet's side
const NEAR = 0.003; // of the side: points closer to the last one are dropped

/** A sheet. It calls `events.drawing()` as a stroke grows and `events.changed()` when its content is settled. */
export class Board {
  #canvas;
  #context;
  #ink;
  #events;
  #past = [];
  #now = { strokes: [], picture: null };
  #stroke = null;
  #pointer = null;
  #scale = 1;
  mode = "one";
  enabled = true;

  constructor(canvas, events) {
    this.#canvas = canvas;
    this.#context = canvas.getContext("2d");
    this.#ink = getComputedStyle(canvas).getPropertyValue("--paper-ink");
    this.#events = events;
    new ResizeObserver(() => this.#resize()).observe(canvas);
    canvas.addEventListener("pointerdown", (event) => this.#begin(event));
    canvas.addEventListener("pointermove", (event) => this.#move(event));
    for (const end of ["pointerup", "pointercancel", "lostpointercapture"]) {
      canvas.addEventListener(end, (event) => this.#end(event));
    }
    // no magnifier, no scrolling
    canvas.addEventListener("touchstart", (event) => event.preventDefault(), { passive: false });
  }

  get picture() {
    return this.#now.picture;
  }

  get empty() {
    return !this.#now.picture && !this.#now.strokes.length && !this.#stroke;
  }

  get undoable() {
    return this.#past.length > 0;
  }

  /** Undo the last stroke, clearing or picture. */
  undo() {
    this.liftPen();
    if (this.#stroke || !this.undoable) return;
    this.#now = this.#past.pop();
    this.#redraw();
    this.#events.changed();
  }

  clear() {
    if (!this.empty) this.#next({ strokes: [], picture: null });
  }

  /** Replace the drawing by a picture, a Blob. */
  show(picture) {
    this.#next({ strokes: [], picture });
  }

  /** Whether a stroke of the keyboard's pen goes on. */
  get penIsDown() {
    return this.#stroke !== null && this.#pointer === null;
  }

  /** Begin a stroke of the keyboard's pen, at parts of the sheet's side; return whether that was possible. */
  putPen(x, y) {
    if (!this.enabled || this.#stroke || this.picture) return false;
    this.#pointer = null;
    this.#stroke = [];
    this.#canvas.toggleAttribute("data-pen-down", true);
    this.#put(x, y, 1);
    return true;
  }

  /** Draw on to there, if the keyboard's pen is down. */
  movePen(x, y) {
    if (this.penIsDown) this.#put(x, y, 1);
  }

  /** End the keyboard's stroke. */
  liftPen() {
    if (this.penIsDown) this.#next({ strokes: this.#strokes(), picture: null });
  }

  /** Return the drawing as a canvas, black on white, `side` pixels wide and high. */
  drawn(side) {
    const copy = document.createElement("canvas");
    copy.width = copy.height = side;
    const context = copy.getContext("2d", { willReadFrequently: true });
    context.fillStyle = "#fff";
    context.fillRect(0, 0, side, side);
    for (const stroke of this.#strokes()) draw(context, stroke, side, "#000");
    return copy;
  }

  #strokes() {
    return this.#stroke ? [...this.#now.strokes, this.#stroke] : this.#now.strokes;
  }

  #next(state) {
    this.#past.push(this.#now);
    if (this.#past.length > STEPS) this.#past.shift();
    this.#now = state;
    this.#stroke = null;
    this.#redraw();
    this.#events.changed();
  }

  #begin(event) {
    if (!this.enabled || this.#stroke || event.button !== 0) return;
    event.preventDefault();
    this.#canvas.setPointerCapture(event.pointerId);
    this.#pointer = event.pointerId;
    this.#stroke = [];
    this.#add(event);
  }

  #move(event) {
    if (!this.#stroke || event.pointerId !== this.#pointer) return;
    const each = event.getCoalescedEvents?.() ?? [];
    for (const one of each.length ? each : [event]) this.#add(one);
  }

  #end(event) {
    if (!this.#stroke || event.pointerId !== this.#pointer) return;
    const strokes = this.#strokes();
    this.#pointer = null;
    this.#next({ strokes, picture: null });
  }

  #add(event) {
    const area = this.#canvas.getBoundingClientRect();
    const [x, y] = [(event.clientX - area.left) / area.width, (event.clientY - area.top) / area.height];
    this.#put(x, y, event.pointerType === "pen" && event.pressure > 0 ? 0.6 + 0.8 * event.pressure : 1);
  }

  #put(x, y, pressed) {
    const last = this.#stroke.at(-1);
    if (last && Math.hypot(x - last.x, y - last.y) < NEAR) return;
    const wide = PEN[this.mode] * pressed;
    // Pressure changes in steps, but a line's width must not.
    this.#stroke.push({ x, y, wide: last ? last.wide + 0.3 * (wide - last.wide) : wide });
    draw(this.#context, this.#stroke.slice(-3), this.#scale, this.#ink, this.#stroke.length > 3);
    this.#events.drawing();
  }

  #resize() {
    const { width } = this.#canvas.getBoundingClientRect();
    if (!width) return;
    this.#scale = this.#canvas.width = this.#canvas.height = Math.round(width * devicePixelRatio);
    this.#redraw();
  }

  #redraw() {
    this.#canvas.toggleAttribute("data-pen-down", this.penIsDown);
    this.#canvas.tabIndex = this.picture ? -1 : 0; // a picture lies on it
    this.#context.clearRect(0, 0, this.#scale, this.#scale);
    for (const stroke of this.#strokes()) draw(this.#context, stroke, this.#scale, this.#ink);
  }
}

/** Draw a smooth line through the midpoints; `goesOn`: whether its start is already drawn. */
function draw(context, points, scale, colour, goesOn = false) {
  context.strokeStyle = context.fillStyle = colour;
  context.lineCap = context.lineJoin = "round";
  const at = (point) => [point.x * scale, point.y * scale];
  const middle = (one, other) => ({ x: (one.x + other.x) / 2, y: (one.y + other.y) / 2 });
  if (points.length === 1) {
    const [{ wide }] = points;
    context.beginPath();
    context.arc(...at(points[0]), (wide * scale) / 2, 0, 2 * Math.PI);
    context.fill();
    return;
  }
  let from = goesOn ? middle(points[0], points[1]) : points[0];
  for (let i = 1; i < points.length; i++) {
    const to = i === points.length - 1 ? points[i] : middle(points[i], points[i + 1]);
    context.beginPath();
    context.moveTo(...at(from));
    context.quadraticCurveTo(...at(i === points.length - 1 ? middle(from, to) : points[i]), ...at(to));
    context.lineWidth = points[i].wide * scale;
    context.stroke();
    from = to;
  }
}
