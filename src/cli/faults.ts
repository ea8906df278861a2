import { InputError } from '../graph/input-error.js';

/** Gathers what is wrong with a command line, so that a person hears of all of it at once. */
export class Faults {
  private readonly messages: string[] = [];

  add(message: string): void {
    this.messages.push(message);
  }

  /** What `read` gives; `undefined` where it throws an `InputError`, which is kept. */
  catch<T>(read: () => T): T | undefined {
    try {
      return read();
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      this.messages.push(error.message);
      return undefined;
    }
  }

  /** The same for what takes time. */
  async catchAsync<T>(read: () => Promise<T>): Promise<T | undefined> {
    try {
      return await read();
    } catch (error) {
      return this.catch((): T => {
        throw error;
      });
    }
  }

  /** Throws one `InputError` with every fault, if there is one. */
  throwIfAny(): void {
    if (this.messages.length > 0) throw new InputError([...new Set(this.messages)].join('\n'));
  }
}
