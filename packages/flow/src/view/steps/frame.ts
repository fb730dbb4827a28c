/** What all steps have in common. */
import type { Texts } from '../../common/texts.ts'
import { element } from '../element.ts'
import type { Step } from '../model.ts'

export interface StepModel {
  next: Step
  /** The session is being asked, or a code is being checked. */
  looking: boolean
  /** Key of what is wrong with the code. */
  wrong?: string | undefined
}

export interface StepView {
  readonly element: HTMLElement
  update(model: StepModel, texts: Texts): void
  /** Where the focus goes that the pay button had. */
  focus(): void
  /** What was typed, for a step that asks for it. */
  code?(): string
}

/** What it is about, which takes the focus so that it is read out, and what follows it. No heading: of which rank, only the shop knows. */
export function createStepFrame(id: string, ...children: Node[]) {
  const lead = element('p', { class: 'lead', id: `${id}-step`, tabindex: '-1' })
  const step = element('div', { class: 'step', role: 'group', 'aria-labelledby': lead.id }, lead, ...children)
  return { element: step, lead, focus: () => lead.focus() }
}
