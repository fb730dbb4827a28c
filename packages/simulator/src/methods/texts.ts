/** What the page of a payment says that is paid outside the shop, by language. */
import { closestLocale, type Locale } from '@sluice/core/locales'
import type { Texts } from '../pages/texts.ts'
import type { PlayedKind } from '../issuer/methods.ts'

export interface TillTexts {
  title: string
  /** In the partner's own window, `sdk`, the words of the page that shoppers are sent to are good. */
  lead: Record<Exclude<PlayedKind, 'sdk'>, string>
  pay: string
  refuse: string
}

const EN: TillTexts = {
  title: '{method} payment',
  lead: {
    card: '',
    redirect: '',
    app: 'This is the app. The payment waits for your answer.',
    otp: 'This is the text message. Type the code in the shop.',
    qr: 'This is the app that scanned the code.',
    voucher: 'This is the cash machine. The reference can be paid here.',
    debit: "This is the shopper's bank. The debit is collected in a few days, or now.",
  },
  pay: 'Pay',
  refuse: 'Refuse',
}

const DE: TillTexts = {
  title: 'Zahlung mit {method}',
  lead: {
    card: '',
    redirect: '',
    app: 'Das ist die App. Die Zahlung wartet auf Ihre Antwort.',
    otp: 'Das ist die SMS. Geben Sie den Code im Shop ein.',
    qr: 'Das ist die App, die den Code gelesen hat.',
    voucher: 'Das ist der Geldautomat. Hier kann die Referenz bezahlt werden.',
    debit: 'Das ist die Bank des Zahlers. Die Lastschrift wird in einigen Tagen eingezogen, oder jetzt.',
  },
  pay: 'Bezahlen',
  refuse: 'Ablehnen',
}

const FR: TillTexts = {
  title: 'Paiement {method}',
  lead: {
    card: '',
    redirect: '',
    app: 'Voici l’application. Le paiement attend votre réponse.',
    otp: 'Voici le SMS. Saisissez le code dans la boutique.',
    qr: 'Voici l’application qui a lu le code.',
    voucher: 'Voici le distributeur. La référence peut être payée ici.',
    debit: 'Voici la banque du payeur. Le prélèvement est encaissé dans quelques jours, ou maintenant.',
  },
  pay: 'Payer',
  refuse: 'Refuser',
}

const ES: TillTexts = {
  title: 'Pago con {method}',
  lead: {
    card: '',
    redirect: '',
    app: 'Esta es la aplicación. El pago espera su respuesta.',
    otp: 'Este es el SMS. Escriba el código en la tienda.',
    qr: 'Esta es la aplicación que leyó el código.',
    voucher: 'Este es el cajero. La referencia se puede pagar aquí.',
    debit: 'Este es el banco del pagador. El adeudo se cobra en unos días, o ahora.',
  },
  pay: 'Pagar',
  refuse: 'Rechazar',
}

const BY_LANGUAGE: Readonly<Partial<Record<Locale, TillTexts>>> = { 'en-GB': EN, 'de-DE': DE, 'fr-FR': FR, 'es-ES': ES }

/**
 * Which part of the world the page stands for is said in some languages only; in all others it says what the page does
 * to which a shopper is sent.
 * @param texts of that page, in the language of the locale
 */
export function tillTextsFor(locale: string | undefined, texts: Texts): TillTexts {
  const { redirectTitle: title, redirectLead, codeLead: otp, approve: pay, decline: refuse } = texts
  const lead = {
    card: '',
    redirect: '',
    app: redirectLead,
    qr: redirectLead,
    voucher: redirectLead,
    debit: redirectLead,
  }
  return BY_LANGUAGE[closestLocale(locale)] ?? { title, pay, refuse, lead: { ...lead, otp } }
}
