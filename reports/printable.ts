/** Text from a server under test, made harmless and visible wherever it is shown. */

const BREAKS = /\r\n/g
/** C0 but tab and line feed, DEL, C1, bidirectional controls, lone surrogates and the two noncharacters that XML forbids. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what this replaces.
const UNPRINTABLE = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069\p{Surrogate}\ufffe\uffff]/gu

/**
 * Replaces what could steer a terminal, hide from the eye or break XML 1.0: C0 controls become their pictures (␛ for
 * ESC), the rest U+FFFD. Tabs and line feeds stay; CR LF becomes a line feed.
 */
export function printable(text: string): string {
  return text.replace(BREAKS, '\n').replace(UNPRINTABLE, picture)
}

function picture(character: string): string {
  const code = character.charCodeAt(0)
  if (code < 0x20) return String.fromCharCode(0x2400 + code)
  return code === 0x7f ? '\u2421' : '\ufffd'
}
