/** What the bank's page says, by language. A language without texts gets English. */
import { closestLocale } from '@sluice/core/locales'

export interface Texts {
  authenticationTitle: string
  authenticationLead: string
  redirectTitle: string
  redirectLead: string
  merchant: string
  amount: string
  card: string
  method: string
  reference: string
  approve: string
  fail: string
  decline: string
  cancel: string
  later: string
  doneTitle: string
  doneLead: string
  back: string
  goneTitle: string
  goneLead: string
  note: string
}

const EN: Texts = {
  authenticationTitle: 'Confirm your payment',
  authenticationLead: 'Your bank asks whether it is you who is paying.',
  redirectTitle: 'Pay with {method}',
  redirectLead: 'Check the payment, then decide.',
  merchant: 'Shop',
  amount: 'Amount',
  card: 'Card',
  method: 'Payment method',
  reference: 'Reference',
  approve: 'Approve',
  fail: 'Fail authentication',
  decline: 'Decline',
  cancel: 'Cancel',
  later: 'Leave pending',
  doneTitle: 'This payment is decided',
  doneLead: 'Nothing more can be done here. You can go back to the shop.',
  back: 'Back to the shop',
  goneTitle: 'This page does not exist',
  goneLead: 'The address is wrong, or the payment is too old.',
  note: 'Simulated bank. No real money moves.',
}

const DE: Texts = {
  authenticationTitle: 'Zahlung bestätigen',
  authenticationLead: 'Ihre Bank möchte wissen, ob Sie es sind, der bezahlt.',
  redirectTitle: 'Mit {method} bezahlen',
  redirectLead: 'Prüfen Sie die Zahlung und entscheiden Sie dann.',
  merchant: 'Händler',
  amount: 'Betrag',
  card: 'Karte',
  method: 'Zahlungsart',
  reference: 'Referenz',
  approve: 'Bestätigen',
  fail: 'Bestätigung scheitern lassen',
  decline: 'Ablehnen',
  cancel: 'Abbrechen',
  later: 'Offen lassen',
  doneTitle: 'Über diese Zahlung ist entschieden',
  doneLead: 'Hier ist nichts mehr zu tun. Sie können zum Händler zurückkehren.',
  back: 'Zurück zum Händler',
  goneTitle: 'Diese Seite gibt es nicht',
  goneLead: 'Die Adresse ist falsch oder die Zahlung zu alt.',
  note: 'Simulierte Bank. Es fließt kein echtes Geld.',
}

const FR: Texts = {
  authenticationTitle: 'Confirmez votre paiement',
  authenticationLead: 'Votre banque demande si c’est bien vous qui payez.',
  redirectTitle: 'Payer avec {method}',
  redirectLead: 'Vérifiez le paiement, puis décidez.',
  merchant: 'Boutique',
  amount: 'Montant',
  card: 'Carte',
  method: 'Moyen de paiement',
  reference: 'Référence',
  approve: 'Approuver',
  fail: 'Faire échouer l’authentification',
  decline: 'Refuser',
  cancel: 'Annuler',
  later: 'Laisser en attente',
  doneTitle: 'Ce paiement est décidé',
  doneLead: 'Il n’y a plus rien à faire ici. Vous pouvez retourner à la boutique.',
  back: 'Retour à la boutique',
  goneTitle: 'Cette page n’existe pas',
  goneLead: 'L’adresse est fausse ou le paiement est trop ancien.',
  note: 'Banque simulée. Aucun argent réel ne circule.',
}

const ES: Texts = {
  authenticationTitle: 'Confirme su pago',
  authenticationLead: 'Su banco pregunta si es usted quien paga.',
  redirectTitle: 'Pagar con {method}',
  redirectLead: 'Revise el pago y decida.',
  merchant: 'Tienda',
  amount: 'Importe',
  card: 'Tarjeta',
  method: 'Método de pago',
  reference: 'Referencia',
  approve: 'Aprobar',
  fail: 'Hacer fallar la autenticación',
  decline: 'Rechazar',
  cancel: 'Cancelar',
  later: 'Dejar pendiente',
  doneTitle: 'Este pago ya está decidido',
  doneLead: 'No queda nada por hacer aquí. Puede volver a la tienda.',
  back: 'Volver a la tienda',
  goneTitle: 'Esta página no existe',
  goneLead: 'La dirección es incorrecta o el pago es demasiado antiguo.',
  note: 'Banco simulado. No se mueve dinero real.',
}

const BY_LOCALE: Readonly<Record<string, Texts>> = { 'de-DE': DE, 'fr-FR': FR, 'es-ES': ES }

/** @returns the texts, and the language they are in, for the page's `lang` */
export function textsFor(locale: string | undefined): { lang: string; texts: Texts } {
  const lang = closestLocale(locale)
  const texts = BY_LOCALE[lang]
  return texts ? { lang, texts } : { lang: 'en-GB', texts: EN }
}
