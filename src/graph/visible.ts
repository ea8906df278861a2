/**
 * Controls (C0, C1, DEL), lone surrogates, characters that XML does not have, and format characters that reorder or hide
 * text: what a model or a document may write, and no terminal, page or figure must get.
 */
export const unsafe =
  /[\p{Cc}\p{Cs}\p{Bidi_Control}\u200b\u2028\u2029\u2060\ufeff\ufff9-\ufffb\ufffe\uffff\u{e0000}-\u{e0fff}]/u;
const unsafeEverywhere = new RegExp(unsafe.source, 'gu');

/** Text that steers nothing and hides nothing, line breaks and tabs as they are. */
export const printable = (text: string): string =>
  text
    .replaceAll('\r\n', '\n')
    .replaceAll(unsafeEverywhere, (character) =>
      character === '\n' || character === '\t' ? character : picture(character),
    );

/** The same on one line: line breaks and tabs become visible, too. */
export const visible = (text: string): string => text.replaceAll(unsafeEverywhere, picture);

/** JSON in which those characters are escaped, which changes nothing of what it says. */
export const visibleJson = (value: unknown, space?: number): string =>
  JSON.stringify(value, null, space).replaceAll(unsafeEverywhere, (character) =>
    character === '\n' ? character : character.split('').map(escaped).join(''),
  );

const escaped = (unit: string): string => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;

/** Unicode has pictures for the control characters of ASCII; the others become the replacement character. */
function picture(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  if (code < 0x20) return String.fromCodePoint(0x2400 + code);
  return code === 0x7f ? '\u2421' : '\ufffd';
}
