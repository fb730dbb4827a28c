/** Below the methods: one place for messages, always in the document, so that each is read out once; and one pay button. */
import { createIcon } from './drawings.ts'
import { element, say } from './element.ts'
import type { ButtonModel, RootModel, ViewActions } from './model.ts'
import { placeInOrder } from './place.ts'

const NOTICE_ICONS = { error: 'alert', info: 'info', success: 'tick' } as const
const BUTTON_ICONS = { idle: 'lock', busy: 'spinner', done: 'tick', disabled: 'lock' } as const

/** @param slotName of the slot for the shop's own content that belongs to a method */
export function createFoot(actions: ViewActions, slotName: (methodId: string) => string) {
  const foot = element('div', { class: 'foot' })
  const slot = element('slot')
  const notice = createNotice()
  const retry = element('button', { type: 'button', class: 'retry' })
  const pay = createPayButton(actions)
  retry.addEventListener('click', () => actions.retry())

  function update(model: RootModel): void {
    const { phase, mayRetry, retryLabel, text } = model
    const selected = phase === 'ready' ? model.methods.find((method) => method.selected) : undefined
    if (selected?.slot) slot.name = slotName(selected.id)
    notice.update(model.notice)
    say(retry, retryLabel ?? text('sluice.retry'))
    if (selected?.button) pay.update(selected.button)
    placeInOrder(foot, [
      selected?.slot === 'above_pay_button' && slot,
      notice.element,
      mayRetry && phase !== 'loading' && retry,
      selected?.button && pay.element,
      selected?.slot === 'below_pay_button' && slot,
    ])
  }

  return { element: foot, update }
}

function createNotice() {
  const region = element('div', { role: 'status', 'aria-atomic': 'true' })
  const icon = createIcon()
  const words = element('p')

  function update(notice: RootModel['notice']): void {
    region.className = `notice ${notice?.kind ?? ''}`
    region.setAttribute('aria-live', notice?.kind === 'error' ? 'assertive' : 'polite')
    if (notice) icon.draw(NOTICE_ICONS[notice.kind])
    say(words, notice?.text ?? '')
    placeInOrder(region, [notice && icon.element, notice && words])
  }

  return { element: region, update }
}

/** Never `disabled`, which would lose the focus and hide it from a screen reader just when its words change. */
function createPayButton(actions: ViewActions) {
  const icon = createIcon()
  const words = element('span')
  const button = element('button', { type: 'button' }, icon.element, words)
  let idle = false
  button.addEventListener('click', () => {
    if (idle) actions.pay()
  })

  function update({ state, label }: ButtonModel): void {
    idle = state === 'idle'
    button.className = `pay ${state}`
    button.setAttribute('aria-disabled', `${!idle}`)
    icon.draw(BUTTON_ICONS[state])
    say(words, label)
  }

  return { element: button, update }
}
