/** Every method but cards, as a component sees it: what it asks, and what it shows while a payment waits. See `forms.ts`. */
import { uuid } from '../link.ts'
import type { Method, MethodHost } from '../methods.ts'
import type { Runtime } from '../runtime.ts'
import type { ShownStep } from '../steps.ts'
import type { MethodForm } from './forms.ts'
import { loadForms } from './load.ts'

export function createCollecting(name: string, runtime: Runtime, host: MethodHost): Method {
  const id = `${name}-${uuid()}`
  /** Absent until its code has been loaded. */
  let form: MethodForm | undefined
  let createSteps: Method['createSteps']
  let failed = false
  let locked = false
  let step: ShownStep | undefined
  let loading = load()

  function load(): Promise<void> {
    failed = false
    return loadForms(runtime.settings.methods)
      .then(async (forms) => {
        createSteps = forms.createSteps
        const create = await forms.formOf(name)
        form = create(name, { ...host, id, data: host.options.data, translations: runtime.translations, runtime })
      })
      .catch((cause) => {
        console.error(cause)
        failed = true
      })
      .then(host.changed)
  }

  function retry() {
    if (failed) loading = load()
    form?.retry()
  }

  return {
    id,
    type: name,
    get label() {
      return form?.label ?? ''
    },
    loaded: () => loading,
    get needsButton() {
      return form?.needsButton(step) ?? true
    },
    get ownButton() {
      return form?.ownButton === true
    },
    isReady: () => form?.state() === 'ready',
    isBroken: () => failed || form?.state() === 'broken',
    retry,
    isValid: () => form?.isValid(step) ?? false,
    content() {
      const texts = runtime.texts()
      const methods = runtime.methods() ?? []
      if (texts) form?.draw({ locale: texts.locale, session: runtime.session(), methods, locked, step })
      return form ?? {}
    },
    showStep(now) {
      step = now
    },
    get createSteps() {
      return form?.createSteps ?? createSteps
    },
    code: () => form?.code(),
    refuse: (codes) => form?.refuse(codes) ?? false,
    open() {
      addEventListener('online', retry)
    },
    close() {
      removeEventListener('online', retry)
    },
    check: async () => form?.check() ?? false,
    payment: () => form?.typed() ?? {},
    sheet: () => form?.sheet?.(),
    available: async () => (await form?.available?.()) ?? true,
    isHidden: () => form?.isHidden?.() === true,
    lock(now) {
      if (now === locked) return
      locked = now
      host.changed()
    },
  }
}
