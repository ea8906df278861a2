import { WriteStream } from 'node:tty';

/** One line on stderr that says what is being done: changing on a terminal, a line for each case elsewhere. */
export class Progress {
  readonly #stream: NodeJS.WritableStream;
  #open = false;

  constructor(stream: NodeJS.WritableStream) {
    this.#stream = stream;
  }

  tell(text: string): void {
    if (this.#stream instanceof WriteStream) {
      this.#stream.write(`\r\u001b[K${text.slice(0, Math.max(1, this.#stream.columns - 1))}`);
      this.#open = true;
    } else this.#stream.write(`${text}\n`);
  }

  end(): void {
    if (this.#open) this.#stream.write('\r\u001b[K');
    this.#open = false;
  }
}
