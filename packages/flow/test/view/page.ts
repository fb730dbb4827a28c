/** Runs in the browser of view.test.ts: draws one state of the view after another, as a component would. */
import { appearanceFrom, applyAppearance, inheritedAppearance, safeValue } from '../../src/common/appearance.ts'
import { svgIcon, svgMark } from '../../src/common/marks.ts'
import type { FrameModel, MethodModel, RootModel, RootView } from '../../src/view/model.ts'
import { createRootView } from '../../src/view/root.ts'
import english from '../../src/locales/en-GB.json' with { type: 'json' }

const FRAMES = new URLSearchParams(location.search).get('frames') ?? ''
const SCHEMES = ['visa', 'mastercard', 'american_express', 'discover', 'jcb', 'cartes_bancaires', 'mada']
const texts: Record<string, string> = english

const wishes: string[] = []
let view: RootView | undefined
let frames: FrameModel[] = []

/** How often a document was loaded in any of our frames, as they tell. */
let loads = 0
addEventListener('message', ({ data }) => {
  if (data === 'loaded') loads++
})

function wish(name: string) {
  return (value?: unknown) => {
    wishes.push(value === undefined ? name : `${name} ${value}`)
  }
}

/** A new view with new frames in `#target`; `parts` as the component would ask for them. */
function create(parts: FrameModel['part'][], tokens?: object): void {
  view?.destroy()
  wishes.length = 0
  const target = document.querySelector<HTMLElement>('#target') as HTMLElement
  view = createRootView(target, {
    select: wish('select'),
    pay: wish('pay'),
    chooseScheme: wish('chooseScheme'),
    consent: wish('consent'),
    cancelOverlay: wish('cancelOverlay'),
    retry: wish('retry'),
  })
  applyAppearance(view.element, appearanceFrom(tokens))
  frames = parts.map((part) => ({ element: frame(part), part, ready: true, height: part === 'card' ? 308 : 80 }))
}

function frame(part: string): HTMLIFrameElement {
  const element = document.createElement('iframe')
  element.title = part === 'bank' ? 'Bank' : `Card details: ${part}`
  element.src = `${FRAMES}/${part === 'bank' ? 'bank' : 'fields'}?part=${part}`
  element.addEventListener('load', () => {
    if (part !== 'bank' && view) element.contentWindow?.postMessage(inheritedAppearance(view.element), FRAMES)
  })
  return element
}

type Change = Partial<Omit<RootModel, 'methods' | 'overlay'>> & {
  methods?: MethodModel[]
  card?: object
  cardMethod?: Partial<MethodModel>
  others?: MethodModel[]
  overlay?: boolean
}
let bank: HTMLIFrameElement | undefined

/** Draws what differs from a list of card, iDEAL and PayPal with an open card. */
function show({ card, cardMethod, others, overlay, ...change }: Change): void {
  const cardModel = { frames, schemes: SCHEMES, locked: false, ...card }
  const button = { label: 'Pay €42.50', state: 'idle' as const }
  const methods: MethodModel[] = [
    { id: 'card-1', type: 'card', label: 'Card', selected: true, card: cardModel, button, ...cardMethod },
    ...(others ?? [
      { id: 'ideal-1', type: 'ideal', label: 'iDEAL', selected: false, button },
      { id: 'paypal-1', type: 'paypal', label: 'PayPal', selected: false, button },
    ]),
  ]
  if (!overlay) bank = undefined
  else bank ??= frame('bank')
  view?.update({
    phase: 'ready',
    dir: 'ltr',
    locale: 'en-GB',
    text: (key) => texts[key] ?? key,
    savesCards: false,
    layout: 'list',
    methods,
    mayRetry: false,
    ...change,
    ...(bank && { overlay: { frame: bank, title: 'Confirm with your bank', cancelLabel: 'Cancel' } }),
  })
}

/** The card and others in this order, by their ids. */
function reorder(ids: string[]): void {
  const card = { frames, schemes: SCHEMES, locked: false }
  const method = (id: string) => ({ id, type: id, label: id, selected: false })
  show({ methods: ids.map((id) => (id === 'card-1' ? { ...method(id), selected: true, card } : method(id))) })
}

/** All drawings at twice their size, for a person to look at. */
function showMarks(): void {
  const target = document.querySelector('#target') as HTMLElement
  view?.destroy()
  const names = [...SCHEMES, 'diners_club_international', 'china_union_pay', 'unheard_of']
  const icons = ['card', 'lock', 'tick', 'alert', 'info', 'spinner', 'close'] as const
  const drawings = [...names.map((name) => svgMark(document, name)), ...icons.map((name) => svgIcon(document, name))]
  for (const drawing of drawings) {
    drawing.style.setProperty('width', `${Number(drawing.getAttribute('width')) * 4}px`)
    drawing.style.setProperty('height', '80px')
    drawing.style.setProperty('margin', '4px')
  }
  target.replaceChildren(...drawings)
}

const harness = {
  create,
  show,
  reorder,
  showMarks,
  wishes,
  loads: () => loads,
  slotFor: (id: string) => view?.slotFor(id),
  appearanceFrom,
  safeValue,
  inheritedAppearance: () => view && inheritedAppearance(view.element),
}
export type Harness = typeof harness
Object.assign(globalThis, { harness })
