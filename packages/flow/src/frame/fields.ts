/**
 * The fields document: inputs of one card form, all of them or one. What is typed goes to the keeper beside it and
 * stays there, so a frame that the page moved, which makes it load anew, shows all of it again.
 */
import { applyAppearance } from '../common/appearance.ts'
import type { FieldName, FieldsStart, FromFields, ToFields } from '../common/messages.ts'
import { createTexts } from '../common/texts.ts'
import { connectFromPage } from './connect.ts'
import type { CardForm, Desk, FormPicture, FormView, Texts } from './desk.ts'
import { createFieldInput, type FieldInput, type FieldWords } from './fields-input.ts'
import { findDesk, findForm } from './find-desk.ts'
import type { Change } from './format.ts'

const NUMBER_PLACEHOLDER = '1234 1234 1234 1234'
/** CSS pixels: no form is that narrow. */
const NARROWEST = 40

type Seat = { desk: Desk; form: CardForm }

void connectFromPage('fields').then(async ({ start, port }) => {
  applyAppearance(document.documentElement, start.appearance)
  const seat = await findForm(start.instance, start.form)
  if (seat) open(start, port, seat)
  else port.postMessage({ type: 'orphan' } satisfies FromFields)
})

function open({ instance, form: formId, fields: names }: FieldsStart, port: MessagePort, first: Seat) {
  const send = (message: FromFields) => port.postMessage(message)
  const root = document.createElement('form')
  const fields = names.map(createFieldInput)
  const alarm = document.createElement('div')
  let { desk, form } = first
  let leaveDesk = () => {}
  let words: Texts | undefined
  let picture: FormPicture | undefined
  let locked = false
  let composing: FieldName | undefined
  let said = ''
  let told = 0

  root.noValidate = true
  root.className = names.length > 1 ? 'card whole' : 'card'
  // What is wrong is read out once, when it appears; after that it describes its field.
  alarm.className = 'hidden'
  alarm.setAttribute('aria-live', 'polite')
  const pair = fields.filter(({ name }) => name === 'expiry' || name === 'cvv')
  if (pair.length === 2) for (const { element } of pair) element.classList.add('half')
  root.append(...fields.map((field) => field.element))
  document.body.append(root, alarm)

  /** Once there is something to say: the keeper opens its forms while it still loads the texts. */
  function draw() {
    if (!words || !picture) return
    const { text } = createTexts(words.texts, words.locale)
    document.documentElement.lang = words.locale
    document.documentElement.dir = words.dir
    let wrong = ''
    for (const field of fields) {
      const shown = picture.fields[field.name]
      const { error } = shown
      const message = !error ? '' : 'message' in error ? error.message : text(error.key, error.values)
      if (message) wrong ||= `${text(LABELS[field.name])}: ${message}`
      field.say(wordsOf(field.name, text, picture.schemes))
      // In the middle of a composition the input is the keyboard's; it is formatted at the end of it.
      const value = composing === field.name ? field.input.value : shown.value
      field.show({ ...shown, value }, message, locked)
      if (field.name === 'number') field.mark(picture.schemes)
    }
    if (wrong !== said) alarm.textContent = said = wrong
    measure()
  }

  function measure() {
    // While it takes a picture of a whole page, Chromium lays frames out anew for a moment, 24 px wide.
    if (told !== 0 && window.innerWidth < NARROWEST) return
    const height = words ? Math.ceil(document.body.getBoundingClientRect().height) : told
    if (height === told) return
    send({ type: told === 0 ? 'ready' : 'resize', height })
    told = height
  }

  const view: FormView = {
    show(now) {
      picture = now
      draw()
    },
  }

  /** Works with this keeper from now on. */
  function sitAt(seat: Seat) {
    leaveDesk()
    desk = seat.desk
    form = seat.form
    const detach = form.attach(view)
    const unhear = desk.onTexts((now) => {
      if (Object.keys(now.texts).length > 0) words = now
      draw()
    })
    leaveDesk = () => {
      detach()
      unhear()
    }
  }

  /** A page may move or remove the keeper too: then its window is another one, or gone. */
  async function stayAtDesk() {
    if (findDesk(instance) === desk) return
    const anew = await findForm(instance, formId)
    if (anew) sitAt(anew)
    else send({ type: 'orphan' })
  }

  for (const field of fields) listen(field)

  function listen({ name, input }: FieldInput) {
    function edit(event: Event) {
      composing = event instanceof InputEvent && event.isComposing ? name : undefined
      const shown = form.edit(name, input.value, input.selectionStart ?? input.value.length, changeOf(event))
      if (composing) return
      if (input.value !== shown.text) input.value = shown.text
      const isHere = document.activeElement === input
      if (isHere && input.selectionStart !== shown.caret) input.setSelectionRange(shown.caret, shown.caret)
    }
    input.addEventListener('input', edit)
    input.addEventListener('compositionend', edit)
    // Some browsers fill in without an `input` event.
    input.addEventListener('change', (event) => {
      if (input.value !== picture?.fields[name].value) edit(event)
    })
    input.addEventListener('focus', () => void stayAtDesk())
    input.addEventListener('blur', () => form.leave(name))
    input.addEventListener('keydown', (event) => {
      if (event.key !== 'Enter' || event.isComposing) return
      event.preventDefault()
      send({ type: 'enter' })
    })
  }
  root.addEventListener('submit', (event) => {
    event.preventDefault()
    send({ type: 'enter' })
  })

  port.addEventListener('message', ({ data }: MessageEvent<ToFields>) => {
    if (data.type === 'appearance') applyAppearance(document.documentElement, data.appearance)
    else if (data.type === 'lock') lock(data.locked)
    else fields.find(({ name }) => name === data.field)?.input.focus()
  })
  port.start()

  function lock(now: boolean) {
    locked = now
    root.classList.toggle('locked', now)
    draw()
  }

  sitAt(first)
  // A frame that is gone shows nothing and takes no focus; one that Back brought to life again does.
  window.addEventListener('pagehide', () => leaveDesk())
  window.addEventListener('pageshow', (event) => {
    if (event.persisted) sitAt({ desk, form })
  })
  new ResizeObserver(measure).observe(document.body)
}

/** How the text came to be what it is; autofill is like a paste, and tells nothing of itself. */
function changeOf(event: Event): Change | undefined {
  if (!(event instanceof InputEvent) || !event.inputType) return 'pasted'
  if (/^delete\w*Backward$/.test(event.inputType)) return 'backward'
  if (/^delete\w*Forward$/.test(event.inputType)) return 'forward'
  const inOnePiece = /^insert(From|Replacement)/.test(event.inputType) || (event.data?.length ?? 0) > 1
  return inOnePiece ? 'pasted' : undefined
}

const LABELS: Record<FieldName, string> = {
  name: 'card.card_holder_name',
  number: 'card.card_number',
  expiry: 'card.expiry_date',
  cvv: 'card.security_code',
}

function wordsOf(name: FieldName, text: (key: string) => string, schemes: string[]): FieldWords {
  const label = text(LABELS[name])
  if (name === 'name') return { label, placeholder: text('form.full_name.placeholder') }
  if (name === 'number') return { label, placeholder: NUMBER_PLACEHOLDER }
  if (name === 'expiry') {
    const parts = ['month', 'year'].map((part) => text(`card.expiry_date.placeholder.${part}`))
    return { label, placeholder: parts.join(' / ') }
  }
  const side = schemes.includes('american_express') ? 'front' : 'back'
  return { label, placeholder: text('card.security_code.placeholder'), hint: text(`sluice.security_code.hint.${side}`) }
}
