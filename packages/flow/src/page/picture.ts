/** What a component shows at the moment, for the view to draw. */
import { createTexts } from '../common/texts.ts'
import type { MethodModel, RootModel } from '../view/model.ts'
import { buttonModel } from './button.ts'
import { isOffered, type Method } from './methods.ts'
import type { PayingState } from './payment.ts'
import type { Runtime } from './runtime.ts'
import type { Slot } from './slot.ts'

export interface Shown {
  /** The component's. */
  name: string
  methods: Method[]
  selected: Method | undefined
  paying: PayingState
  /** Where the shop has content of its own. */
  slot: Slot['place']
  /** The shop wants our pay button for this method, and it can be paid with. */
  hasButton(method: Method): boolean
}

/** What can be said when the frame that has the texts did not load. */
const FALLBACK = createTexts(
  {
    'sluice.load_failed': 'The payment form could not be loaded',
    'sluice.offline': 'You are offline. Try again once you are connected.',
    'sluice.retry': 'Try again',
  },
  'en',
)

export function pictureOf(runtime: Runtime, component: Shown): RootModel {
  const { name, methods, selected } = component
  const { phase, notice, overlay } = component.paying
  const texts = runtime.texts()
  const trouble = runtime.trouble()
  const { text } = texts ?? FALLBACK
  const broken = trouble !== undefined || selected?.isBroken() === true || !isOffered(runtime, name)
  const picture: RootModel = {
    phase: broken ? 'broken' : texts && runtime.methods() ? 'ready' : 'loading',
    dir: texts?.dir ?? 'ltr',
    locale: texts?.locale ?? 'en',
    text,
    savesCards: methods.some((method) => method.savesCards?.()),
    layout: name === 'flow' ? 'list' : 'single',
    methods: methods
      .filter((method) => !method.isHidden?.())
      .map((method) => pictureOfMethod(runtime, component, method, text)),
    mayChoose: !/busy|waiting|done/.test(phase),
    mayRetry: (broken && trouble?.final !== true) || phase === 'unknown',
  }
  if (broken) picture.notice = { kind: 'error', text: text(navigator.onLine ? 'sluice.load_failed' : 'sluice.offline') }
  else if (notice) picture.notice = { kind: notice.kind, text: notice.text ?? text(notice.key as string) }
  if (phase === 'unknown') picture.retryLabel = text('sluice.check_again')
  if (overlay) {
    const title = text('sluice.challenge.title')
    if (overlay.title !== title) overlay.title = title
    picture.overlay = { frame: overlay, title, cancelLabel: text('sluice.challenge.cancel') }
  }
  return picture
}

function pictureOfMethod(
  runtime: Runtime,
  { selected, paying, slot, hasButton }: Shown,
  method: Method,
  text: RootModel['text'],
): MethodModel {
  return {
    id: method.id,
    type: method.type,
    label: text(method.label),
    selected: method === selected,
    ...(method.card && { card: method.card() }),
    ...(method.content && { content: method.content() }),
    ...(hasButton(method) && { button: buttonModel(runtime, paying, text) }),
    ...(slot && { slot }),
  }
}
