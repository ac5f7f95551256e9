/** @module Events in the order of their time. */

/** A binary heap of events; those of the same time come in the order in which they were put in. */
export class Events {
  #heap = [];
  #order = 0;

  /** Puts in an event. */
  at(time, handle, ...about) {
    const event = { time, order: this.#order++, handle, about };
    const heap = this.#heap;
    let place = heap.push(event) - 1;
    while (place > 0) {
      const parent = (place - 1) >> 1;
      if (!isBefore(event, heap[parent])) break;
      heap[place] = heap[parent];
      place = parent;
    }
    heap[place] = event;
  }

  /** Takes out the first event; `undefined` where there is none. */
  next() {
    const heap = this.#heap;
    const first = heap[0];
    const last = heap.pop();
    if (heap.length === 0) return first;
    let place = 0;
    for (;;) {
      let child = 2 * place + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && isBefore(heap[child + 1], heap[child])) child++;
      if (!isBefore(heap[child], last)) break;
      heap[place] = heap[child];
      place = child;
    }
    heap[place] = last;
    return first;
  }
}

const isBefore = (one, other) =>
  one.time < other.time || (one.time === other.time && one.order < other.order);
