/** Strings of HTML in which every value is escaped, unless it is HTML already. */

export interface Html {
  readonly html: string
}

type Value = string | number | Html | readonly Html[] | undefined

const ESCAPES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' }

export function html(parts: TemplateStringsArray, ...values: readonly Value[]): Html {
  return { html: parts.reduce((text, part, at) => text + (at === 0 ? '' : textOf(values[at - 1])) + part, '') }
}

function textOf(value: Value): string {
  if (value === undefined) return ''
  if (typeof value === 'object') return 'html' in value ? value.html : value.map((part) => part.html).join('')
  return String(value).replaceAll(/[&<>"']/g, (character) => ESCAPES[character] ?? character)
}

/** @param lang BCP 47 */
export function page(lang: string, title: string, body: Html): string {
  return html`<!doctype html>
<html lang="${lang}" dir="${lang.startsWith('ar') ? 'rtl' : 'ltr'}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${title}</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="/pages.css">
</head>
<body>
${body}
</body>
</html>
`.html
}
