/** What the built-in pay button says. */
import { formatAmount } from '../common/texts.ts'
import type { ButtonModel, RootModel } from '../view/model.ts'
import type { PayingState } from './payment.ts'
import type { Runtime } from './runtime.ts'

type Text = RootModel['text']

export function buttonModel(runtime: Runtime, { phase: now, step }: PayingState, text: Text): ButtonModel {
  // A code that was typed is confirmed with the button that else pays.
  const phase = now !== 'waiting' ? now : step?.looking ? 'busy' : 'idle'
  // An amount of zero verifies the card: nothing is paid.
  const verifies = runtime.displayed().amount === 0
  if (phase === 'busy') {
    return { state: 'busy', label: text(verifies ? 'pay_button.confirming' : 'pay_button.payment_processing') }
  }
  if (phase === 'done') return { state: 'done', label: text('pay_button.payment_complete') }
  // Its amount is not the final one.
  if (runtime.session()?.payable === false) return { state: 'disabled', label: text('pay_button.pay') }
  return {
    state: phase === 'idle' ? 'idle' : 'disabled',
    label: verifies ? text('pay_button.confirm') : payLabel(runtime, text),
  }
}

function payLabel(runtime: Runtime, text: Text): string {
  const { amount, currency } = runtime.displayed()
  const plain = text('pay_button.pay')
  if (amount === undefined || !currency) return plain
  const money = formatAmount(amount, currency, runtime.texts()?.locale ?? 'en')
  // A shop's own word for it is kept, with the amount after it.
  const isOwn = Object.values(runtime.translations).some((table) => table['pay_button.pay'] === plain)
  return isOwn ? `${plain} ${money}` : text('sluice.pay_amount', { AMOUNT: money })
}
