import { maxFiles, maxTotalText, maxValues } from '../limits.js';

/** What a document and all that it includes may still take. Each method takes some of it, and says whether there was enough. */
export class Budget {
  #values = maxValues;
  #characters = maxTotalText;
  #files = maxFiles;

  takeValue(): boolean {
    this.#values -= 1;
    return this.#values >= 0;
  }

  takeText(characters: number): boolean {
    this.#characters -= characters;
    return this.#characters >= 0;
  }

  takeFile(): boolean {
    this.#files -= 1;
    return this.#files >= 0;
  }
}
