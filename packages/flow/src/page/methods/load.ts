/** The module with the forms of everything but cards: loaded when a session first offers one of them. */
import type * as forms from './forms.ts'

export type FormsModule = typeof forms

let loading: Promise<FormsModule> | undefined
let failures = 0

/** @param url of the build that this script belongs to; @throws when it cannot be loaded now: another call tries again */
export function loadForms(url: string): Promise<FormsModule> {
  // A browser remembers of an address that it failed, and not of the same with another fragment.
  loading ??= import(/* @vite-ignore */ failures ? `${url}#${failures}` : url).catch((cause) => {
    failures++
    loading = undefined
    throw cause
  })
  return loading
}
