import type { ParamSpec, ParamSpecs } from 'samplewire/browser';

/** Puts a field for each parameter of a pipeline into an element. */
export function drawParams(element: HTMLElement, specs: ParamSpecs): void {
  element.replaceChildren(...Object.entries(specs).map(([name, spec]) => fieldOf(name, spec)));
  if (element.children.length === 0) element.textContent = 'It has none.';
}

/** What the fields say; those that are empty are left out. */
export function readParams(element: HTMLElement, specs: ParamSpecs): Record<string, unknown> {
  const values: Record<string, unknown> = {};
  for (const [name, { type }] of Object.entries(specs)) {
    const field = element.querySelector(`[name="${name}"]`);
    if (field instanceof HTMLSelectElement) values[name] = field.value;
    else if (field instanceof HTMLInputElement && type === 'flag') values[name] = field.checked;
    else if (field instanceof HTMLInputElement && field.value !== '') values[name] = Number(field.value);
  }
  return values;
}

function fieldOf(name: string, spec: ParamSpec): HTMLElement {
  const label = document.createElement('label');
  label.append(name, inputOf(name, spec));
  if (spec.description !== undefined) label.title = spec.description;
  return label;
}

function inputOf(name: string, spec: ParamSpec): HTMLElement {
  if (spec.type === 'choice') {
    const select = document.createElement('select');
    select.name = name;
    for (const choice of spec.choices) select.append(new Option(choice, choice, false, choice === spec.default));
    return select;
  }
  const input = document.createElement('input');
  input.name = name;
  if (spec.type === 'flag') {
    input.type = 'checkbox';
    input.checked = spec.default === true;
    return input;
  }
  input.type = 'number';
  input.step = spec.type === 'integer' ? '1' : 'any';
  if (spec.min !== undefined) input.min = String(spec.min);
  if (spec.max !== undefined) input.max = String(spec.max);
  if (spec.default !== undefined) input.value = String(spec.default);
  return input;
}
