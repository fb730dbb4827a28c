/**
 * Looks: a shop's design tokens become CSS custom properties, the same on the shop's page and in our frames. A shop may
 * also set `--sluice-<name>` in its own style sheet, on the mount target or anywhere above it.
 *
 * Three layers: `--sluice-<name>` is what the shop wants and is never set by our own style sheets; `--s-<name>` is what
 * our style sheets use, `var(--sluice-<name>, <default>)`; the defaults for light and dark stand in `theme.css`, which
 * the view and `frame/fields.css` both import. On a dark page the attribute `data-dark` stands on the element that has
 * the `--s-` properties: `html` in a frame, the outermost element of the view's shadow root on the page.
 */

/** Values of our CSS custom properties, by name without `--sluice-`: checked by whoever made them and again in the frame. */
export type FrameAppearance = Record<string, string>

const SIDES = ['top', 'right', 'bottom', 'left']
const FONTS = ['subheading', 'label', 'input', 'button', 'footnote']
const FONT_PARTS = ['font-family', 'font-size', 'line-height', 'font-weight', 'letter-spacing']

/** Tokens that are one value each: `colorFormBorderTop` is the token of `color-form-border-top`. */
const SINGLE_NAMES = [
  ...'primary secondary disabled error inverse action success background form-background border form-border outline'
    .split(' ')
    .map((name) => `color-${name}`),
  ...SIDES.flatMap((side) => [`color-form-border-${side}`, `border-width-${side}`]),
  'border-width',
  'focus-outline-width',
]

/** Every name of a custom property: 22 single ones, two radii, five fonts of five parts, and the scheme. */
export const APPEARANCE_NAMES: readonly string[] = [
  ...SINGLE_NAMES,
  'border-radius',
  'button-radius',
  ...FONTS.flatMap((font) => FONT_PARTS.map((part) => `${font}-${part}`)),
  'color-scheme',
]

const LONGEST_VALUE = 200
const HARMLESS = /^[\p{L}\p{N}\s#%.,()/+*'"_-]+$/u
const LOADS_OR_RUNS = /(url|image|image-set|src|element|attr|paint|expression)\s*\(|\/\*/i

/**
 * The value when it may stand in a style sheet of ours. Refused, as `undefined`: unknown names, what could load something,
 * end the declaration or hide text, and more than 200 characters. Both sides ask: a page's word is not trusted in a frame.
 */
export function safeValue(name: string, value: unknown): string | undefined {
  if (typeof value !== 'string' || value.length > LONGEST_VALUE || !APPEARANCE_NAMES.includes(name)) return
  const text = value.trim()
  if (name === 'color-scheme') return text === 'dark' || text === 'light' ? text : undefined
  return HARMLESS.test(text) && !LOADS_OR_RUNS.test(text) ? text : undefined
}

/** The shop's design tokens as custom properties; what is unknown or unsafe is left out. A bare number means pixels. */
export function appearanceFrom(tokens: object | undefined): FrameAppearance {
  const given = new Map(Object.entries(tokens ?? {}))
  const wanted: [name: string, value: unknown][] = SINGLE_NAMES.map((name) => [name, given.get(tokenName(name))])
  const radius: unknown = given.get('borderRadius')
  const [ofFields, ofButton] = Array.isArray(radius) ? radius : [radius, radius]
  wanted.push(['border-radius', ofFields], ['button-radius', ofButton])
  for (const font of FONTS) {
    const parts = new Map(Object.entries(Object(given.get(font))))
    for (const part of FONT_PARTS) wanted.push([`${font}-${part}`, parts.get(tokenName(part))])
  }
  return safeOnly(wanted.map(([name, value]) => [name, withUnit(name, value)]))
}

/** Sets them on an element, with the CSSOM: no `style` attribute is parsed, so no `style-src` can object. */
export function applyAppearance(element: HTMLElement, appearance: FrameAppearance): void {
  const safe = safeOnly(Object.entries(appearance))
  for (const name of APPEARANCE_NAMES) {
    const value = safe[name]
    if (value === undefined) element.style.removeProperty(`--sluice-${name}`)
    else element.style.setProperty(`--sluice-${name}`, value)
  }
  element.toggleAttribute('data-dark', safe['color-scheme'] === 'dark')
}

/**
 * What an element of the page has by inheritance, set by tokens or by the shop's own style sheets: what its frames are
 * to be given, since custom properties stop at a frame. `color-scheme` is always there: see `isDark`.
 */
export function inheritedAppearance(element: Element): FrameAppearance {
  const style = getComputedStyle(element)
  const values = APPEARANCE_NAMES.map((name): [string, string] => [name, style.getPropertyValue(`--sluice-${name}`)])
  return { ...safeOnly(values), 'color-scheme': isDark(element) ? 'dark' : 'light' }
}

/**
 * Whether an element stands on something dark. The nearest opaque background decides: a shop that is always light stays
 * light for a shopper who prefers dark, and a shop with a switch of its own is followed. With no background at all the
 * page's `color-scheme` decides. A shop settles it with `--sluice-color-scheme: light | dark`.
 */
export function isDark(element: Element): boolean {
  const wish = getComputedStyle(element).getPropertyValue('--sluice-color-scheme').trim()
  if (wish === 'dark' || wish === 'light') return wish === 'dark'
  // What has a shadow root paints its background, our token, on the first element in it.
  let at: Element | null = element.shadowRoot?.querySelector('div') ?? element
  while (at) {
    const light = lightness(getComputedStyle(at).backgroundColor)
    if (light !== undefined) return light < 0.4
    const root: Node = at.getRootNode()
    at = at.assignedSlot ?? at.parentElement ?? (root instanceof ShadowRoot ? root.host : null)
  }
  const scheme = getComputedStyle(document.documentElement).colorScheme
  if (!scheme.includes('dark')) return false
  return !scheme.includes('light') || matchMedia('(prefers-color-scheme: dark)').matches
}

/** Calls whenever the looks may have changed: the device's preference, or a theme switch on `html` or `body`. Returns how to stop. */
export function watchAppearance(changed: () => void): () => void {
  const preference = matchMedia('(prefers-color-scheme: dark)')
  const observer = new MutationObserver(changed)
  for (const element of [document.documentElement, document.body]) {
    if (element) observer.observe(element, { attributes: true })
  }
  preference.addEventListener('change', changed)
  return () => {
    observer.disconnect()
    preference.removeEventListener('change', changed)
  }
}

/** `color-form-border` → `colorFormBorder` */
function tokenName(name: string): string {
  return name.replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase())
}

/** Numbers mean pixels, also as text; but a weight has no unit, and a line height below 4 can only be a factor. */
function withUnit(name: string, value: unknown): unknown {
  const number = typeof value === 'string' && /^\d+(\.\d+)?$/.test(value.trim()) ? Number(value) : value
  if (typeof number !== 'number' || !Number.isFinite(number)) return value
  const bare = name.endsWith('font-weight') || (name.endsWith('line-height') && number < 4)
  return bare ? `${number}` : `${number}px`
}

function safeOnly(values: [name: string, value: unknown][]): FrameAppearance {
  const safe: FrameAppearance = {}
  for (const [name, value] of values) {
    const text = safeValue(name, value)
    if (text !== undefined) safe[name] = text
  }
  return safe
}

/** From 0, black, to 1, white; `undefined` for what lets more than half of its ground through or is in another notation. */
function lightness(color: string): number | undefined {
  const numbers = color.match(/[\d.]+/g)?.map(Number) ?? []
  const [red = 0, green = 0, blue = 0, alpha = 1] = numbers
  if (numbers.length < 3 || alpha < 0.5) return
  if (color.startsWith('color(srgb ')) return 0.3 * red + 0.59 * green + 0.11 * blue
  return color.startsWith('rgb') ? (0.3 * red + 0.59 * green + 0.11 * blue) / 255 : undefined
}
