/** The object that `create()` returns: what a shop can do with it, and what it keeps on the page while it is mounted. */
import { applyAppearance, watchAppearance } from '../shared/appearance.ts'
import { createTexts } from '../shared/texts.ts'
import type { MethodModel, RootModel, RootView } from '../view/model.ts'
import { createRootView } from '../view/root.ts'
import { refusalError } from './attempt.ts'
import { buttonModel } from './button.ts'
import { type Callbacks, createCallbacks, type ErrorBase } from './callbacks.ts'
import { type CheckoutError, integrationError, requestError, submitError } from './errors.ts'
import { Refused } from './keeper.ts'
import { isListed, METHODS, type Method, type MethodHost } from './methods.ts'
import { type Resolved, resolveOptions } from './options.ts'
import { createPaying, type Notice } from './payment.ts'
import type { Runtime } from './runtime.ts'
import { createSlot } from './slot.ts'

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
  const slot = isFlow ? createSlot(callbacks, own.displayPaymentAdditionalContent) : undefined

  let methods: Method[] = []
  /** What each method was resolved to: in `flow` its own options stand before those of the list. */
  const options = new Map<Method, { options: Resolved; callbacks: Callbacks }>()
  let selected: Method | undefined
  /** Nobody has chosen yet, so we may. */
  let untouched = true
  let availabilityAsked = isFlow
  let view: RootView | undefined
  let stop: (() => void)[] = []
  let drawing = false
  let wasReady = false
  let wasBroken = false
  let lastChange = ''

  const paying = createPaying({
    runtime,
    callbacks: () => active().callbacks,
    base,
    // A framework may have thrown our place away without a word.
    isMounted: () => view?.element.isConnected === true,
    redirectMode: () => active().options.redirectMode,
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
      return isFlow ? name : (runtime.texts()?.text(METHOD_LABELS[name] ?? name) ?? name)
    },
    mount,
    unmount,
    async isAvailable() {
      availabilityAsked = true
      await runtime.whenKnown()
      return isOffered(runtime, name)
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
    } as ErrorBase
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
      async binChanged(metadata, accepted) {
        try {
          const gate = await told.gate('onCardBinChanged', metadata)
          if (!gate.open) {
            const message = gate.message !== undefined && { customMessage: gate.message }
            told.fail(requestError('payment_request_aborted', { ...base(), ...message }))
          } else if (!accepted) {
            told.fail(
              requestError('payment_request_aborted', { ...base(), abortReason: 'card_not_supported' as never }),
            )
          }
          return gate
        } catch (error) {
          told.fail(error as CheckoutError)
          return { open: true }
        }
      },
      lost: () => tell({ kind: 'info', key: 'sluice.reenter_card' }),
      element: () => view?.element,
    }
    const method = (METHODS[type] as (typeof METHODS)[string])(type, runtime, host)
    options.set(method, { options: resolved, callbacks: told })
    return method
  }

  function choose(method: Method | undefined) {
    if (method === selected) return
    selected?.close()
    selected = method
    if (view) selected?.open()
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
    // A framework that threw our place away has unmounted us without a word.
    if (view?.element.isConnected) throw integrationError('component_already_mounted', base())
    const element = typeof target === 'string' ? find(target) : target
    if (!(element instanceof HTMLElement)) {
      throw integrationError('element_not_found', { ...base(), element: target as string })
    }
    if (view) unmount()
    view = createRootView(element, {
      select: (id) => select(methods.find((method) => method.id === id)),
      pay: () => pay(true),
      chooseScheme: (scheme) => selected?.chooseScheme?.(scheme),
      consent: (checked) => selected?.consent?.(checked),
      cancelOverlay: () => void paying.cancelChallenge(),
      retry,
    })
    applyAppearance(view.element, runtime.appearance)
    const shown = (event: PageTransitionEvent) => event.persisted && void paying.pageShown()
    addEventListener('pageshow', shown)
    stop = [
      () => removeEventListener('pageshow', shown),
      watchAppearance(() => selected?.restyle?.()),
      runtime.listen({
        changed() {
          readMethods()
          paying.sessionChanged()
          draw()
        },
      }),
    ]
    wasReady = false
    readMethods()
    selected?.open()
    paying.sessionChanged()
    drawNow()
    return component
  }

  function unmount(): ShopComponent {
    for (const end of stop) end()
    stop = []
    slot?.leave()
    selected?.close()
    view?.destroy()
    view = undefined
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
    if (!view || !selected) return callbacks.fail(submitError('component_invalid', base()))
    if (!selected.needsButton) return callbacks.fail(integrationError('method_not_supported', base()))
    void paying.pay(selected, byButton)
  }

  async function tokenize(wanted?: unknown): Promise<object | undefined> {
    const method = selected
    if (!method && isFlow) return undefined
    if (!view || !method) throw submitError('component_invalid', base())
    const make = method.tokenize
    if (!make) throw integrationError('method_not_supported', base())
    try {
      return await paying.alone(async () => {
        if (!(await method.check())) throw submitError('component_invalid', base())
        const result = await make(wanted)
        const gate = await active().callbacks.gate('onTokenized', result)
        if (gate.open) return result
        const { message } = gate
        paying.tell({ kind: 'error', ...(message ? { text: message } : { key: 'payment.declined.try_again' }) })
        throw requestError('payment_request_aborted', { ...base(), ...(message && { customMessage: message }) })
      })
    } catch (error) {
      throw error instanceof Refused ? refusalError(error.refusal, base()) : error
    }
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
    if (!view) return
    const model = rootModel()
    const { phase } = model
    const locked = paying.state.phase !== 'idle'
    view.update(model)
    selected?.lock(locked)
    tellBroken(phase === 'broken')
    if (phase === 'ready') slot?.show(selected?.id, view)
    tellShop(phase === 'ready' && (!selected || selected.isReady()))
  }

  function tellBroken(broken: boolean) {
    if (broken && !wasBroken) {
      const { refusal } = runtime.trouble() ?? { refusal: { code: 'network_error', fate: 'safe' } as const }
      active().callbacks.fail(refusalError(refusal, base()))
    }
    wasBroken = broken
  }

  function tellShop(ready: boolean) {
    if (!ready) return
    const change = JSON.stringify([
      component.selectedType,
      component.selectedPaymentMethodId,
      component.isValid(),
      component.isPayButtonRequired(),
    ])
    if (!wasReady) {
      wasReady = true
      active().callbacks.tell('onReady')
    } else if (change === lastChange) return
    lastChange = change
    active().callbacks.tell('onChange')
  }

  function rootModel(): RootModel {
    const texts = runtime.texts()
    const trouble = runtime.trouble()
    const { phase, notice, overlay } = paying.state
    const text = (texts ?? FALLBACK).text
    const broken = trouble !== undefined || selected?.isBroken() === true || !isOffered(runtime, name)
    const shown: RootModel = {
      phase: broken ? 'broken' : texts && runtime.methods() ? 'ready' : 'loading',
      dir: texts?.dir ?? 'ltr',
      locale: texts?.locale ?? 'en',
      text,
      savesCards: methods.some((method) => method.savesCards?.()),
      layout: isFlow ? 'list' : 'single',
      methods: methods.map((method) => methodModel(method, text)),
      mayRetry: (broken && trouble?.final !== true) || phase === 'unknown',
    }
    if (broken) shown.notice = { kind: 'error', text: text(navigator.onLine ? 'sluice.load_failed' : 'sluice.offline') }
    else if (notice) shown.notice = { kind: notice.kind, text: notice.text ?? text(notice.key as string) }
    if (phase === 'unknown') shown.retryLabel = text('sluice.check_again')
    if (overlay) {
      const title = text('sluice.challenge.title')
      if (overlay.title !== title) overlay.title = title
      shown.overlay = { frame: overlay, title, cancelLabel: text('sluice.challenge.cancel') }
    }
    return shown
  }

  function methodModel(method: Method, text: RootModel['text']): MethodModel {
    const { id, type, label } = method
    const { options: resolved, callbacks: told } = options.get(method) ?? active()
    // Without a session, and without a server of the shop to make one, a card can only be tokenized.
    const payable = runtime.sessionKey !== undefined || told.has('handleSubmit')
    const hasButton = method.needsButton && resolved.showPayButton && payable
    return {
      id,
      type,
      label: text(label),
      selected: method === selected,
      ...(method.card && { card: method.card() }),
      ...(hasButton && { button: buttonModel(runtime, paying.state.phase, text) }),
      ...(slot?.place && { slot: slot.place }),
    }
  }

  return component
}

const METHOD_LABELS: Record<string, string> = { card: 'card', card_cvv: 'card.security_code' }

/** What can be said when the frame that has the texts did not load. */
const FALLBACK = createTexts(
  {
    'sluice.load_failed': 'The payment form could not be loaded',
    'sluice.offline': 'You are offline. Try again once you are connected.',
    'sluice.retry': 'Try again',
  },
  'en',
)

/** Built, and among the methods of the session as far as they are known. The security code alone needs no session. */
export function isOffered(runtime: Runtime, name: string): boolean {
  if (name === 'card_cvv') return true
  if (!runtime.sessionKey) return name !== 'flow'
  const methods = runtime.methods()
  if (!methods) return !runtime.trouble()
  return name === 'flow' ? methods.some(({ type }) => isListed(type)) : methods.some(({ type }) => type === name)
}

function find(selector: string): Element | null {
  try {
    return document.querySelector(selector)
  } catch {
    return null
  }
}
