/** The object that `create()` returns: what a shop can do with it, and what it keeps on the page while it is mounted. */
import { refusalError } from './attempt.ts'
import { type Callbacks, createCallbacks, type ErrorBase } from './callbacks.ts'
import { type CheckoutError, integrationError, requestError, submitError } from './errors.ts'
import { builderOf, isListed, isOffered, type Method, type MethodBuilder, type MethodHost } from './methods.ts'
import { type Resolved, resolveOptions } from './options.ts'
import { createPaying, type Notice } from './payment.ts'
import { pictureOf } from './picture.ts'
import { type Place, takePlace, targetOf } from './place.ts'
import type { Runtime } from './runtime.ts'
import { createSlot } from './slot.ts'
import { createTellings } from './tellings.ts'
import { tokenizeWith } from './tokenizing.ts'

/** As the official types have it; the names inside are plain strings here. */
export interface ShopComponent {
  readonly type: string
  readonly selectedType: string
  readonly selectedPaymentMethodId: string | undefined
  readonly name: string
  mount(target: unknown): ShopComponent
  unmount(): ShopComponent
  isAvailable(): Promise<boolean>
  isValid(): boolean
  isPayButtonRequired(): boolean
  submit(): void
  tokenize(options?: unknown): Promise<object | undefined>
  unselect(): void
}

/** @param created second argument of `create()` */
export function createComponent(name: string, runtime: Runtime, created: unknown): ShopComponent {
  const isFlow = name === 'flow'
  const own = resolveOptions(runtime.options, name, created)
  const callbacks = createCallbacksFor(own)
  // A token that nobody takes.
  if (own.mode === 'tokenize' && !own.callbacks.onTokenized) {
    throw integrationError('on_tokenized_callback_required', { ...base(), type: name })
  }
  const slot = isFlow ? createSlot(callbacks, own.displayPaymentAdditionalContent) : undefined
  const tellings = createTellings()

  let methods: Method[] = []
  /** What each method was resolved to: in `flow` its own options stand before those of the list. */
  const options = new Map<Method, { options: Resolved; callbacks: Callbacks }>()
  let selected: Method | undefined
  /** Nobody has chosen yet, so we may. */
  let untouched = true
  let availabilityAsked = isFlow
  /** While it is mounted. */
  let place: Place | undefined
  let drawing = false

  const paying = createPaying({
    runtime,
    callbacks: () => active().callbacks,
    base,
    isMounted: () => place?.isThere() === true,
    redirectMode: () => active().options.redirectMode,
    show(type) {
      const method = methods.find((one) => one.type === type)
      if (method) choose(method)
      return method
    },
    changed: draw,
  })

  const component: ShopComponent = {
    type: name,
    get selectedType() {
      return isFlow ? (selected?.type ?? name) : name
    },
    get selectedPaymentMethodId() {
      return isFlow ? selected?.id : undefined
    },
    get name() {
      const label = isFlow ? name : methods[0]?.label || name
      return runtime.texts()?.text(label) ?? label
    },
    mount,
    unmount,
    async isAvailable() {
      availabilityAsked = true
      await runtime.whenKnown()
      if (!isFlow) {
        readMethods()
        await methods[0]?.loaded?.()
      }
      return isOffered(runtime, name) && (isFlow || (await methods[0]?.available?.()) !== false)
    },
    isValid: () => selected?.isValid() ?? false,
    isPayButtonRequired: () => selected?.needsButton ?? false,
    submit,
    tokenize,
    unselect() {
      if (isFlow) select(undefined)
    },
  }

  function base(): ErrorBase {
    const session = runtime.sessionId()
    return {
      browserSessionId: runtime.id,
      ...(session && { paymentSessionId: session }),
      type: component.selectedType,
    }
  }

  function createCallbacksFor(resolved: Resolved): Callbacks {
    // The component itself is made below: callbacks come later.
    return createCallbacks(() => component, resolved.callbacks, base)
  }

  function active() {
    return (selected && options.get(selected)) ?? { options: own, callbacks }
  }

  // ---------------------------------------------------------------- methods

  /** Keeps what stands already: a session that was read anew must not cost the shopper what was typed. */
  function readMethods() {
    const offered = isFlow ? (runtime.methods() ?? []).map(({ type }) => type).filter(isListed) : [name]
    if (isFlow && !runtime.methods()) return
    methods = offered.map((type) => methods.find((method) => method.type === type) ?? build(type))
    if (selected && !methods.includes(selected)) select(undefined)
    const [first] = methods
    if (untouched && first && (!isFlow || methods.length === 1 || own.expandFirstPaymentMethod)) choose(first)
  }

  function build(type: string): Method {
    const resolved = isFlow ? resolveOptions(runtime.options, name, created, type) : own
    const told = isFlow ? createCallbacksFor(resolved) : callbacks
    const host: MethodHost = {
      options: resolved,
      changed: draw,
      pressed: () => resolved.showPayButton && pay(true),
      begin: () => pay(true),
      look: () => paying.look(),
      cancel: () => void paying.cancelStep(),
      async binChanged(metadata, accepted) {
        try {
          const gate = await told.gate('onCardBinChanged', metadata)
          if (!gate.open) {
            const message = gate.message !== undefined && { customMessage: gate.message }
            told.fail(requestError('payment_request_aborted', { ...base(), ...message }))
          } else if (!accepted) {
            told.fail(requestError('payment_request_aborted', { ...base(), abortReason: 'card_not_supported' }))
          }
          return gate
        } catch (error) {
          told.fail(error as CheckoutError)
          return { open: true }
        }
      },
      lost: () => tell({ kind: 'info', key: 'sluice.reenter_card' }),
      element: () => place?.view.element,
    }
    const method = (builderOf(type) as MethodBuilder)(type, runtime, host)
    options.set(method, { options: resolved, callbacks: told })
    return method
  }

  function choose(method: Method | undefined) {
    if (method === selected) return
    selected?.close()
    selected = method
    if (place) selected?.open()
  }

  /** By the shopper or by the shop; not while an attempt is under way. */
  function select(method: Method | undefined) {
    if (paying.state.phase !== 'idle') return
    untouched = false
    choose(method)
    paying.tell(undefined)
  }

  function tell(notice: Notice) {
    if (paying.state.phase === 'idle') paying.tell(notice)
  }

  // ---------------------------------------------------------------- on the page

  function mount(target: unknown): ShopComponent {
    if (!availabilityAsked) throw integrationError('component_is_available_not_checked', base())
    if (place?.isThere()) throw integrationError('component_already_mounted', base())
    const element = targetOf(target)
    if (!element) throw integrationError('element_not_found', { ...base(), element: target as string })
    if (place) unmount()
    place = takePlace(element, runtime, {
      select: (id) => select(methods.find((method) => method.id === id)),
      pay: () => pay(true),
      chooseScheme: (scheme) => selected?.chooseScheme?.(scheme),
      consent: (checked) => selected?.consent?.(checked),
      cancelOverlay: () => void paying.cancelChallenge(),
      retry,
      changed() {
        readMethods()
        paying.sessionChanged()
        draw()
      },
      pageShown: () => void paying.pageShown(),
      restyled: () => selected?.restyle?.(),
    })
    tellings.mounted()
    readMethods()
    selected?.open()
    paying.sessionChanged()
    drawNow()
    return component
  }

  function unmount(): ShopComponent {
    slot?.leave()
    selected?.close()
    place?.leave()
    place = undefined
    paying.unmounted()
    return component
  }

  function retry() {
    if (paying.state.phase === 'unknown') return void paying.checkAgain()
    if (runtime.trouble()) runtime.retry()
    selected?.retry()
    draw()
  }

  // ---------------------------------------------------------------- paying

  function submit() {
    if (selected || !isFlow) pay(false)
  }

  function pay(byButton: boolean) {
    if (!place || !selected) return callbacks.fail(submitError('component_invalid', base()))
    const { step } = paying.state
    if (step?.type === selected.type && step.next.type === 'enter_code') {
      const code = selected.code?.()
      return code ? void paying.confirm(code) : active().callbacks.fail(submitError('component_invalid', base()))
    }
    const mayPay = selected.needsButton || selected.ownButton
    if (!mayPay) return callbacks.fail(integrationError('method_not_supported', base()))
    void paying.pay(selected, byButton)
  }

  async function tokenize(wanted?: unknown): Promise<object | undefined> {
    if (!selected && isFlow) return undefined
    if (!place || !selected) throw submitError('component_invalid', base())
    return await tokenizeWith(selected, wanted, { paying, callbacks: active().callbacks, base })
  }

  // ---------------------------------------------------------------- drawing

  /** Many changes of one moment are drawn once. */
  function draw() {
    if (drawing) return
    drawing = true
    queueMicrotask(drawNow)
  }

  function drawNow() {
    drawing = false
    if (!place) return
    const { state } = paying
    for (const { type, showStep } of methods) showStep?.(state.step?.type === type ? state.step : undefined)
    const picture = pictureOf(runtime, {
      name,
      methods,
      selected,
      paying: state,
      slot: slot?.place,
      hasButton,
    })
    const { phase } = picture
    place.view.update(picture)
    selected?.lock(state.phase !== 'idle')
    if (tellings.breaks(phase === 'broken')) {
      const { refusal } = runtime.trouble() ?? { refusal: { code: 'network_error', fate: 'safe' } as const }
      active().callbacks.fail(refusalError(refusal, base()))
    }
    if (phase !== 'ready') return
    slot?.show(selected?.id, place.view)
    tellings.drawn(component, !selected || selected.isReady(), active().callbacks)
  }

  function hasButton(method: Method): boolean {
    const { options: resolved, callbacks: told } = options.get(method) ?? active()
    // Without a session, and without a server of the shop to make one, a card can only be tokenized.
    const payable = runtime.sessionKey !== undefined || told.has('handleSubmit')
    return method.needsButton && resolved.showPayButton && payable
  }

  return component
}
