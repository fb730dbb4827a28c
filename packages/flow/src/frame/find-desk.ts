/** Finds what a keeper offers, from another document of our origin below the same page. */
import { elapsedMs } from '../common/clock.ts'
import type { CardForm, Desk } from './desk.ts'

/** `undefined` when no keeper of this instance stands below the page. */
export function findDesk(instance: string): Desk | undefined {
  const frames = window.parent
  for (let at = 0; at < frames.length; at++) {
    const desk = deskOf(frames[at], instance)
    if (desk) return desk
  }
  return undefined
}

/** A window of another origin throws at being looked into, or what it calls so does: it is none of ours. */
function deskOf(frame: (Window & { sluiceDesk?: Desk }) | undefined, instance: string): Desk | undefined {
  try {
    const desk = frame?.sluiceDesk
    return desk?.instance === instance ? desk : undefined
  } catch {
    return undefined
  }
}

const LOOK_EVERY_MS = 25

/**
 * The form and the desk it lies on, as soon as the keeper has opened it: the page connects both documents at about the
 * same time. `undefined` when it did not within `withinMs`, because the page removed the keeper or never opened the form.
 */
export async function findForm(
  instance: string,
  form: string,
  withinMs = 5000,
): Promise<{ desk: Desk; form: CardForm } | undefined> {
  for (const until = elapsedMs() + withinMs; ; ) {
    const desk = findDesk(instance)
    const found = desk?.form(form)
    if (desk && found) return { desk, form: found }
    if (elapsedMs() > until) return undefined
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS))
  }
}
