/** The element with an id, of a class. */
export function byId<T extends Element>(id: string, kind: new () => T): T {
  const element = document.getElementById(id);
  if (element instanceof kind) return element;
  throw new Error(`the page has no ${kind.name} #${id}`);
}

/** Writes names and values into a description list. */
export function drawFigures(list: HTMLElement, figures: Readonly<Record<string, string>>): void {
  list.replaceChildren(
    ...Object.entries(figures).map(([name, value]) => {
      const pair = document.createElement('div');
      pair.append(Object.assign(document.createElement('dt'), { textContent: name }));
      pair.append(Object.assign(document.createElement('dd'), { textContent: value }));
      return pair;
    }),
  );
}

/** What a person should read of something that was thrown. */
export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** Fills the fields of a form by their names, and gives what they would not take: they stay as they are then. */
export function fillFrom(values: Iterable<readonly [string, string]>, form: HTMLFormElement): string[] {
  const refused: string[] = [];
  for (const [name, value] of values) {
    const found = form.elements.namedItem(name);
    // Not the buttons or the folder, which have ids only.
    if (!(found instanceof HTMLInputElement || found instanceof HTMLSelectElement) || found.name !== name) continue;
    const { value: before } = found;
    found.value = value;
    if (found.value === value) continue;
    found.value = before;
    refused.push(`${name}=${value}`);
  }
  return refused;
}
